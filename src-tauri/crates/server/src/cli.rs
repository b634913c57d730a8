//! The command line of `labdeckd`, as types. Owns names, help texts and defaults; does nothing.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Gives every person in the lab their own Jupyter notebook server.
#[derive(Debug, Parser)]
#[command(name = "labdeckd", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Where Labdeck keeps everything. Default: the data folder of this account.
    #[arg(long, global = true, env = "LABDECK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration file. Default: labdeck.toml in the data folder, if it is there.
    #[arg(long, short = 'f', global = true, env = "LABDECK_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the hub without a window.
    Serve(Serve),
    /// Add, list and remove people.
    User {
        /// What about them.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Make API tokens.
    Token {
        /// What about them.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Look at the configuration.
    Config {
        /// What about it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the OpenAPI document of the REST API.
    Openapi,
    /// Run the proxy alone, in place of configurable-http-proxy.
    #[command(disable_help_flag = true)]
    Proxy {
        /// Arguments of configurable-http-proxy.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<String>,
    },
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The public address, like http://127.0.0.1:8000; wins over the file.
    #[arg(long, value_name = "URL")]
    pub bind_url: Option<String>,
    /// Let people on the network in although everybody who signs in runs programs as this account.
    #[arg(long)]
    pub i_accept_that_anyone_on_the_network_can_run_code_here: bool,
}

/// Sub-commands of `user`.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a person and print the link with which they choose their password.
    Add {
        /// The user name.
        name: String,
        /// May manage everything. The first admin claims the hub.
        #[arg(long)]
        admin: bool,
    },
    /// List people.
    List,
    /// Remove a person. Their files stay.
    Remove {
        /// The user name.
        name: String,
    },
    /// Print a single-use link with which a person chooses a new password.
    Password {
        /// The user name.
        name: String,
    },
}

/// Sub-commands of `token`.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, once.
    Create {
        /// Whose.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// What it may do, like list:users; several times or separated by commas. Default: all that the user may.
        #[arg(long, value_delimiter = ',', value_name = "SCOPE")]
        scopes: Vec<String>,
        /// What it is for.
        #[arg(long, default_value = "Made with labdeckd")]
        note: String,
        /// Seconds until it ends. Default: never.
        #[arg(long, value_name = "SECONDS")]
        expires_in: Option<u64>,
    },
}

/// Sub-commands of `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where that came from. Secrets are not shown.
    Show,
    /// Say what is wrong with the settings and with templates and a logo of your own; nothing is started.
    Check,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn proxy_arguments_are_passed_on_untouched() {
        let cli = Cli::parse_from(["labdeckd", "proxy", "--ip", "127.0.0.1", "--help"]);
        let Command::Proxy { args } = cli.command else { panic!("{cli:?}") };
        assert_eq!(args, ["--ip", "127.0.0.1", "--help"]);
    }
}
