//! The stand-alone proxy; everything it does is in `labdeck_proxy::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    labdeck_proxy::cli::entry(std::env::args_os())
}
