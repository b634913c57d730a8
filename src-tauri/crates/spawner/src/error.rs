//! [`SpawnError`]: why a driver could not do what it was asked, as meanings. [`SpawnError::failure`] turns one into
//! words for the person at the page; the source stays in the log.

use std::error::Error;

use labdeck_model::Failure;

use crate::Exit;
use crate::diagnosis::{Evidence, recognise};

/// An error of another library, kept for the log.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a driver failed.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The container engine does not answer, or went away in the middle.
    #[error("the container engine does not answer")]
    EngineGone(#[source] BoxError),
    /// The container engine refused or failed at something that is not one of the cases below.
    #[error("the container engine failed while {doing}: {said}")]
    Engine {
        /// What was asked of it.
        doing: &'static str,
        /// Its own words.
        said: String,
    },
    /// The image is not on this machine and could not be fetched.
    #[error("image {image} could not be had: {said}")]
    ImageNotFound {
        /// Which.
        image: String,
        /// What the engine or registry said.
        said: String,
    },
    /// The image holds nothing that serves notebooks.
    #[error("image {image} cannot serve notebooks: {reason}")]
    ImageUnusable {
        /// Which.
        image: String,
        /// How that shows.
        reason: String,
    },
    /// The image is made for another processor.
    #[error("image {image} is made for {found}, this machine is {wanted}")]
    WrongArchitecture {
        /// Which.
        image: String,
        /// What it is made for.
        found: String,
        /// What runs here.
        wanted: String,
    },
    /// The server ended before it could serve.
    #[error("the server ended at once: {}", .0.reason())]
    Exited(Exit),
    /// The environment that local servers run in could not be made.
    #[error("the notebook environment could not be made: {}", .0.message)]
    Environment(Failure),
    /// A program on this machine could not be run, or a file not be used.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The hub could not write down what was made, so it was undone.
    #[error("what was started could not be written down")]
    NotSaved(#[source] BoxError),
    /// The stored state is not one of this driver's.
    #[error("the stored state of the server is not readable: {0}")]
    State(String),
    /// The start is not allowed, or cannot be done as the configuration asks for it.
    #[error("the start was refused: {}", .0.message)]
    Refused(Failure),
    /// The start was given up because somebody asked for that.
    #[error("the start was cancelled")]
    Cancelled,
}

// === impl SpawnError ===

impl SpawnError {
    /// An error of the file system or of a program, with what was being done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// What its user may read: what happened, what can be done, the server's last lines.
    pub fn failure(&self) -> Failure {
        self.recognised().unwrap_or_else(|| self.plain())
    }

    /// The cause that lies behind it, where the engine's or the system's words name one.
    fn recognised(&self) -> Option<Failure> {
        let mut known = recognise(Evidence { said: &self.words()?, ..Evidence::default() })?;
        if let Self::ImageNotFound { image, .. } = self {
            known.message = format!("The image {image} could not be fetched. {}", known.message);
        }
        Some(known)
    }

    /// What another program said of it.
    fn words(&self) -> Option<String> {
        match self {
            Self::Engine { said, .. } | Self::ImageNotFound { said, .. } => Some(said.clone()),
            Self::Io { doing, source } => Some(format!("{doing}: {source}")),
            Self::EngineGone(_)
            | Self::ImageUnusable { .. }
            | Self::WrongArchitecture { .. }
            | Self::Exited(_)
            | Self::Environment(_)
            | Self::NotSaved(_)
            | Self::State(_)
            | Self::Refused(_)
            | Self::Cancelled => None,
        }
    }

    fn plain(&self) -> Failure {
        let (kind, message, remedy) = match self {
            Self::EngineGone(_) => (
                "engine_gone",
                "Docker does not answer.".to_owned(),
                "Start Docker on the computer that runs the hub; servers that were running are found again by themselves.",
            ),
            Self::Engine { doing, said } => (
                "engine_error",
                format!("Docker failed while {doing}: {said}"),
                "Try again; if it stays so, restart Docker.",
            ),
            Self::ImageNotFound { image, said } => (
                "image_not_found",
                format!("The image {image} is not on this computer and could not be fetched: {said}"),
                "Check its name and the network, or choose another stack.",
            ),
            Self::ImageUnusable { image, reason } => (
                "image_unusable",
                format!("The image {image} cannot serve notebooks: {reason}."),
                "Choose an image that contains jupyterhub-singleuser, such as those of the Jupyter Docker Stacks.",
            ),
            Self::WrongArchitecture { image, found, wanted } => (
                "wrong_architecture",
                format!("The image {image} is made for {found} processors; this computer has {wanted}."),
                "Choose an image that is made for this computer.",
            ),
            Self::Exited(exit) => return exit.failure(),
            Self::Environment(failure) | Self::Refused(failure) => return failure.clone(),
            Self::Io { doing, source } => (
                "system_error",
                format!("The computer refused while {doing}: {source}"),
                "Check free disk space and the rights on Labdeck's data folder.",
            ),
            Self::NotSaved(_) => (
                "not_saved",
                "The hub could not write down the new server, so it was not started.".to_owned(),
                "Check free disk space on the computer that runs the hub.",
            ),
            Self::State(_) => (
                "state_unreadable",
                "What the hub remembers of this server cannot be read.".to_owned(),
                "Start the server anew.",
            ),
            Self::Cancelled => ("cancelled", "The start was cancelled.".to_owned(), ""),
        };
        Failure { kind: kind.into(), message, remedy: remedy.into(), log: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_words_are_told_by_their_cause() {
        let engine = |said: &str| SpawnError::Engine { doing: "starting a server", said: said.into() }.failure();
        assert_eq!(
            engine("could not select device driver \"\" with capabilities: [[gpu]]").kind,
            "gpu_toolkit_missing"
        );
        assert_eq!(engine("something else").kind, "engine_error");
        let fetch = |said: &str| SpawnError::ImageNotFound { image: "lab/x:1".into(), said: said.into() }.failure();
        let limited = fetch("toomanyrequests: You have reached your pull rate limit.");
        assert_eq!((limited.kind.as_str(), limited.message.contains("lab/x:1")), ("registry_limit", true));
        assert_eq!(fetch("dial tcp 127.0.0.1:1: connect: connection refused").kind, "image_not_found");
        let full = std::io::Error::from_raw_os_error(28);
        assert_eq!(SpawnError::io("making a home")(full).failure().kind, "disk_full");
    }
}
