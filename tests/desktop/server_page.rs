//! A server's own page, with a real notebook server: its figures, its log as it is written, its history, what it was
//! started with, and why a start failed.

use std::time::Duration;

use labdeck_testkit::{Engine, NOTEBOOK};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
    servers::{START_LIMIT, STOP_LIMIT, button, row},
};

/// Samples come every two seconds; a loaded machine needs a few of them.
const SAMPLES: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_server_has_a_page_with_figures_log_history_and_settings() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    page.click("nav-servers").await;
    page.press(&button("ada", "server-start")).await;
    page.wait_within(&row("ada", "Ready"), START_LIMIT).await;
    page.mark().await;
    page.press(&button("ada", "server-link")).await;
    page.wait_for(&head("Ready")).await;
    assert!(page.address().await.ends_with("#/servers/ada/~"), "{}", page.address().await);

    for chart in ["chart-cpu", "chart-memory"] {
        let drawn = format!("//*[@data-testid='{chart}']//*[@role='img'][contains(@aria-label, 'highest')]");
        page.wait_within(&drawn, SAMPLES).await;
    }
    page.save_picture("server-stats").await;
    page.click("stats-span-day").await;
    page.wait_for("//*[@data-testid='chart-memory']//*[@role='img'][contains(@aria-label, 'last 24 hours')][contains(@aria-label, 'the highest was')]").await;
    page.save_picture("server-day").await;

    page.click("tab-log").await;
    page.wait_for("//*[@data-testid='log-lines'][contains(., 'ServerApp')]").await;
    page.wait_for("//*[@data-testid='log-state'][.='Following']").await;
    page.write("log-search", "serverapp").await;
    page.wait_for("//*[@data-testid='log-hits'][contains(., 'hit')]").await;
    page.press("//button[@aria-label='Next hit']").await;
    page.wait_for("//*[@data-testid='log-hits'][starts-with(., '1 of ')]").await;
    page.wait_for("//mark[contains(@class, 'current')]").await;
    page.save_picture("server-log").await;
    the_log_is_downloaded(&desk, &page).await;

    page.click("tab-used").await;
    page.wait_for(
        "//*[@data-testid='used'][contains(., 'lab') and contains(., 'up to 1 GB') and contains(., 'up to 2')]",
    )
    .await;
    page.save_picture("server-used").await;

    page.click("tab-events").await;
    page.wait_for("//*[@data-testid='entry'][@data-kind='ready']").await;
    page.click("server-stop").await;
    page.click("stop-confirm").await;
    page.wait_within(&head("Off"), STOP_LIMIT).await;
    // The end of it came to the open page by itself.
    page.wait_for("//*[@data-testid='entry'][contains(@data-kind, 'stop')]").await;
    page.save_picture("server-events").await;
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

/// The log is on the disk afterwards, beside what is there, and its folder can be shown.
async fn the_log_is_downloaded(desk: &Desk, page: &Page) {
    let folder = desk.downloads();
    std::fs::create_dir(&folder).expect("a folder for downloads");
    std::fs::write(folder.join("ada.log"), "the lead's own notes").expect("a file of that name");
    page.click("log-download").await;
    page.wait_for("//*[@data-testid='toast'][contains(., 'Saved to') and contains(., 'ada (2).log')]").await;
    let log = std::fs::read_to_string(folder.join("ada (2).log")).expect("the log on the disk");
    assert!(log.contains("ServerApp"), "{log}");
    assert_eq!(std::fs::read_to_string(folder.join("ada.log")).expect("it is there"), "the lead's own notes");
    page.save_picture("server-log-saved").await;
    page.click("toast-action").await;
    // No file browser answers on this desk's bus, so the folder alone is opened.
    wait_for("the folder to be shown", || desk.opened().contains(&folder.display().to_string()));
}

#[tokio::test]
async fn the_page_of_a_server_that_failed_says_why_and_what_to_do() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("bare", "labdeck/test-base:latest", true);
    page.run("location.hash = '#/servers/ada/~';").await;
    page.click("server-start").await;
    page.wait_within(&head("Failed"), START_LIMIT).await;
    page.wait_for("//*[@data-testid='server-why-card']//*[@data-testid='why-message'][string-length(.) > 10]").await;
    page.wait_for("//*[@data-testid='why-remedy']/li[string-length(.) > 10]").await;
    page.save_picture("server-why").await;
    page.click("server-back").await;
    page.click("tab-problems").await;
    page.wait_for(&row("ada", "Failed")).await;
    page.save_picture("servers-problems").await;
    page.close(&desk);
}

/// The head of the page, in a state.
fn head(state: &str) -> String {
    format!("//*[@data-testid='server-head'][@data-state='{state}']")
}
