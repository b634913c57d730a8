//! What must be known of the screen before anything is started: whether there is one, and whether its driver needs
//! a workaround.

/// Whether a display is named at all. Tauri's event loop panics without one.
pub(crate) fn is_named() -> bool {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(named)
}

/// Starts this program again with WebKit's DMABUF renderer off, where an NVIDIA driver is in use: with that renderer
/// many of them paint an empty window. The variable must be there before the process is, so this replaces the
/// process; it returns where nothing needs doing or nothing can be done.
#[cfg(target_os = "linux")]
pub(crate) fn work_around_nvidia() {
    use std::{os::unix::process::CommandExt as _, path::Path, process::Command};

    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    let nvidia = ["/proc/driver/nvidia", "/sys/module/nvidia"].iter().any(|path| Path::new(path).exists());
    if !nvidia || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    // Only comes back on failure; then the window may be empty, which is no reason not to try.
    let error = Command::new(program).args(std::env::args_os().skip(1)).env(VARIABLE, "1").exec();
    tracing::warn!(%error, "Cannot start again with {VARIABLE}: {error}");
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn work_around_nvidia() {}
