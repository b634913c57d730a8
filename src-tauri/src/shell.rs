//! [`Shell`]: what the parts of the window app share. Tauri keeps it; nothing here does anything.

use std::sync::atomic::AtomicBool;

use crate::hub_thread::HubThread;

/// The app's shared state.
#[derive(Debug)]
pub(crate) struct Shell {
    /// The hub.
    pub(crate) hub: HubThread,
    /// Whether the question about quitting stands on the screen: it is asked once at a time.
    pub(crate) asking: AtomicBool,
}
