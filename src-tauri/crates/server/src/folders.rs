//! Where Labdeck keeps everything.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

/// The data folder: the given one, else this account's own place for such data.
///
/// # Errors
/// When the account has no home.
pub(crate) fn data_dir(given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(std::path::absolute(given)?);
    }
    let own = directories::ProjectDirs::from("org", "labdeck", "Labdeck");
    let own = own.ok_or_else(|| anyhow!("This account has no home folder; name a data folder with --data-dir"))?;
    Ok(own.data_local_dir().to_owned())
}
