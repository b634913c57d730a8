//! The system's own ways of asking a program to end.

use std::future::Future;

/// Begins to listen at once; the future resolves when the system asks the program to end: SIGTERM or SIGINT, on
/// Windows Ctrl-C. Must be called inside a runtime.
#[cfg(unix)]
pub(crate) fn asked_to_end() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let listening = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match listening {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // Without handlers the system's own way of ending remains.
            _ => std::future::pending().await,
        }
    }
}

/// Begins to listen at once; the future resolves when the system asks the program to end.
#[cfg(not(unix))]
pub(crate) fn asked_to_end() -> impl Future<Output = ()> + Send + 'static {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
