//! The stand-alone proxy: reads flags, runs, turns the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser;
use labdeck_proxy::cli::{Args, run, signalled};

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_max_level(args.level()).with_target(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("Could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(args, signalled())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}
