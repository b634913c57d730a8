//! `labdeckd`: Labdeck without a window. Parses, runs, and turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    labdeck_server::main_entry()
}
