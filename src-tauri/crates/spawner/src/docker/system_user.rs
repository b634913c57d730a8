//! A server as its person's account of this machine: who that is, and what the container is told. Owns the look into
//! the machine's list of accounts; used where the configuration asks for it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use labdeck_model::Failure;
use tokio::process::Command;

use super::settings::SystemUser;
use super::template::Names;
use crate::SpawnError;

/// An account of this machine, and where its home is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// The numbers of all its groups, its own first.
    pub(super) groups: Vec<u32>,
    /// The home on the machine.
    pub(super) home: PathBuf,
    /// The folder in which the home must be found in the end, whatever links lie there.
    pub(super) home_root: PathBuf,
    /// The home as the server sees it.
    pub(super) image_home: String,
    pub(super) run_as_root: bool,
}

/// Finds the account that a server shall be.
pub(super) async fn find(setting: &SystemUser, names: &Names<'_>) -> Result<Account, SpawnError> {
    let name = names.key.user.to_string();
    let line = ask("getent", &["passwd", "--", &name]).await?.ok_or_else(|| unknown(&name))?;
    let (uid, gid, passwd_home) = entry(&line, &name).ok_or_else(|| unknown(&name))?;
    if uid == 0 {
        return Err(SpawnError::Refused(Failure::new(
            "system_user",
            format!("{name} is this computer's root account, which no server may be."),
            "Sign in under another name.",
        )));
    }
    let groups = ask("id", &["-G", "--", &name]).await?.unwrap_or_default();
    let groups = groups.split_whitespace().filter_map(|group| group.parse().ok()).collect();
    let (home, home_root) = match &setting.host_home {
        Some(template) => (PathBuf::from(template.render(names)), folder_of(template.fixed_start())),
        // The machine's list says where it is, links or not.
        None => {
            let found = tokio::fs::canonicalize(&passwd_home).await.unwrap_or_else(|_| passwd_home.clone());
            (passwd_home, found)
        }
    };
    let image_home = setting.image_home.render(names);
    Ok(Account { name, uid, gid, groups, home, home_root, image_home, run_as_root: setting.run_as_root })
}

// === impl Account ===

impl Account {
    /// As whom the container starts.
    pub(super) fn user(&self) -> String {
        if self.run_as_root { "root".to_owned() } else { format!("{}:{}", self.uid, self.gid) }
    }

    /// What the image's start script is told. Reference: dockerspawner, `SystemUserSpawner.get_env`.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let (uid, gid, home) = (self.uid.to_string(), self.gid.to_string(), self.image_home.clone());
        let facts =
            [("USER", self.name.clone()), ("USER_ID", uid.clone()), ("HOME", home), ("NB_USER", self.name.clone())];
        let facts = facts.into_iter().chain([("NB_UID", uid), ("NB_GID", gid)]);
        facts.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// User id, group id and home of a line of `passwd`, if it is that account's.
fn entry(line: &str, name: &str) -> Option<(u32, u32, PathBuf)> {
    let parts: Vec<&str> = line.trim_end().split(':').collect();
    let [found, _, uid, gid, _, home, _] = parts.as_slice() else { return None };
    (*found == name && home.starts_with('/')).then_some(())?;
    Some((uid.parse().ok()?, gid.parse().ok()?, PathBuf::from(home)))
}

/// The whole folder at the beginning of `/home/{username}` or `/srv/home-{username}`.
fn folder_of(start: &str) -> PathBuf {
    let end = start.rfind('/').map_or(0, |at| at + 1);
    PathBuf::from(start.get(..end).unwrap_or_default())
}

/// The first line of a program's answer; `None` where it knows nothing.
async fn ask(program: &str, arguments: &[&str]) -> Result<Option<String>, SpawnError> {
    let asked = Command::new(program).args(arguments).kill_on_drop(true).output().await;
    let output = asked.map_err(SpawnError::io("asking this computer for its accounts"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned()))
}

fn unknown(name: &str) -> SpawnError {
    SpawnError::Refused(Failure::new(
        "system_user",
        format!("This computer has no account called {name}."),
        "The administrator makes one, or the hub runs without system users.",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::template::Template;
    use super::super::template::tests::key;
    use super::*;

    #[test]
    fn a_line_of_passwd_is_read_for_its_own_account_only() {
        let line = "ada:x:1001:100:Ada,,,:/home/ada:/bin/bash\n";
        assert_eq!(entry(line, "ada"), Some((1001, 100, PathBuf::from("/home/ada"))));
        for bad in ["ada:x:1001:100", "bob:x:1:1::/home/bob:/bin/sh", "ada:x:-1:1::/h:/s", "ada:x:1:1::rel:/s"] {
            assert_eq!(entry(bad, "ada"), None, "{bad}");
        }
    }

    #[test]
    fn the_folder_above_all_homes_is_the_whole_one() {
        assert_eq!(folder_of("/home/"), PathBuf::from("/home/"));
        assert_eq!(folder_of("/srv/home-"), PathBuf::from("/srv/"));
    }

    #[tokio::test]
    async fn an_account_is_found_and_root_is_not_lent() {
        let setting = SystemUser {
            host_home: None,
            image_home: Template::parse("/home/{username}").unwrap(),
            run_as_root: false,
        };
        let look = async |user: &str| {
            let key = key(user, "");
            find(&setting, &Names { key: &key, image: "a", prefix: "l" }).await
        };
        let daemon = look("daemon").await.unwrap();
        assert_eq!((daemon.uid, daemon.gid, daemon.user().as_str()), (1, 1, "1:1"));
        assert_eq!(daemon.environment()["NB_UID"], "1");
        assert_eq!(daemon.groups.first(), Some(&1));
        assert_eq!(look("root").await.unwrap_err().failure().kind, "system_user");
        assert_eq!(look("nobody-of-that-name").await.unwrap_err().failure().kind, "system_user");
    }
}
