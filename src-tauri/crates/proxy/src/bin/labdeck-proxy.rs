//! The stand-alone proxy: reads flags, runs, turns the outcome into an exit code.

use std::process::ExitCode;

use clap::Parser;
use labdeck_proxy::ApiToken;
use labdeck_proxy::cli::{Args, TOKEN_VARIABLE, run, signalled};

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_max_level(args.level()).with_target(false).init();
    let token = std::env::var(TOKEN_VARIABLE).ok().and_then(ApiToken::new);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("Could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(args, token, signalled())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}
