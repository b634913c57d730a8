//! What `labdeckd` does with its command line.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use labdeck_hub::config::{Config, ConfigInputs, Flag};

use crate::cli::{Cli, Command, ConfigCommand, Serve};
use crate::{commands, folders, logging, serve};

/// Runs the program; says in words on standard error why it failed.
pub fn main_entry() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Proxy { args } = cli.command {
        return labdeck_proxy::cli::entry(std::iter::once("labdeckd proxy".to_owned()).chain(args));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("labdeckd").build();
    let ended = runtime.context("The system gives no threads").and_then(|runtime| {
        let ended = runtime.block_on(run(cli));
        runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    match &cli.command {
        Command::Serve(options) => {
            logging::start();
            let (config, data_dir) = settings(&cli, flags(options))?;
            serve::run(config, data_dir).await
        }
        Command::Config { command: ConfigCommand::Show } => {
            let (config, _) = settings(&cli, Vec::new())?;
            commands::show_config(&config)
        }
        Command::Config { command: ConfigCommand::Check } => {
            let (config, _) = settings(&cli, Vec::new())?;
            commands::check_config(&config)
        }
        Command::Openapi => commands::print(&labdeck_hub::api::openapi_document()),
        Command::User { command } => {
            let (config, data_dir) = settings(&cli, Vec::new())?;
            commands::user(config, data_dir, command).await
        }
        Command::Token { command } => {
            let (config, data_dir) = settings(&cli, Vec::new())?;
            commands::token(config, data_dir, command).await
        }
        // Handled before there was a runtime: the proxy brings its own.
        Command::Proxy { .. } => Ok(()),
    }
}

fn settings(cli: &Cli, flags: Vec<Flag>) -> Result<(Config, std::path::PathBuf)> {
    let data_dir = folders::data_dir(cli.data_dir.clone())?;
    let file = cli.config.clone().or_else(|| Some(data_dir.join("labdeck.toml")).filter(|file| file.exists()));
    let config = Config::load(&ConfigInputs::of_process(file, flags))?;
    Ok((config, data_dir))
}

fn flags(options: &Serve) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(bind_url) = &options.bind_url {
        let (name, key) = ("--bind-url".to_owned(), "hub.bind_url".to_owned());
        flags.push(Flag { name, key, value: bind_url.clone() });
    }
    if options.i_accept_that_anyone_on_the_network_can_run_code_here {
        flags.push(Flag {
            name: "--i-accept-that-anyone-on-the-network-can-run-code-here".to_owned(),
            key: "labdeck.i_accept_that_anyone_on_the_network_can_run_code_here".to_owned(),
            value: "true".to_owned(),
        });
    }
    flags
}

#[expect(clippy::print_stderr, reason = "the program's last words go to whoever started it")]
fn say_error(error: &anyhow::Error) {
    let mut words = error.to_string();
    for cause in error.chain().skip(1) {
        words.push_str(": ");
        words.push_str(&cause.to_string());
    }
    eprintln!("labdeckd: {words}");
}
