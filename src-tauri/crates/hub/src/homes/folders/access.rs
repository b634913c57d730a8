//! Whether servers can read and write a folder of this computer, told from its owner and mode, and what would have to
//! change. Pure but for the one look at the folder.

use std::path::Path;

use labdeck_model::FolderAudience;

/// As whom servers run in Jupyter's images, and the group that those share.
pub(super) const SERVERS_UID: u32 = 1000;
pub(super) const SERVERS_GID: u32 = 100;

/// What is known of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ownership {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mode: u32,
    /// Whether it has a list of further rights, which the mode does not tell.
    pub(super) has_acl: bool,
}

/// Who wants in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// What somebody may do in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) read: bool,
    pub(super) write: bool,
}

// === impl Ownership ===

impl Ownership {
    /// Looks at a folder.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let meta = std::fs::metadata(path)?;
        let mut none = [0_u8; 0];
        let acl = rustix::fs::getxattr(path, "system.posix_acl_access", &mut none);
        Ok(Self { uid: meta.uid(), gid: meta.gid(), mode: meta.mode() & 0o7777, has_acl: acl.is_ok() })
    }

    /// Looks at a folder; other systems have no owners in this sense.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        std::fs::metadata(path)?;
        Ok(Self { uid: SERVERS_UID, gid: SERVERS_GID, mode: 0o777, has_acl: false })
    }

    /// What somebody may do, as far as owner and mode tell. Reading a folder takes both its letters.
    pub(super) fn rights_of(self, who: Identity) -> Rights {
        if who.uid == 0 {
            return Rights { read: true, write: true };
        }
        let bits = match () {
            () if who.uid == self.uid => self.mode >> 6,
            () if who.gid == self.gid => self.mode >> 3,
            () => self.mode,
        };
        Rights { read: bits & 0o5 == 0o5, write: bits & 0o3 == 0o3 }
    }

    /// How it reads for people.
    pub(super) fn words(self) -> String {
        format!("it belongs to user {}, group {}, with mode {:o}", self.uid, self.gid, self.mode & 0o7777)
    }
}

/// What servers in containers run as.
pub(super) const SERVERS: Identity = Identity { uid: SERVERS_UID, gid: SERVERS_GID };

/// Whether somebody gets a folder.
pub(super) fn admits(audience: &FolderAudience, user: &str, groups: &[String]) -> bool {
    match audience {
        FolderAudience::Everybody => true,
        FolderAudience::Users { users } => users.iter().any(|other| other == user),
        FolderAudience::Groups { groups: wanted } => wanted.iter().any(|group| groups.contains(group)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(uid: u32, gid: u32, mode: u32) -> (bool, bool) {
        let Rights { read, write } = Ownership { uid, gid, mode, has_acl: false }.rights_of(SERVERS);
        (read, write)
    }

    #[test]
    fn owner_group_and_others_are_told_apart() {
        let rows = [
            ((0, 0, 0o755), (true, false)),
            ((0, 0, 0o777), (true, true)),
            ((0, 0, 0o700), (false, false)),
            ((0, 0, 0o744), (false, false)),
            ((1000, 1000, 0o700), (true, true)),
            ((1000, 100, 0o077), (false, false)),
            ((0, 100, 0o2775), (true, true)),
            ((0, 100, 0o750), (true, false)),
            ((0, 100, 0o707), (false, false)),
        ];
        for ((uid, gid, mode), wanted) in rows {
            assert_eq!(rights(uid, gid, mode), wanted, "{uid}:{gid} {mode:o}");
        }
        let root = Identity { uid: 0, gid: 0 };
        let closed = Ownership { uid: 5, gid: 5, mode: 0, has_acl: false };
        assert_eq!(closed.rights_of(root), Rights { read: true, write: true });
    }

    #[test]
    fn an_audience_is_everybody_or_named() {
        let groups = ["vision".to_owned()];
        let of = |groups: &[&str]| FolderAudience::Groups { groups: groups.iter().map(|&g| g.to_owned()).collect() };
        assert!(admits(&FolderAudience::Everybody, "ada", &[]));
        assert!(admits(&of(&["a", "vision"]), "ada", &groups) && !admits(&of(&["a"]), "ada", &groups));
        let users = FolderAudience::Users { users: vec!["ada".into()] };
        assert!(admits(&users, "ada", &[]) && !admits(&users, "adam", &[]));
    }
}
