//! The section Settings: sizes, the memory that is kept free, and the rules that stop unused servers, each as the hub
//! holds it afterwards.

use http::Method;
use serde_json::{Value, json};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
};

const GIB: u64 = 1 << 30;

#[tokio::test]
async fn sizes_are_added_changed_and_removed() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-settings").await;
    page.mark().await;
    page.click("size-add").await;
    page.write("size-name", "Extra large").await;
    page.write("size-memory", "-3").await;
    page.wait_for("//*[@data-testid='size-save'][@disabled]").await;
    page.write("size-memory", "1,5").await;
    page.write("size-cpus", "0.5").await;
    page.save_picture("settings-size").await;
    page.click("size-save").await;
    page.wait_for("//*[@data-testid='size-row'][@data-size='extra-large'][contains(., '1.5 GB')]").await;
    page.save_picture("settings-sizes").await;
    let size = size_of(&desk).expect("the hub has it");
    assert_eq!(size["limits"]["memory_bytes"], json!(GIB * 3 / 2), "{size}");
    assert_eq!(size["limits"]["cpus"], json!(0.5), "{size}");

    page.press("//*[@data-size='extra-large']//*[@data-testid='size-offer']").await;
    page.wait_for("//*[@data-size='extra-large']//*[@data-testid='size-offer'][@aria-checked='false']").await;
    page.press("//*[@data-size='extra-large']//*[@data-testid='size-remove']").await;
    page.click("size-remove-confirm").await;
    page.wait_until_gone("//*[@data-size='extra-large']").await;
    assert_eq!(size_of(&desk), None);
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

#[tokio::test]
async fn the_reserve_and_the_idle_rules_are_kept_by_the_hub() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-settings").await;
    page.write("reserve-field", "0.75").await;
    page.click("reserve-save").await;
    wait_for("the reserve", || read(&desk, "resources")["reserve_bytes"] == json!(GIB * 3 / 4));

    page.write("idle-after", "2").await;
    page.wait_for("//*[@data-testid='idle-words'][contains(., 'nobody used for 2 hours is stopped')]").await;
    page.write("idle-after", "soon").await;
    page.wait_for("//*[@data-testid='idle-save'][@disabled]").await;
    page.write("idle-after", "3").await;
    page.save_picture("settings-idle").await;
    page.click("idle-save").await;
    wait_for("the rule", || read(&desk, "idle-rules")["idle_seconds"] == json!(3 * 3600));

    // One person may have another rule, and be given back to the rule of all.
    page.click("nav-people").await;
    page.click("person-idle").await;
    page.press("//*[@data-testid='person-idle-own']").await;
    page.write("idle-after", "8").await;
    page.save_picture("people-idle").await;
    page.press("//*[@data-testid='person-idle-dialog']//*[@data-testid='idle-save']").await;
    page.wait_until_gone("//*[@data-testid='person-idle-dialog']").await;
    wait_for("their rule", || read(&desk, "users/ada/idle-rule")["idle_seconds"] == json!(8 * 3600));
    page.close(&desk);
}

fn size_of(desk: &Desk) -> Option<Value> {
    let sizes = read(desk, "sizes");
    sizes.as_array().expect("a list").iter().find(|size| size["name"] == "extra-large").cloned()
}

/// What the hub answers for one of its own paths.
fn read(desk: &Desk, path: &str) -> Value {
    desk.control(&Method::GET, &format!("/hub/api/labdeck/{path}"), &Value::Null)
}
