//! The log: to standard error, levels by `LABDECK_LOG` (default: what a lead wants to know), as JSON where
//! `LABDECK_LOG_FORMAT=json`. Coloured only where a person reads it on a terminal.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts the log. Later calls do nothing.
pub(crate) fn start() {
    let filter =
        EnvFilter::try_from_env("LABDECK_LOG").unwrap_or_else(|_| EnvFilter::new("info,hyper=warn,bollard=warn"));
    // At finer levels these print what they send, and a container's environment holds its token.
    let quiet = ["bollard=info", "hyper=info", "hyper_util=info"].iter().filter_map(|rule| rule.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).with_ansi(colours);
    let json = std::env::var("LABDECK_LOG_FORMAT").is_ok_and(|format| format == "json");
    // Fails only if a log runs already, which then stays.
    let _ = if json { log.json().try_init() } else { log.try_init() };
}
