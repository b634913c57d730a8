//! [`Account`]: the account of the system under which one person's servers run, or a service, when the hub is root and shall
//! not lend them its own. Owns the look-up and the words that change to it: user, group and *all* supplementary groups are
//! set to that account's by `setpriv` (util-linux), which is what initgroups(3) does, so none of the hub's remain.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::config::find_program;
use super::links::Link;
use super::pip;
use crate::SpawnError;

/// For a question to the system's directory of accounts, which may be another computer.
const PATIENCE: Duration = Duration::from_secs(15);

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) home: PathBuf,
    pub(super) shell: String,
    uid: u32,
    gid: u32,
    /// All of its groups, its own first.
    groups: Vec<u32>,
    setpriv: PathBuf,
}

// === impl Account ===

impl Account {
    /// The account that has a person's name.
    pub(super) async fn find(name: &str) -> Result<Self, SpawnError> {
        if !super::prepare::is_root() {
            return Err(refused(
                "Servers shall run as each person's own account, and only a hub that runs as root can do that.".into(),
                "Run labdeckd as root, or set run_as = \"hub\" in [simple_spawner].",
            ));
        }
        let unknown = || {
            refused(
                format!("There is no account {name} on this computer, and servers run as their person's own account."),
                "The lead adds it (sudo useradd --create-home NAME), or sets run_as = \"hub\" in [simple_spawner].",
            )
        };
        let entry = look_up(name).await?.ok_or_else(unknown)?;
        if entry.uid == 0 {
            return Err(refused(
                format!("The account {name} is the administrator of this computer; no notebook runs with its rights."),
                "Choose another name for this person.",
            ));
        }
        if !Path::new(&entry.home).is_dir() {
            return Err(refused(
                format!("The account {name} has no home folder: {} is not there.", entry.home),
                "The lead makes it (sudo mkhomedir_helper NAME).",
            ));
        }
        Self::of(entry).await?.ok_or_else(unknown)
    }

    /// The account that the configuration names for a service: any, also the administrator's. `None` is the one that
    /// the hub itself runs as, for which nothing is to be changed.
    pub(super) async fn of_service(name: &str) -> Result<Option<Self>, SpawnError> {
        let remedy = "Add it (sudo useradd NAME), or correct user in the service's table.";
        let unknown = || refused(format!("It shall run as {name}, and this computer has no such account."), remedy);
        let entry = look_up(name).await?.ok_or_else(unknown)?;
        if super::prepare::own_uid() == Some(entry.uid) {
            return Ok(None);
        }
        if !super::prepare::is_root() {
            let message = format!("It shall run as {name}, and only a hub that runs as root can do that.");
            return Err(refused(message, "Run labdeckd as root, or take the line with user out."));
        }
        Self::of(entry).await?.ok_or_else(unknown).map(Some)
    }

    /// `None` where the directory knows no groups of it.
    async fn of(entry: Entry) -> Result<Option<Self>, SpawnError> {
        let Some(setpriv) = find_program("setpriv") else {
            return Err(refused(
                "The program setpriv is missing, with which programs are given to their account.".into(),
                "Install it (package util-linux).",
            ));
        };
        let listed = ask("id", &["-G", "--", &entry.name]).await?.unwrap_or_default();
        let groups: Option<Vec<u32>> = listed.split_whitespace().map(|group| group.parse().ok()).collect();
        let Some(groups) = groups.filter(|groups| !groups.is_empty()) else { return Ok(None) };
        let Entry { name, uid, gid, home, shell } = entry;
        Ok(Some(Self { name, home: home.into(), shell, uid, gid, groups, setpriv }))
    }

    /// The words before the program that shall run as this account.
    pub(super) fn words(&self) -> Vec<String> {
        let groups: Vec<String> = self.groups.iter().map(u32::to_string).collect();
        vec![
            self.setpriv.display().to_string(),
            format!("--reuid={}", self.uid),
            format!("--regid={}", self.gid),
            format!("--groups={}", groups.join(",")),
            "--inh-caps=-all".into(),
            "--".into(),
        ]
    }

    /// Makes a link in this account's home, as this account.
    pub(super) async fn link(&self, link: &Link) -> std::io::Result<()> {
        link.check_free()?;
        let words = self.words();
        let mut command = Command::new(&self.setpriv);
        command.args(words.iter().skip(1)).args(["ln", "-sfnT", "--"]).arg(&link.to).arg(&link.at);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let done = tokio::time::timeout(PATIENCE, command.status()).await;
        match done {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(_)) => Err(std::io::ErrorKind::PermissionDenied.into()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

/// A line of the directory (passwd(5)).
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    uid: u32,
    gid: u32,
    home: String,
    shell: String,
}

/// The account of this very name: a number is an answer of the directory, too.
async fn look_up(name: &str) -> Result<Option<Entry>, SpawnError> {
    let line = ask("getent", &["passwd", "--", name]).await?;
    Ok(line.and_then(|line| entry(&line)).filter(|entry| entry.name == name))
}

fn entry(line: &str) -> Option<Entry> {
    let fields: Vec<&str> = line.lines().next()?.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields.as_slice() else { return None };
    let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
    Some(Entry { name: (*name).into(), uid, gid, home: (*home).into(), shell: (*shell).into() })
}

/// What a program of the system answers; `None` when it knows nothing.
async fn ask(program: &str, args: &[&str]) -> Result<Option<String>, SpawnError> {
    let doing = || format!("looking for an account with {program}");
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let answer = tokio::time::timeout(PATIENCE, command.output()).await;
    let answer =
        answer.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(SpawnError::io(doing()))?;
    Ok(answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).into_owned()))
}

fn refused(message: String, remedy: &str) -> SpawnError {
    pip::failure("account_unusable", message, remedy, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_directory_is_read_whole_or_not() {
        let ada = entry("ada:x:1000:1001:Ada, Room 1:/home/ada:/bin/bash\n").unwrap();
        assert_eq!((ada.uid, ada.gid, ada.home.as_str(), ada.shell.as_str()), (1000, 1001, "/home/ada", "/bin/bash"));
        for bad in ["", "ada:x:1000", "ada:x:-1:0::/:/", "ada:x:0x3:0::/:/"] {
            assert_eq!(entry(bad), None, "{bad}");
        }
    }
}
