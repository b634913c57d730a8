//! What the page in the window shows, and what it may do: one command, no address but its own.

use std::{io::Read as _, net::TcpListener};

use serde_json::json;

use crate::{
    desk::{Bus, Desk},
    driver::Page,
};

#[tokio::test]
async fn the_window_shows_labdeck() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    let text = page.drawn().await;
    assert!(!text.contains("have not been built"), "the pages were not built before the app: {text}");
    assert!(page.address().await.starts_with("tauri://localhost"));
    let png = page.save_picture("window").await;
    assert!(png.len() > 6_000, "a picture of {} bytes shows nothing", png.len());
    page.close(&desk);
}

#[tokio::test]
async fn the_page_may_call_one_command_only() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.drawn().await;
    let endpoint = page.invoke("control_endpoint", &json!({})).await;
    assert!(endpoint["base"].as_str().is_some_and(|base| base.starts_with("http://127.0.0.1:")), "{endpoint}");
    assert!(endpoint["token"].as_str().is_some_and(|token| !token.is_empty()));
    for (command, args) in [
        ("plugin:opener|open_url", json!({ "url": "http://127.0.0.1:9/" })),
        ("plugin:opener|open_path", json!({ "path": "/etc/passwd" })),
        ("plugin:dialog|message", json!({ "message": "hello" })),
        ("plugin:dialog|open", json!({ "options": {} })),
        ("plugin:event|listen", json!({ "event": "x", "target": { "kind": "Any" }, "handler": 1 })),
        ("plugin:window|close", json!({ "label": "main" })),
        ("plugin:webview|create_webview_window", json!({ "options": { "label": "second" } })),
        ("plugin:app|version", json!({})),
        ("plugin:fs|read_text_file", json!({ "path": "/etc/passwd" })),
        ("anything_else", json!({})),
    ] {
        let answer = page.invoke(command, &args).await;
        let refused =
            answer["error"].as_str().is_some_and(|error| error.contains("not allowed") || error.contains("not found"));
        assert!(refused, "{command}: {answer}");
    }
    page.close(&desk);
}

#[tokio::test]
async fn the_window_never_leaves_the_bundled_pages() {
    let desk = Desk::new(Bus::Present);
    let outside = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    outside.set_nonblocking(true).unwrap();
    let address = format!("http://{}/", outside.local_addr().unwrap());
    let page = Page::open(&desk).await;
    page.drawn().await;
    let before = page.address().await;
    for way_out in [
        format!("location.href = {address:?};"),
        format!("location.replace({address:?});"),
        format!("window.open({address:?}, '_self');"),
        format!("const a = document.createElement('a'); a.href = {address:?}; document.body.append(a); a.click();"),
        format!("const f = document.createElement('iframe'); f.src = {address:?}; document.body.append(f);"),
        format!(
            "const f = document.createElement('form'); f.action = {address:?}; document.body.append(f); f.submit();"
        ),
        "location.href = 'file:///etc/passwd';".to_owned(),
        "location.href = 'data:text/html,elsewhere';".to_owned(),
    ] {
        // Half a second is what a page of this machine needs to load many times over.
        page.run(&format!("{way_out} await new Promise((then) => setTimeout(then, 500));")).await;
        assert_eq!(page.address().await, before, "{way_out}");
        assert!(!was_asked(&outside), "something was fetched from outside: {way_out}");
    }
    assert_eq!(page.windows().await, 1);
    page.close(&desk);
}

/// Whether anybody sent this listener a request. A bare connection is none: WebKit makes one as soon as a link is
/// pressed, before it asks whether it may follow it.
fn was_asked(listener: &TcpListener) -> bool {
    let mut asked = false;
    while let Ok((mut stream, _)) = listener.accept() {
        stream.set_nonblocking(true).expect("a socket");
        asked |= stream.read(&mut [0; 1]).is_ok_and(|bytes| bytes > 0);
    }
    asked
}

#[tokio::test]
async fn the_page_runs_no_script_from_its_text() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.drawn().await;
    let ran = page
        .run(
            "const s = document.createElement('script'); s.textContent = 'window.inline = 1'; document.head.append(s);
             const i = document.createElement('img'); i.setAttribute('onerror', 'window.handler = 1'); i.src = 'data:,';
             document.body.append(i);
             await new Promise((then) => setTimeout(then, 300));
             return [window.inline ?? 0, window.handler ?? 0];",
        )
        .await;
    assert_eq!(ran, json!([0, 0]));
    page.close(&desk);
}
