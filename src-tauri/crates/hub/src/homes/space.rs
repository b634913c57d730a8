//! How much room a disk has for an archive.

use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::resources::bytes_in_words as words;

/// Left free on the disk beside an archive: the database lives there too.
const MARGIN: u64 = 256 << 20;

/// Refuses what would fill the disk.
///
/// # Errors
/// 503 with what is needed and what is there.
pub(super) fn check_room(folder: &Path, needed: u64) -> Result<()> {
    match free(folder) {
        Some(free) if free < needed.saturating_add(MARGIN) => Err(Error::new(
            Kind::Unavailable,
            format!(
                "There is not enough room: this needs up to {} and the disk of {} has {} free, of which Labdeck leaves \
                 {} alone. Free some space and try again.",
                words(needed),
                folder.display(),
                words(free),
                words(MARGIN),
            ),
        )),
        _ => Ok(()),
    }
}

/// What the disk of a folder has free for the hub, where that can be known.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_is_said_in_numbers() {
        let refused = check_room(Path::new("/"), u64::MAX - MARGIN).unwrap_err();
        assert!(refused.public().contains("GB") && refused.public().contains("256 MB"), "{refused}");
        assert!(check_room(Path::new("/"), 1).is_ok() || free(Path::new("/")).unwrap() < MARGIN + 1);
    }
}
