//! [`Given`]: to whom the configuration gave roles, as far as the last start knows. A role that a person gave stays
//! when the configuration does not name its holder; one that the configuration gave goes with its word.

use labdeck_model::{GroupId, RoleId, ServiceId, UserId};
use labdeck_store::tables::roles::Holder;
use labdeck_store::tables::settings;
use labdeck_store::{Read, StoreError, Tx};
use serde::{Deserialize, Serialize};

const KEY: &str = "roles_given_by_configuration";

/// What it gave before, and what it gives now.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// `None` in a store from before people could give roles: all was the configuration's.
    before: Option<Vec<Note>>,
    now: Vec<Note>,
}

/// One role of one holder. Numbers are never used again, so a note about what is gone does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    role: i64,
    kind: Kind,
    id: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    User,
    Group,
    Service,
}

// === impl Given ===

impl Given {
    pub(super) fn of_last_start(read: &Read<'_>) -> Result<Self, StoreError> {
        Ok(Self { before: settings::find(read, KEY)?, now: Vec::new() })
    }

    /// Goes on with all that was given before.
    pub(super) fn keep(&mut self) {
        self.now.extend(self.before.iter().flatten());
    }

    /// Those of a role's holders to whom the configuration gave it.
    pub(super) fn earlier(&self, role: RoleId, holders: Vec<Holder>) -> Vec<Holder> {
        let Some(before) = &self.before else { return holders };
        holders.into_iter().filter(|holder| before.contains(&Note::of(role, *holder))).collect()
    }

    pub(super) fn note(&mut self, role: RoleId, holder: Holder) {
        self.now.push(Note::of(role, holder));
    }

    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        settings::set(tx, KEY, &self.now)
    }
}

impl Note {
    fn of(role: RoleId, holder: Holder) -> Self {
        let (kind, id) = match holder {
            Holder::User(UserId(id)) => (Kind::User, id),
            Holder::Group(GroupId(id)) => (Kind::Group, id),
            Holder::Service(ServiceId(id)) => (Kind::Service, id),
        };
        Self { role: role.0, kind, id }
    }
}
