//! [`Place`]: a name in a folder that is free, held while a file is written. Nothing that is there is ever replaced.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How many files of one name a folder may have before a new one is refused.
const MOST_OF_A_NAME: u32 = 1000;

/// A file that is being written beside its later name. Dropped, both are deleted.
#[derive(Debug)]
pub(super) struct Place {
    file: PathBuf,
    part: PathBuf,
    kept: bool,
}

// === impl Place ===

impl Place {
    /// Takes the first free name of `name`, `name (2)`, `name (3)`, … and makes the folder where there is none.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn take(folder: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for number in 1..=MOST_OF_A_NAME {
            let file = folder.join(numbered(name, number));
            // An empty file holds the name: to look and then to write would let two take the same one.
            match create(&file) {
                Ok(_) => {
                    let part = folder.join(format!("{}.part", numbered(name, number)));
                    return Ok(Self { file, part, kept: false });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many files of this name"))
    }

    /// Opens the file to write into.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn open(&self) -> io::Result<fs::File> {
        // A part that is there is what a killed program left of the same name.
        match fs::remove_file(&self.part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => create(&self.part),
        }
    }

    /// The file is whole: gives it its name and answers where it is.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn keep(mut self) -> io::Result<PathBuf> {
        fs::rename(&self.part, &self.file)?;
        self.kept = true;
        Ok(self.file.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.part);
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// A new file that only its owner reads: logs and homes are not for everybody on this computer.
fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `ada.log`, `ada (2).log`; the ends of a packed archive stay together.
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let end =
        if name.ends_with(".tar.zst") { ".tar.zst".len() } else { name.rfind('.').map_or(0, |at| name.len() - at) };
    let (stem, end) = name.split_at(name.len() - end);
    format!("{stem} ({number}){end}")
}

/// A name that is a file's on every system: letters, digits and `._-` stay.
pub(super) fn tame(name: &str) -> String {
    let tame: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).take(120).collect();
    let tame = tame.trim_start_matches(['.', '-']);
    if tame.is_empty() { "labdeck".to_owned() } else { tame.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Downloads");
        let write = |name: &str| {
            let place = Place::take(&folder, name).unwrap();
            place.open().unwrap();
            place.keep().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(write("ada.log"), "ada.log");
        assert_eq!(write("ada.log"), "ada (2).log");
        assert_eq!(write("ada.log"), "ada (3).log");
        assert_eq!([write("h.tar.zst"), write("h.tar.zst")], ["h.tar.zst", "h (2).tar.zst"]);
        assert_eq!([write("plain"), write("plain")], ["plain", "plain (2)"]);
    }

    #[test]
    fn what_is_not_kept_leaves_nothing_and_what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ada.log"), "mine").unwrap();
        let place = Place::take(dir.path(), "ada.log").unwrap();
        place.open().unwrap();
        drop(place);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["ada.log"]);
        assert_eq!(fs::read_to_string(dir.path().join("ada.log")).unwrap(), "mine");
    }

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(tame("../../.bashrc"), "bashrc");
        assert_eq!(tame("ada@lab.example: gpu.log"), "ada-lab.example--gpu.log");
        assert_eq!(tame("…"), "labdeck");
    }
}
