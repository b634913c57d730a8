//! The person's own folders: where downloads belong, and how a file is shown in its folder. What is saved there is the
//! hub's.

use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager as _};
use tauri_plugin_opener::OpenerExt as _;

/// Where downloads belong. A desktop that names no folder gets the usual one below the home.
pub(crate) fn downloads(app: &AppHandle) -> Option<PathBuf> {
    let named = app.path().download_dir();
    named.or_else(|_| app.path().home_dir().map(|home| home.join("Downloads"))).ok()
}

/// Shows a file in its folder: marked where the desktop has a file browser that can, else the folder alone. Whether
/// anything was shown.
pub(crate) fn reveal(app: &AppHandle, file: &Path) -> bool {
    let Err(marked) = app.opener().reveal_item_in_dir(file) else { return true };
    let Some(folder) = file.parent() else { return false };
    match app.opener().open_path(folder.display().to_string(), None::<&str>) {
        Ok(()) => true,
        Err(plain) => {
            tracing::warn!(%marked, %plain, "No folder could be opened: {plain}");
            false
        }
    }
}
