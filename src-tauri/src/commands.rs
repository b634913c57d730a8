//! The one command that the page in the window may call. Everything else the page does is REST, with the token it
//! gets here. A second command needs a reason that REST, the tray and Rust-side plugins cannot meet.

use serde::Serialize;
use tauri::State;

use crate::shell::Shell;

/// Where the page finds the hub, as the page reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Endpoint {
    base: String,
    token: String,
}

/// Tells the page where the control listener is, and the token of this start. Waits while the hub comes up.
///
/// # Errors
/// Why there is no hub, in words for the page to show.
#[tauri::command]
pub(crate) async fn control_endpoint(shell: State<'_, Shell>) -> Result<Endpoint, String> {
    let control = shell.hub.running().await?.control;
    Ok(Endpoint { base: control.base, token: control.token.expose().clone() })
}
