//! The section Stacks, with the real engine and a registry on this computer: what can be offered and why not, the
//! default, withdrawing, fetching by name with progress, calling a fetch off.

use std::time::Duration;

use labdeck_testkit::{Engine, NOTEBOOK, Registry};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
};

/// An image with the notebook software in its smallest form.
const MINIMAL: &str = "labdeck/test-minimal:latest";
/// An image without any.
const BARE: &str = "labdeck/test-base:latest";
/// The engine looks into each image; the first time that takes a container for each.
const LOOK_LIMIT: Duration = Duration::from_secs(90);
const FETCH_LIMIT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn images_are_offered_chosen_as_default_and_withdrawn() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-stacks").await;
    page.wait_for("//h3[.='No stacks yet']").await;
    page.wait_within(&format!("{}[contains(., 'JupyterHub 6.1.1 inside')]", image(NOTEBOOK)), LOOK_LIMIT).await;
    let bare = page.wait_for(&format!("{}[contains(., 'Not usable')]", image(BARE))).await;
    assert!(bare.lines().any(|line| line.len() > 20), "it says why: {bare}");
    page.save_picture("stacks-empty").await;
    page.mark().await;

    page.press(&format!("{}//*[@data-testid='image-offer']", image(NOTEBOOK))).await;
    page.wait_for(&default_of("test-notebook")).await;
    page.wait_until_gone(&image(NOTEBOOK)).await;
    page.press(&format!("{}//*[@data-testid='image-offer']", image(MINIMAL))).await;
    page.wait_for(&toggle("test-minimal", true)).await;
    page.press(&format!("{}//*[@data-testid='make-default']", stack("test-minimal"))).await;
    page.wait_for(&default_of("test-minimal")).await;
    page.wait_until_gone(&default_of("test-notebook")).await;
    page.save_picture("stacks").await;

    page.press(&format!("{}//*[@data-testid='stack-edit']", stack("test-notebook"))).await;
    page.write("stack-display-name", "Statistics").await;
    page.write("stack-description", "Python with pandas, for the seminar").await;
    page.write("stack-memory", "1,5").await;
    page.save_picture("stacks-edit").await;
    page.click("stack-save").await;
    page.wait_for(&format!("{}[contains(., 'Statistics')][contains(., '1.5 GB')]", stack("test-notebook"))).await;

    // The default cannot be withdrawn without another one taking its place, or nobody could start anything.
    page.press(&toggle("test-minimal", true)).await;
    page.wait_for(&toggle("test-minimal", false)).await;
    page.wait_for(&default_of("test-notebook")).await;
    page.press(&format!("{}//*[@data-testid='stack-remove']", stack("test-minimal"))).await;
    page.wait_for("//*[@data-testid='stack-remove-dialog']").await;
    page.save_picture("stacks-remove").await;
    page.click("stack-remove-confirm").await;
    page.wait_until_gone(&stack("test-minimal")).await;
    page.wait_for(&image(MINIMAL)).await;
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_fetched_by_name_called_off_and_fetched_again() {
    Engine.expect();
    let registry = Registry::start().await;
    let pushed = registry.push(MINIMAL, "lab/minimal:1").await;
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-stacks").await;
    page.mark().await;

    registry.make_slow();
    fetch(&page, pushed.reference()).await;
    page.wait_within("//*[@data-testid='job-row']//*[@role='progressbar'][@aria-valuenow > 1]", FETCH_LIMIT).await;
    page.save_picture("stacks-fetching").await;
    page.click("job-cancel").await;
    page.wait_for(&job("cancelled")).await;
    assert!(!pushed.is_in_engine(), "it was called off");

    registry.make_fast();
    fetch(&page, &pushed.reference().replace("minimal", "nobody")).await;
    let words = page.wait_within(&job("failed"), FETCH_LIMIT).await;
    assert!(words.contains("nobody"), "{words}");
    page.save_picture("stacks-fetch-failed").await;

    fetch(&page, pushed.reference()).await;
    page.wait_within(&job("done"), FETCH_LIMIT).await;
    wait_for("the image in the engine", || pushed.is_in_engine());
    page.wait_within(&format!("{}//*[@data-testid='image-offer']", image(pushed.reference())), LOOK_LIMIT).await;
    page.save_picture("stacks-fetched").await;
    assert!(page.was_not_reloaded().await, "all of it arrived by events");
    page.close(&desk);
}

async fn fetch(page: &Page, reference: &str) {
    page.write("pull-reference", reference).await;
    page.click("pull-submit").await;
    page.wait_for(&format!("//*[@data-testid='job-row'][contains(., '{reference}')]")).await;
}

fn image(reference: &str) -> String {
    format!("//*[@data-testid='image-row'][@data-image='{reference}']")
}

fn stack(name: &str) -> String {
    format!("//*[@data-testid='stack-row'][@data-stack='{name}']")
}

fn default_of(name: &str) -> String {
    format!("{}//*[@data-testid='default-tag']", stack(name))
}

fn toggle(name: &str, on: bool) -> String {
    format!("{}//*[@data-testid='offer-toggle'][@aria-checked='{on}']", stack(name))
}

fn job(state: &str) -> String {
    format!("//*[@data-testid='job-row'][@data-state='{state}']")
}
