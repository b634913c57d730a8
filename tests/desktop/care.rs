//! The sections Groups, Services and Sharing, a person's own page, and a shared link that is dropped on the window.

use http::Method;
use serde_json::json;

use crate::{
    desk::{Bus, Desk},
    driver::Page,
};

fn by(id: &str) -> String {
    format!("//*[@data-testid='{id}']")
}

#[tokio::test]
async fn groups_roles_and_tokens_of_a_person() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.mark().await;
    page.click("nav-groups").await;
    page.wait_for("//h3[.='No groups']").await;
    page.save_picture("groups-empty").await;
    page.click("group-add").await;
    page.write("group-name", "lab").await;
    page.click("group-save").await;
    // Not the whole page: the driver cannot read the text of a list of proposals.
    page.wait_for("//h1[.='lab']").await;
    page.write("member-name", "ada").await;
    page.click("member-add").await;
    page.wait_for("//*[@data-testid='member'][@data-user='ada']").await;
    page.save_picture("group").await;

    page.press("//*[@data-testid='member']//a").await;
    page.wait_for("//*[@data-testid='person-group'][@data-group='lab']").await;
    page.wait_for("//*[@data-testid='role'][@data-role='admin']").await;
    page.click("token-add").await;
    page.write("token-note", "figures").await;
    page.click("token-save").await;
    page.wait_for(&by("token-text")).await;
    page.save_picture("token-made").await;
    page.click("token-done").await;
    page.press("//*[@data-testid='token'][contains(., 'figures')]//*[@data-testid='token-revoke']").await;
    page.click("token-revoke-confirm").await;
    page.wait_until_gone("//*[@data-testid='token'][contains(., 'figures')]").await;
    page.save_picture("person").await;

    // What happens elsewhere is seen without a new look.
    desk.control(&Method::POST, "/hub/api/groups/visitors", &json!({ "users": ["ada"] }));
    page.wait_for("//*[@data-testid='person-group'][@data-group='visitors']").await;
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

#[tokio::test]
async fn services_are_added_and_removed_and_a_dropped_link_only_asks() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-services").await;
    page.wait_for("//h3[.='No services']").await;
    page.click("service-add").await;
    page.write("service-name", "reports").await;
    page.write("service-url", "http://127.0.0.1:9").await;
    page.click("service-save").await;
    page.wait_for("//*[@data-testid='service-row'][@data-service='reports']").await;
    page.save_picture("services").await;
    page.press("//*[@data-service='reports']//*[@data-testid='service-remove']").await;
    page.click("service-remove-confirm").await;
    page.wait_for("//h3[.='No services']").await;

    page.click("nav-sharing").await;
    page.wait_for("//h3[.='You share nothing']").await;
    page.write("open-link-text", "http://elsewhere.example.org/hub/accept-share?code=1").await;
    page.click("open-link-submit").await;
    page.wait_for("//*[@data-testid='open-link-why'][contains(., 'another hub')]").await;
    page.save_picture("sharing-wrong").await;
    let before = page.address().await;
    page.run(
        "const data = new DataTransfer();
         data.setData('text/plain', 'https://elsewhere.example.org/user/ada/lab');
         document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));",
    )
    .await;
    page.wait_for("//*[@data-testid='link-dialog'][contains(., 'another hub')]").await;
    assert_eq!(page.address().await, before);
    page.save_picture("link-dropped").await;
    page.close(&desk);
}
