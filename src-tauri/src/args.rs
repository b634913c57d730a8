//! [`Args`]: the few flags of the desktop binary. Everything else is configured in the window or in `labdeck.toml`;
//! scripts use `labdeckd`.

use std::path::PathBuf;

use clap::Parser;

/// Labdeck: a small JupyterHub for a lab, in a window.
#[derive(Debug, Clone, Default, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Run the same hub without a window, until it is told to end.
    #[arg(long)]
    pub(crate) headless: bool,
    /// Start in the tray: the window stays closed until it is asked for.
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Keep everything in this folder, instead of the account's own data folder.
    #[arg(long, env = "LABDECK_DATA_DIR", value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Read settings from this file.
    #[arg(long, env = "LABDECK_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
