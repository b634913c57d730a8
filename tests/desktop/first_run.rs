//! What a lead does first, in the real window: claims the hub, looks at each section, switches the hub off and on,
//! adds a person and gets their link. And what closing the window means then, where no tray could keep the hub.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
};

#[tokio::test]
async fn the_lead_claims_the_hub_and_invites_a_person() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.wait_for("//h1[.='Welcome to Labdeck']").await;
    page.save_picture("claim").await;
    page.claim("ada").await;
    page.save_picture("overview").await;
    assert!(answers(desk.public_port(), "/hub/login"), "the hub serves this computer after the claim");

    page.click("hub-switch").await;
    page.wait_for("//*[@data-testid='hub-switch'][@aria-checked='false']").await;
    wait_for("the public port to close", || TcpStream::connect(("127.0.0.1", desk.public_port())).is_err());
    page.click("hub-switch").await;
    page.wait_for("//*[@data-testid='hub-switch'][@aria-checked='true']").await;
    assert!(answers(desk.public_port(), "/hub/login"), "and again after off and on");

    page.click("nav-people").await;
    page.click("add-person").await;
    page.write("person-names", "grace").await;
    page.click("add-submit").await;
    page.wait_for("//*[@data-testid='invitation-dialog'][contains(., 'grace')]").await;
    page.wait_for("//input[@data-testid='invitation-link']").await;
    let link = page.run("return document.querySelector('[data-testid=invitation-link]').value;").await;
    let origin = format!("http://127.0.0.1:{}", desk.public_port());
    let path = link.as_str().and_then(|link| link.strip_prefix(&origin)).expect("a link to the hub's own address");
    assert!(answers(desk.public_port(), path), "the invitation opens: {link}");
    page.save_picture("invitation").await;
    page.run("location.hash = '#/stacks'; location.reload();").await;
    for section in ["stacks", "servers", "storage", "settings", "people"] {
        page.click(&format!("nav-{section}")).await;
        page.wait_for("//h1").await;
        page.save_picture(section).await;
    }
    page.wait_for("//*[@data-testid='person-row'][contains(., 'grace')]").await;
    page.close(&desk);
}

#[tokio::test]
async fn closing_the_window_without_a_tray_asks_while_people_could_sign_in() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.close("Labdeck");
    wait_for("the question", || desk.windows().contains("Quit Labdeck?"));
    desk.close("Quit Labdeck?");
    wait_for("the question to go", || !desk.windows().contains("Quit Labdeck?"));
    assert!(page.address().await.starts_with("tauri://"), "the page lives on");
    assert!(answers(desk.public_port(), "/hub/login"), "and so does the hub");
    page.close(&desk);
}

/// Whether the hub answers with a page at its public port.
fn answers(port: u16, path: &str) -> bool {
    let mut answer = String::new();
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        stream.read_to_string(&mut answer)
    });
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}
