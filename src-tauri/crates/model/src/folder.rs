//! [`Folder`]: a place with files that servers mount beside their homes.

use serde::{Deserialize, Serialize};

/// A folder that several servers mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Folder {
    /// A stable word for programs and forms; also its name below the mount point.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// Where it is on the hub's computer; `None` is a volume that Labdeck keeps.
    pub host_path: Option<String>,
    /// Where servers see it; an absolute path.
    pub target: String,
    /// Whether servers may write into it.
    pub writable: bool,
    /// Who gets it.
    pub audience: FolderAudience,
}

/// Who gets a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FolderAudience {
    /// Everybody.
    Everybody,
    /// Members of these groups.
    Groups {
        /// Their names.
        groups: Vec<String>,
    },
    /// These people.
    Users {
        /// Their names.
        users: Vec<String>,
    },
}
