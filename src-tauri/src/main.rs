//! The desktop binary `labdeck`. Owns nothing: the library beside it holds the shell, so that its tests can reach it.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    labdeck_desktop::run()
}
