//! Why a server failed or ended, recognised from what the machinery and the server itself said. Owns the signs of each
//! cause as data (`signs`) and the pure search over them ([`recognise`]); titles, steps and repairs are the hub's.
//! Called by [`Exit`](crate::Exit), [`SpawnError`](crate::SpawnError) and the hub's lifecycle.

mod signs;
mod words;

use labdeck_model::Failure;

use signs::SIGNS;

/// The stable words for causes.
pub mod kind {
    /// The image is not here and cannot be fetched.
    pub const IMAGE_NOT_FOUND: &str = "image_not_found";
    /// The image has no notebook server.
    pub const IMAGE_UNUSABLE: &str = "image_unusable";
    /// The notebook server in the image belongs to another generation of JupyterHub.
    pub const VERSION_MISMATCH: &str = "version_mismatch";
    /// The server cannot reach the hub.
    pub const HUB_UNREACHABLE: &str = "hub_unreachable";
    /// Another program has the port.
    pub const PORT_TAKEN: &str = "port_taken";
    /// A folder belongs to another account.
    pub const PERMISSION_DENIED: &str = "permission_denied";
    /// The home can be read and not written.
    pub const READ_ONLY_HOME: &str = "read_only_home";
    /// No room on a disk.
    pub const DISK_FULL: &str = "disk_full";
    /// The memory limit was too small for the start.
    pub const OUT_OF_MEMORY_AT_START: &str = "out_of_memory_at_start";
    /// The memory limit was reached while people worked.
    pub const OUT_OF_MEMORY: &str = "out_of_memory";
    /// Containers cannot be given graphics cards.
    pub const GPU_TOOLKIT_MISSING: &str = "gpu_toolkit_missing";
    /// The graphics card is in use.
    pub const GPU_BUSY: &str = "gpu_busy";
    /// Made for another processor.
    pub const WRONG_ARCHITECTURE: &str = "wrong_architecture";
    /// It took too long.
    pub const START_TIMEOUT: &str = "start_timeout";
    /// The registry hands out no more for a while.
    pub const REGISTRY_LIMIT: &str = "registry_limit";
    /// A certificate is not trusted.
    pub const CERTIFICATE_REJECTED: &str = "certificate_rejected";
    /// The computer's clock is wrong.
    pub const CLOCK_SKEW: &str = "clock_skew";
    /// The computer was restarted, and the server ended with it.
    pub const COMPUTER_RESTARTED: &str = "computer_restarted";
    /// The container engine was restarted, and the server ended with it.
    pub const ENGINE_RESTARTED: &str = "engine_restarted";
}

/// What is known of something that went wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// What the engine or the system said, one line; may be empty.
    pub said: &'a str,
    /// The server's last lines, oldest first.
    pub log: &'a [String],
    /// What the server was at when it wrote them.
    pub phase: Phase,
}

/// What a server was at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// It was starting: all that it wrote is about that.
    #[default]
    Start,
    /// People worked in it: its lines may be about their work as well.
    Work,
}

/// The cause that the evidence names, in words for the server's user; `None` where nothing is recognised. The log is
/// taken over as it is.
pub fn recognise(evidence: Evidence<'_>) -> Option<Failure> {
    let (sign, line) = SIGNS.iter().find_map(|sign| Some((sign, sign.find(evidence)?)))?;
    let (message, remedy) = (sign.words)(line);
    Some(Failure { kind: sign.kind.to_owned(), message, remedy: remedy.to_owned(), log: evidence.log.to_vec() })
}

/// A more exact account of a failure that only says that a start ended or took too long, where its log gives one. What
/// the failure said stays in the message when it tells how far the start had come.
#[must_use]
pub fn refine(failure: Failure) -> Failure {
    if !["exited", kind::START_TIMEOUT, "engine_error"].contains(&failure.kind.as_str()) {
        return failure;
    }
    match recognise(Evidence { said: "", log: &failure.log, phase: Phase::Start }) {
        Some(exact) if failure.kind == kind::START_TIMEOUT => {
            Failure { message: format!("{} {}", exact.message, failure.message), ..exact }
        }
        Some(exact) => exact,
        None => failure,
    }
}

#[cfg(test)]
mod tests;
