//! JupyterLab 4 as its user finds it: launcher, notebook, cell, output, menu.

use std::time::Duration;

use labdeck_testkit::eventually;

use crate::chromium::Chromium;

/// JupyterLab loads some megabytes of script.
pub(crate) const LAB_LIMIT: Duration = Duration::from_secs(90);
/// A kernel starts and imports.
const OUTPUT_LIMIT: Duration = Duration::from_secs(90);
/// WebDriver's code for the Shift key, held until it comes again.
const SHIFT: char = '\u{e008}';
const ENTER: char = '\u{e007}';

/// Opens a new notebook from the launcher and waits for its first cell.
pub(crate) async fn new_notebook(chromium: &Chromium) {
    chromium.find_within(".jp-LauncherCard[data-category='Notebook']", LAB_LIMIT).await;
    chromium.picture("launcher").await;
    chromium.click(".jp-LauncherCard[data-category='Notebook']").await;
    chromium.find_within(".jp-Notebook .jp-Cell .cm-content", LAB_LIMIT).await;
    // A cell that is run before the notebook has its kernel is passed over.
    eventually("the kernel is there", LAB_LIMIT, || async {
        chromium.text("#jp-main-statusbar").await.contains("| Idle").then_some(())
    })
    .await;
}

/// Types into the notebook's last cell, runs it, and waits for an output that says this.
pub(crate) async fn run_cell(chromium: &Chromium, code: &str, output: &str) {
    let cell = ".jp-Notebook .jp-Cell:last-of-type .cm-content";
    chromium.click(cell).await;
    chromium.type_into(cell, code).await;
    chromium.type_into(cell, &format!("{SHIFT}{ENTER}{SHIFT}")).await;
    chromium.find_within(".jp-OutputArea-output", OUTPUT_LIMIT).await;
    eventually("the output is there", OUTPUT_LIMIT, || async {
        let said = chromium.text(".jp-OutputArea-output").await;
        said.contains(output).then_some(())
    })
    .await;
}

/// Goes to the hub's page through JupyterLab's own menu.
pub(crate) async fn control_panel(chromium: &Chromium) {
    choose_in_file_menu(chromium, "Hub Control Panel").await;
    chromium.go_to_new_tab().await;
}

/// Signs out through JupyterLab's own menu.
pub(crate) async fn log_out(chromium: &Chromium) {
    choose_in_file_menu(chromium, "Log Out").await;
}

async fn choose_in_file_menu(chromium: &Chromium, item: &str) {
    chromium.click_text("div[contains(@class,'lm-MenuBar-itemLabel')]", "File").await;
    // Of two items of one name, which JupyterLab has for signing out, the one that is meant elsewhere is hidden.
    chromium.click_text("li[@role='menuitem' and not(contains(@class,'lm-mod-hidden'))]", item).await;
}
