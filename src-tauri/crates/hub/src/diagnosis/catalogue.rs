//! The causes as data: what each is called, what is to be done step by step, and whether the hub can do it itself.

use labdeck_spawner::diagnosis::kind;

use super::further::FURTHER;

/// One cause.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The stable word of it.
    pub kind: &'static str,
    /// What it is called, a short sentence.
    pub title: &'static str,
    /// What to do after the remedy that comes with the failure, in this order.
    pub steps: &'static [&'static str],
    /// What the hub can do about it.
    pub fix: Option<Fix>,
}

/// Something that the hub can do about a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// Fetch the image again, outside of a start.
    FetchImage,
    /// Start it with the next larger size.
    LargerSize,
    /// Start it once more as it was.
    StartAgain,
    /// Give the mounted folder to the account that notebooks run as.
    Ownership,
}

pub(super) const fn entry(
    kind: &'static str,
    title: &'static str,
    steps: &'static [&'static str],
    fix: Option<Fix>,
) -> Entry {
    Entry { kind, title, steps, fix }
}

/// The causes that show in what servers and engines say.
pub const CATALOGUE: &[Entry] = &[
    entry(
        kind::IMAGE_NOT_FOUND,
        "The image is missing",
        &[
            "Check the image's name in the window, under Stacks.",
            "Check that this computer reaches the registry; a private image needs docker login.",
            "Fetch it under Stacks, or choose another stack.",
        ],
        Some(Fix::FetchImage),
    ),
    entry(
        kind::IMAGE_UNUSABLE,
        "The image has no notebook software",
        &["Add jupyterhub and jupyterlab to the image, or choose one of the Jupyter Docker Stacks."],
        None,
    ),
    entry(
        kind::VERSION_MISMATCH,
        "The image speaks another version of JupyterHub",
        &[
            "In the image, run: pip install --upgrade 'jupyterhub==6.*'",
            "Servers with another version may start and then turn people round at the sign-in.",
        ],
        None,
    ),
    entry(
        kind::HUB_UNREACHABLE,
        "The server cannot reach the hub",
        &[
            "Look whether a firewall blocks connections from the containers' network to this computer.",
            "Look whether HTTP_PROXY is set in the image or its environment.",
            "Restart the hub, so that it opens its door for containers anew.",
        ],
        None,
    ),
    entry(
        kind::PORT_TAKEN,
        "The port is taken by another program",
        &["Start it again. If it comes back, look for a fixed port in the server's settings or environment."],
        Some(Fix::StartAgain),
    ),
    entry(
        kind::PERMISSION_DENIED,
        "A folder may not be used",
        &[
            "Look whose the folder is: notebooks run as the account with the number 1000 unless the stack says otherwise.",
            "Give it to that account (chown -R 1000 on the folder), or mount it read-only.",
        ],
        Some(Fix::Ownership),
    ),
    entry(
        kind::READ_ONLY_HOME,
        "The home folder cannot be written",
        &["Look how the home is mounted: read-only folders belong beside the home, not in its place."],
        None,
    ),
    entry(
        kind::DISK_FULL,
        "The disk is full",
        &[
            "Empty the trash and old outputs; large files hide in .ipynb_checkpoints and caches.",
            "The person who runs the hub sees under Storage what takes the room.",
        ],
        None,
    ),
    entry(
        kind::OUT_OF_MEMORY_AT_START,
        "There was not enough memory to start",
        &["Choose a larger size.", "If many servers run, some of them can be stopped."],
        Some(Fix::LargerSize),
    ),
    entry(
        kind::OUT_OF_MEMORY,
        "It used all of its memory",
        &[
            "Restart the kernel, and load less at once: chunks, columns, smaller types.",
            "If it needs that much, start the server with a larger size.",
            "Where many servers run, they may have used together what the computer has for them: stop some.",
        ],
        Some(Fix::LargerSize),
    ),
    entry(
        kind::GPU_TOOLKIT_MISSING,
        "Containers cannot use graphics cards here",
        &[
            "Install the driver, then the NVIDIA Container Toolkit, and restart Docker.",
            "Test it: docker run --rm --gpus all ubuntu nvidia-smi",
        ],
        None,
    ),
    entry(
        kind::GPU_BUSY,
        "The graphics card is busy",
        &["See who holds the card, and ask them, or wait for your turn in the queue."],
        None,
    ),
    entry(
        kind::WRONG_ARCHITECTURE,
        "The image is for another kind of processor",
        &["Look for a variant of the image for this processor, or build it here."],
        None,
    ),
    entry(
        kind::START_TIMEOUT,
        "The start took too long",
        &[
            "Start it again: the second start of an image is faster.",
            "If the computer is slow, raise start_timeout or http_timeout in labdeck.toml.",
        ],
        Some(Fix::StartAgain),
    ),
    entry(
        kind::REGISTRY_LIMIT,
        "The registry hands out no more for now",
        &[
            "Wait; Docker Hub counts fetches over six hours for each address.",
            "Or sign in: docker login raises the limit.",
            "Or load the image from a file: docker load -i image.tar",
        ],
        Some(Fix::FetchImage),
    ),
    entry(
        kind::CERTIFICATE_REJECTED,
        "A certificate was rejected",
        &[
            "For your own registry: put its authority into /etc/docker/certs.d/<host>/ca.crt.",
            "Behind a company's proxy: add the company's authority to the computer and restart Docker.",
        ],
        None,
    ),
    entry(
        kind::CLOCK_SKEW,
        "The computer's clock is wrong",
        &["Switch on automatic time (timedatectl set-ntp true), then start the server again."],
        Some(Fix::StartAgain),
    ),
    entry(
        kind::ENGINE_RESTARTED,
        "Docker was restarted",
        &["Start it again; with live-restore in Docker's settings servers survive a restart."],
        Some(Fix::StartAgain),
    ),
    entry(kind::COMPUTER_RESTARTED, "The computer was restarted", &["Start it again."], Some(Fix::StartAgain)),
    entry(
        "engine_gone",
        "Docker does not answer",
        &["On the computer that runs the hub: systemctl start docker", "Servers are found again by themselves."],
        None,
    ),
    entry("exited", "The server ended by itself", &["Read its last lines."], Some(Fix::StartAgain)),
    entry("gone", "The server was removed from outside", &[], Some(Fix::StartAgain)),
    entry("stop_failed", "The server could not be stopped", &["Stop it again."], None),
];

/// The cause of that kind.
pub fn find(kind: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().chain(FURTHER).find(|entry| entry.kind == kind)
}

// === impl Fix ===

impl Fix {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FetchImage, Self::LargerSize, Self::StartAgain, Self::Ownership];

    /// The word by which it is asked for.
    pub fn id(self) -> &'static str {
        match self {
            Self::FetchImage => "fetch_image",
            Self::LargerSize => "larger_size",
            Self::StartAgain => "start_again",
            Self::Ownership => "ownership",
        }
    }

    /// What its button says.
    pub fn label(self) -> &'static str {
        match self {
            Self::FetchImage => "Fetch the image",
            Self::LargerSize => "Start with a larger size",
            Self::StartAgain => "Start again",
            Self::Ownership => "Fix the folder's ownership",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_of_the_design_has_a_title_and_a_way_on() {
        let eighteen = [
            kind::IMAGE_NOT_FOUND,
            kind::IMAGE_UNUSABLE,
            kind::VERSION_MISMATCH,
            kind::HUB_UNREACHABLE,
            kind::PORT_TAKEN,
            kind::PERMISSION_DENIED,
            kind::READ_ONLY_HOME,
            kind::DISK_FULL,
            kind::OUT_OF_MEMORY_AT_START,
            kind::OUT_OF_MEMORY,
            kind::GPU_TOOLKIT_MISSING,
            kind::GPU_BUSY,
            kind::WRONG_ARCHITECTURE,
            kind::START_TIMEOUT,
            kind::REGISTRY_LIMIT,
            kind::CERTIFICATE_REJECTED,
            kind::CLOCK_SKEW,
            kind::ENGINE_RESTARTED,
        ];
        for kind in eighteen {
            let entry = find(kind).unwrap_or_else(|| panic!("{kind} is not in the catalogue"));
            assert!(!entry.title.ends_with('.') && !entry.steps.is_empty(), "{kind}");
        }
    }

    #[test]
    fn kinds_and_fixes_are_told_apart_by_their_words() {
        let mut kinds: Vec<_> = CATALOGUE.iter().chain(FURTHER).map(|entry| entry.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), CATALOGUE.len() + FURTHER.len());
        for fix in Fix::ALL {
            assert_eq!(Fix::ALL.iter().filter(|other| other.id() == fix.id()).count(), 1);
        }
    }
}
