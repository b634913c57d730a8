//! Running Python and pip for the environment, and reading what went wrong out of what they say. Owns the words; the
//! order of steps is `environment`'s.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use labdeck_model::Failure;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::leader::Leader;
use crate::{SpawnError, StartContext};

/// How many of the last lines are kept for an error.
const KEPT_LINES: usize = 40;

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Its last lines.
    pub(super) log: Vec<String>,
}

/// A program that was started, with its lines.
struct Running {
    program: Leader,
    output: Option<Lines<BufReader<ChildStdout>>>,
    errors: Option<Lines<BufReader<ChildStderr>>>,
}

/// Runs a program to its end, giving each of its lines to `on_line`. Ends it when the start is cancelled.
///
/// # Cancellation
/// Dropped, it ends the program and whatever that started.
pub(super) async fn run(
    program: &Path,
    args: &[&str],
    ctx: &StartContext,
    on_line: impl Fn(&str) + Send,
) -> Result<Ended, SpawnError> {
    let doing = || format!("running {}", program.display());
    let mut running = Running::begin(program, args).map_err(SpawnError::io(doing()))?;
    let mut kept = VecDeque::new();
    loop {
        let line = tokio::select! {
            // pip can be silent for minutes and talkative for minutes: cancelling comes before its lines.
            biased;
            () = ctx.cancelled() => {
                running.program.kill();
                let _ = running.program.wait().await;
                return Err(SpawnError::Cancelled);
            }
            line = running.next() => line,
        };
        let Some(line) = line else { break };
        on_line(&line);
        kept.push_back(line);
        if kept.len() > KEPT_LINES {
            kept.pop_front();
        }
    }
    let status = running.program.wait().await.map_err(SpawnError::io(doing()))?;
    Ok(Ended { status, log: kept.into() })
}

// === impl Running ===

impl Running {
    fn begin(program: &Path, args: &[&str]) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Nothing of the hub's own settings or of a Python around it; the user's pip settings, proxies and
        // certificates are inherited as they are.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("LABDECK_") || text.starts_with("JUPYTERHUB_") || text.starts_with("PYTHON") {
                command.env_remove(&name);
            }
        }
        command.env("PYTHONUTF8", "1").env("PYTHONUNBUFFERED", "1");
        let mut program = Leader::begin(&mut command)?;
        let output = program.child().stdout.take().map(|stream| BufReader::new(stream).lines());
        let errors = program.child().stderr.take().map(|stream| BufReader::new(stream).lines());
        Ok(Self { program, output, errors })
    }

    /// The next line of either stream; `None` when both have ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            match (&mut self.output, &mut self.errors) {
                (None, None) => return None,
                (Some(output), None) => match output.next_line().await {
                    Ok(Some(line)) => return Some(line),
                    _ => self.output = None,
                },
                (None, Some(errors)) => match errors.next_line().await {
                    Ok(Some(line)) => return Some(line),
                    _ => self.errors = None,
                },
                (Some(output), Some(errors)) => tokio::select! {
                    line = output.next_line() => match line {
                        Ok(Some(line)) => return Some(line),
                        _ => self.output = None,
                    },
                    line = errors.next_line() => match line {
                        Ok(Some(line)) => return Some(line),
                        _ => self.errors = None,
                    },
                },
            }
        }
    }
}

/// What a failed installation means, by pip's words.
pub(super) fn explain(log: Vec<String>) -> Failure {
    let text = log.join("\n");
    let said = |any: &[&str]| any.iter().any(|words| text.contains(words));
    let (kind, message, remedy) = if said(&["No space left on device", "Errno 28"]) {
        (
            "disk_full",
            "The disk is full, so the notebook environment could not be installed.",
            "Free about one gigabyte where Labdeck keeps its data, then start again.",
        )
    } else if said(&["CERTIFICATE_VERIFY_FAILED", "SSLError", "certificate verify failed"]) {
        (
            "index_untrusted",
            "The package index could not be trusted: its certificate is not known on this computer.",
            "If your network has a certificate of its own, tell pip of it (PIP_CERT or pip's configuration), then start again.",
        )
    } else if said(&UNREACHABLE) {
        (
            "offline",
            "The package index cannot be reached, so the notebook environment could not be installed.",
            "Connect this computer to the network (or set a proxy or an index for pip), then start again.",
        )
    } else {
        (
            "environment_failed",
            "The notebook environment could not be installed.",
            "The last lines that pip wrote, below, usually tell why; start again to retry.",
        )
    };
    Failure { kind: kind.into(), message: message.into(), remedy: remedy.into(), log }
}

/// What pip says when there is no way to its index.
const UNREACHABLE: [&str; 8] = [
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "(from versions: none)",
];

/// A failure of the machine rather than of the installation.
pub(super) fn failure(kind: &str, message: impl Into<String>, remedy: &str, log: Vec<String>) -> SpawnError {
    SpawnError::Environment(Failure { kind: kind.into(), message: message.into(), remedy: remedy.into(), log })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_installation_is_told_by_pips_words() {
        let kind = |line: &str| explain(vec![line.into()]).kind;
        assert_eq!(kind("ERROR: Could not install packages: [Errno 28] No space left on device"), "disk_full");
        assert_eq!(kind("NewConnectionError('<...>: Failed to establish a new connection')"), "offline");
        assert_eq!(kind("ERROR: Could not find a version that satisfies x (from versions: none)"), "offline");
        assert_eq!(kind("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"), "index_untrusted");
        assert_eq!(kind("ERROR: Failed building wheel for x"), "environment_failed");
    }
}
