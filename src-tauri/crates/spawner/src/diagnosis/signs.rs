//! The signs of each cause: pieces of lines by which it shows, most telling first. Each comes from a line that a real
//! program wrote (`tests`); pieces are in lower case.

use super::words::{self, Words};
use super::{Evidence, Phase, kind};

/// How one cause shows.
pub(super) struct Sign {
    pub(super) kind: &'static str,
    /// Any of these in a line.
    any: &'static [&'static str],
    /// And this anywhere in the evidence; empty asks for nothing.
    beside: &'static str,
    /// In whose words.
    whose: Whose,
    pub(super) words: Words,
}

/// Whose words a cause shows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The engine's or the system's only: a server's own line of this kind is about something that a person does in it.
    Engine,
    /// Those, and the server's own while it starts.
    Start,
    /// Those, and the server's own at any time.
    Anybody,
}

const fn sign(kind: &'static str, whose: Whose, any: &'static [&'static str], words: Words) -> Sign {
    Sign { kind, any, beside: "", whose, words }
}

/// Sorted by how telling they are: a full disk makes other things fail after it, so it is asked for before them.
pub(super) const SIGNS: &[Sign] = &[
    sign(
        kind::DISK_FULL,
        Whose::Anybody,
        &["no space left on device", "disk quota exceeded", "database or disk is full", "errno 28", "enospc"],
        words::disk_full,
    ),
    sign(
        kind::REGISTRY_LIMIT,
        Whose::Engine,
        &["toomanyrequests", "too many requests", "pull rate limit"],
        words::registry_limit,
    ),
    sign(
        kind::CLOCK_SKEW,
        Whose::Engine,
        &["certificate is not yet valid", "issued in the future", "token used before issued", "clock skew"],
        words::clock_skew,
    ),
    // Go's words for both ends of a certificate's life; "is before" is a clock that lies behind.
    Sign {
        kind: kind::CLOCK_SKEW,
        whose: Whose::Engine,
        any: &["has expired or is not yet valid"],
        beside: " is before ",
        words: words::clock_skew,
    },
    sign(
        kind::CERTIFICATE_REJECTED,
        Whose::Engine,
        &[
            "x509:",
            "certificate_verify_failed",
            "certificate verify failed",
            "self-signed certificate",
            "self signed certificate",
        ],
        words::certificate,
    ),
    sign(
        kind::GPU_TOOLKIT_MISSING,
        Whose::Engine,
        &[
            "could not select device driver",
            "capabilities: [[gpu]]",
            "nvidia-container-cli",
            "nvidia-container-runtime",
            "unknown or invalid runtime name: nvidia",
            "unresolvable cdi devices",
            "failed to initialize nvml",
        ],
        words::gpu_toolkit,
    ),
    sign(
        kind::GPU_BUSY,
        Whose::Anybody,
        &[
            "devices are busy or unavailable",
            "cudaerrordevicesunavailable",
            "cuda out of memory",
            "cuda_error_out_of_memory",
        ],
        words::gpu_busy,
    ),
    sign(
        kind::WRONG_ARCHITECTURE,
        Whose::Start,
        &["exec format error", "no matching manifest for", "does not match the detected host platform"],
        words::wrong_architecture,
    ),
    sign(
        kind::OUT_OF_MEMORY_AT_START,
        Whose::Start,
        &[
            "minimum memory limit allowed",
            "init was oom-killed",
            "cannot allocate memory",
            "memoryerror",
            "unable to allocate",
            "errno 12",
        ],
        words::out_of_memory_at_start,
    ),
    sign(
        kind::PORT_TAKEN,
        Whose::Start,
        &["address already in use", "port is already allocated", "port is already in use", "errno 98", "eaddrinuse"],
        words::port_taken,
    ),
    sign(kind::READ_ONLY_HOME, Whose::Anybody, &["read-only file system", "errno 30", "erofs"], words::read_only),
    sign(
        kind::PERMISSION_DENIED,
        Whose::Anybody,
        &["permission denied", "errno 13", "eacces"],
        words::permission_denied,
    ),
    sign(kind::HUB_UNREACHABLE, Whose::Anybody, &["failed to connect to my hub"], words::hub_unreachable),
    // The server's own complaint is followed by so long a trace that only its end is left.
    Sign {
        kind: kind::HUB_UNREACHABLE,
        whose: Whose::Anybody,
        any: &["cannot connect to host", "connection refused", "connection timeout", "timed out"],
        beside: "jupyterhub/httpclient.py",
        words: words::hub_unreachable,
    },
    Sign {
        kind: kind::VERSION_MISMATCH,
        whose: Whose::Start,
        any: &["!= jupyterhub-singleuser version"],
        beside: "redirect loops",
        words: words::version_mismatch,
    },
    sign(
        kind::IMAGE_UNUSABLE,
        Whose::Start,
        &[
            "executable file not found",
            "jupyterhub-singleuser: not found",
            "jupyterhub-singleuser: command not found",
            "no module named 'jupyterhub'",
            "no module named jupyterhub",
            "no module named 'jupyter_server'",
            "no module named 'notebook'",
        ],
        words::image_unusable,
    ),
];

// === impl Sign ===

impl Sign {
    /// The newest line in which the cause shows. What the machinery said goes before the server's own lines.
    pub(super) fn find<'a>(&self, evidence: Evidence<'a>) -> Option<&'a str> {
        let shows = |line: &str| {
            let lower = line.to_ascii_lowercase();
            self.any.iter().any(|piece| has(&lower, piece))
        };
        let heard = match (self.whose, evidence.phase) {
            (Whose::Engine, _) | (Whose::Start, Phase::Work) => &[],
            (Whose::Start, Phase::Start) | (Whose::Anybody, _) => evidence.log,
        };
        let lines = || std::iter::once(evidence.said).chain(heard.iter().rev().map(String::as_str));
        let line = lines().find(|line| shows(line))?;
        let supported = self.beside.is_empty() || lines().any(|line| line.contains(self.beside));
        supported.then_some(line)
    }
}

/// Whether a piece stands in a line; a number at its end is the whole number.
fn has(line: &str, piece: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    line.match_indices(piece).any(|(at, _)| !(piece.ends_with(digit) && line[at + piece.len()..].starts_with(digit)))
}
