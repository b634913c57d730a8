//! How much room a disk has for an archive.

use std::path::Path;

use parking_lot::Mutex;

use crate::error::{Error, Kind, Result};
use crate::resources::bytes_in_words as words;

/// Left free on the disk beside an archive: the database lives there too.
const MARGIN: u64 = 256 << 20;

/// What is being written at this moment may need altogether.
static RESERVED: Mutex<u64> = Mutex::new(0);

/// Room on the disk for something that is being written. Dropped, it is free again.
#[derive(Debug)]
#[must_use = "the room is reserved for as long as this is held"]
pub(super) struct Reservation(u64);

/// Reserves room beside everything else that is being written. What is written of it already counts twice: rather one
/// refused too early than a full disk.
///
/// # Errors
/// 503 with what is needed and what is there.
pub(super) fn reserve(folder: &Path, needed: u64) -> Result<Reservation> {
    let mut reserved = RESERVED.lock();
    let all = reserved.saturating_add(needed);
    check_room(folder, all)?;
    *reserved = all;
    Ok(Reservation(needed))
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut reserved = RESERVED.lock();
        *reserved = reserved.saturating_sub(self.0);
    }
}

/// Refuses what would fill the disk.
fn check_room(folder: &Path, needed: u64) -> Result<()> {
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
        let free = free(Path::new("/")).unwrap();
        if free > 3 * MARGIN {
            let most = free - 2 * MARGIN;
            let first = reserve(Path::new("/"), most).unwrap();
            assert!(reserve(Path::new("/"), most).is_err(), "what others write counts");
            drop(first);
            drop(reserve(Path::new("/"), most).unwrap());
        }
        assert!(check_room(Path::new("/"), 1).is_ok() || free < MARGIN + 1);
    }
}
