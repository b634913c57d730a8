//! [`Leader`]: a program that is run for one errand, in a process group of its own. Owns its end: given up, everything
//! that it started goes with it. Servers are not run so, since they outlive the hub.

use std::process::ExitStatus;

use tokio::process::{Child, Command};

/// A program that runs. Dropped before its end was seen, it and its group are killed.
#[derive(Debug)]
pub(crate) struct Leader(Child);

// === impl Leader ===

impl Leader {
    /// Starts a program at the head of a new group.
    pub(crate) fn begin(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        command.process_group(0);
        // Where there are no groups it goes alone; the system's list of children is cleared in both cases.
        command.kill_on_drop(true).spawn().map(Self)
    }

    /// Its streams, to be taken.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits for its end. What it left running by then is not touched: its number may mean others from now on.
    ///
    /// # Cancellation
    /// Safe to drop; it runs on.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.0.wait().await
    }

    /// Kills it with its group.
    pub(crate) fn kill(&self) {
        // A child that was not waited for keeps its number, so this reaches nobody else.
        #[cfg(unix)]
        if let Some(pid) = self.0.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.kill();
    }
}
