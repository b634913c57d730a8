//! The section People: adding, single-use links that open in a browser, new sign-in links, removing.

use labdeck_testkit::{Browser, Page as HttpPage};

use crate::{
    desk::{Bus, Desk},
    driver::Page,
};

const FIRST_PASSWORD: &str = "blue tractor seventeen";
const SECOND_PASSWORD: &str = "quiet harbour ninety";

#[tokio::test]
async fn people_get_single_use_links_and_lose_their_place_when_removed() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-people").await;
    page.wait_for("//h3[.='Nobody yet besides you']").await;
    page.save_picture("people-empty").await;
    page.mark().await;

    page.click("add-person").await;
    page.write("person-names", "grace, linus").await;
    page.save_picture("people-add").await;
    page.click("add-submit").await;
    page.wait_for("//*[@data-testid='invitation-dialog'][count(.//input)=2]").await;
    page.save_picture("people-links").await;
    let links = links_on(&page).await;
    page.click("invitation-done").await;
    page.wait_for(&row("linus")).await;

    // The link lets one person in, once.
    let grace = desk.browser();
    let home = choose_password(&grace, &links[0], FIRST_PASSWORD).await;
    assert_eq!((home.status.as_u16(), home.path.as_str()), (200, "/hub/home"), "{}", home.body);
    let again = desk.browser().get(&links[0]).await;
    assert_eq!(again.status, 404, "a used link opens nothing");
    page.wait_for(&format!("{}[contains(., 'New sign-in link')]", row("grace"))).await;
    page.wait_for(&format!("{}[contains(., 'New invitation link')]", row("linus"))).await;
    page.save_picture("people-rows").await;

    // A new link replaces the password; an older one of the same person no longer opens.
    page.press(&format!("{}//*[@data-testid='new-link']", row("linus"))).await;
    page.wait_for("//input[@data-testid='invitation-link']").await;
    page.click("invitation-done").await;
    assert_eq!(desk.browser().get(&links[1]).await.status, 404, "the first link of linus was taken back");
    page.press(&format!("{}//*[@data-testid='new-link']", row("grace"))).await;
    page.wait_for("//*[contains(., 'A new sign-in link')]").await;
    page.save_picture("people-new-link").await;
    let new_link = links_on(&page).await.remove(0);
    page.click("invitation-done").await;
    choose_password(&desk.browser(), &new_link, SECOND_PASSWORD).await;
    assert_eq!(sign_in(&desk, "grace", FIRST_PASSWORD).await.path, "/hub/login", "the old password is gone");
    assert_eq!(sign_in(&desk, "grace", SECOND_PASSWORD).await.path, "/hub/home");

    page.press(&format!("{}//*[@data-testid='remove-person']", row("grace"))).await;
    page.wait_for("//*[@data-testid='remove-dialog']").await;
    page.save_picture("people-remove").await;
    // To erase files the name is typed first; to keep them it is not.
    page.press("//*[@data-testid='remove-homes'][@data-value='erase']").await;
    page.wait_for("//*[@data-testid='remove-confirm'][@disabled]").await;
    page.press("//*[@data-testid='remove-homes'][@data-value='keep']").await;
    page.click("remove-confirm").await;
    page.wait_until_gone(&row("grace")).await;
    assert_eq!(sign_in(&desk, "grace", SECOND_PASSWORD).await.path, "/hub/login", "a removed person stays outside");
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

#[tokio::test]
async fn a_name_that_cannot_be_is_refused_in_words_and_nothing_is_added() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-people").await;
    page.click("add-person").await;
    for name in ["..", &"x".repeat(300)] {
        page.write("person-names", &format!("grace, {name}")).await;
        page.click("add-submit").await;
        page.wait_for("//*[@data-testid='add-dialog']//*[@role='alert'][string-length(.) > 10]").await;
    }
    page.save_picture("people-refused").await;
    page.wait_until_gone(&row("grace")).await;
    // The lead's own name, only written otherwise, is nobody new.
    page.write("person-names", "ADA").await;
    page.click("add-submit").await;
    page.wait_for("//*[@data-testid='add-dialog']//*[@role='alert'][.='ADA is here already.']").await;
    page.write("person-names", "ADA, grace").await;
    page.click("add-submit").await;
    page.wait_for("//*[@data-testid='toast'][contains(., 'ADA was here already')]").await;
    page.wait_for("//*[@data-testid='invitation-dialog'][contains(., 'grace')]").await;
    page.close(&desk);
}

/// The row of a person.
fn row(name: &str) -> String {
    format!("//*[@data-testid='person-row'][@data-user='{name}']")
}

async fn links_on(page: &Page) -> Vec<String> {
    let links = page
        .run("return [...document.querySelectorAll('[data-testid=invitation-link]')].map((field) => field.value);")
        .await;
    links.as_array().expect("a list").iter().map(|link| link.as_str().expect("text").to_owned()).collect()
}

/// Opens a link and fills in its form, as its person does.
async fn choose_password(browser: &Browser, link: &str, password: &str) -> HttpPage {
    let form = browser.get(link).await;
    assert_eq!(form.status, 200, "the link opens: {link}");
    let xsrf = form.field("_xsrf").expect("a form with a token");
    browser.post_form(link, &[("_xsrf", &xsrf), ("password", password), ("password_again", password)]).await
}

async fn sign_in(desk: &Desk, name: &str, password: &str) -> HttpPage {
    let browser = desk.browser();
    let xsrf = browser.get("/hub/login").await.field("_xsrf").expect("a form with a token");
    browser.post_form("/hub/login", &[("_xsrf", &xsrf), ("username", name), ("password", password)]).await
}
