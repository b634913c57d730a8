//! The one window: how it is made, brought back and closed. What it may show is `links`' decision.

use std::{fs::OpenOptions, io};

use tauri::{
    AppHandle, CloseRequestApi, Manager as _, WebviewWindowBuilder,
    webview::{NewWindowResponse, PermissionResponse},
};

use crate::{dialogs, links, quit, shell::Shell, tray};

/// The window's label, here and in `tauri.conf.json` and the capability.
pub(crate) const MAIN: &str = "main";

/// Its presence in the data folder means that the tray has been explained.
const TRAY_EXPLAINED: &str = "tray-explained";

/// How the window first appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appearance {
    /// On the screen.
    Shown,
    /// Loaded, and out of sight until it is asked for.
    Hidden,
}

/// Makes the window. Its page may ask for the hub at once, so the state must be there before.
///
/// # Errors
/// When the web view cannot be made.
pub(crate) fn open(app: &AppHandle, appearance: Appearance) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == MAIN).cloned() else {
        return Err(tauri::Error::WindowNotFound);
    };
    let opener = app.clone();
    WebviewWindowBuilder::from_config(app, &config)?
        .visible(appearance == Appearance::Shown)
        .on_navigation(|url| {
            let may = links::may_show(url);
            if !may {
                tracing::warn!(url.scheme = url.scheme(), "The window was asked to leave the bundled pages; refused");
            }
            may
        })
        .on_new_window(move |url, _features| {
            links::open_in_browser(&opener, url.as_str());
            NewWindowResponse::Deny
        })
        // The hub saves files, so that a large one never lies in the page's memory.
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    Ok(())
}

/// Brings the window to the front, making it again if it is gone.
pub(crate) fn show(app: &AppHandle) {
    let shown = match app.get_webview_window(MAIN) {
        Some(window) => window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus()),
        None => open(app, Appearance::Shown),
    };
    if let Err(error) = shown {
        tracing::error!(%error, "The window cannot be shown: {error}");
    }
}

/// Takes the window off the screen; its page lives on.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "The window cannot be hidden: {error}");
    }
}

/// Somebody closed the window. With a tray on the screen Labdeck goes on there; without one this means quitting.
pub(crate) fn close_asked(app: &AppHandle, api: &CloseRequestApi) {
    api.prevent_close();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if !tray::is_on_screen(&app).await {
            return quit::quit(&app, quit::From::Window);
        }
        hide(&app);
        explain_tray_once(&app).await;
    });
}

async fn explain_tray_once(app: &AppHandle) {
    let Ok(running) = app.state::<Shell>().hub.running().await else { return };
    let marker = running.data_dir.join(TRAY_EXPLAINED);
    match OpenOptions::new().write(true).create_new(true).open(&marker) {
        Ok(_) => dialogs::tell(
            app,
            "Labdeck goes on in the tray",
            "The hub and everyone's servers keep running. Open the window again from the tray icon, or by starting \
             Labdeck once more; to end it, choose Quit there.",
        ),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => tracing::debug!(%error, "Cannot note that the tray was explained: {error}"),
    }
}
