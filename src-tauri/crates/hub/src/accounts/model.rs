//! A user as the API shows it: each field is there only if the caller holds a scope that covers it.

use std::collections::{BTreeMap, HashMap};

use labdeck_model::scope::{Access, ScopeBase, Target};
use labdeck_model::{GroupName, Pending, RoleName, ServerState, ServerView, Timestamp, UserId, UserName};
use labdeck_store::tables::roles::Holder;
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users::UserRow;
use labdeck_store::tables::{groups, roles};
use labdeck_store::{Read, StoreError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::authz::{Caller, role_names};
use crate::context::Inner;
use crate::servers;

/// Which of a user's servers a model lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServersShown {
    /// Those that run or are under way.
    Active,
    /// Stopped ones too.
    All,
}

/// What hangs on users, read for all of them at once: a page of 200 asks three things, not six hundred.
#[derive(Debug)]
pub(super) struct Belongings {
    servers: HashMap<UserId, Vec<SpawnerRow>>,
    groups: HashMap<UserId, Vec<GroupName>>,
    roles: HashMap<UserId, Vec<RoleName>>,
    /// What the caller may see of everybody alike, where that is so.
    alike: Option<Sight>,
}

// === impl Belongings ===

impl Belongings {
    /// Reads them, for models that this caller sees.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn read(read: &Read<'_>, caller: &Caller, users: &[UserRow]) -> Result<Self, StoreError> {
        let alike = Sight::of_all(caller);
        if let [user] = users {
            let groups = groups::list_for_user(read, user.id)?.into_iter().map(|group| (user.id, group.name));
            let roles = roles::list_for(read, Holder::User(user.id))?.into_iter().map(|role| (user.id, role.name));
            let servers = spawners::list_for_user(read, user.id)?.into_iter().map(|row| (user.id, row));
            return Ok(Self { servers: by_user(servers), groups: by_user(groups), roles: by_user(roles), alike });
        }
        let ids: Vec<_> = users.iter().map(|user| user.id).collect();
        let servers = spawners::list_for_users(read, &ids)?.into_iter().map(|row| (row.user_id, row));
        let groups = groups::list_names_for_users(read, &ids)?;
        let roles = roles::list_names_for_users(read, &ids)?;
        Ok(Self { servers: by_user(servers), groups: by_user(groups), roles: by_user(roles), alike })
    }

    /// The groups of one of them, by name.
    pub(super) fn groups(&self, user: &UserRow) -> &[GroupName] {
        of(&self.groups, user)
    }
}

fn by_user<T>(pairs: impl IntoIterator<Item = (UserId, T)>) -> HashMap<UserId, Vec<T>> {
    let mut all = HashMap::<_, Vec<_>>::new();
    for (user, one) in pairs {
        all.entry(user).or_default().push(one);
    }
    all
}

fn of<'a, T>(all: &'a HashMap<UserId, Vec<T>>, user: &UserRow) -> &'a [T] {
    all.get(&user.id).map(Vec::as_slice).unwrap_or_default()
}

/// Which parts of a user's model a caller may see.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
struct Sight {
    name: bool,
    roles: bool,
    whole: bool,
    groups: bool,
    activity: bool,
    auth_state: bool,
    servers: bool,
}

// === impl Sight ===

impl Sight {
    /// Of everybody alike, where no right of the caller's is narrowed: a long list asks once.
    fn of_all(caller: &Caller) -> Option<Self> {
        Self::by(|scope| match caller.scopes.access(&scope) {
            Access::All => Some(true),
            Access::None => Some(false),
            Access::Filtered(_) => None,
        })
    }

    /// Of one user.
    fn of(caller: &Caller, user: &UserRow) -> Self {
        Self::by(|scope| Some(caller.may(&scope, Target::User(&user.name)))).unwrap_or_default()
    }

    fn by(may: impl Fn(ScopeBase) -> Option<bool>) -> Option<Self> {
        Some(Self {
            name: may(ScopeBase::ReadUsersName)?,
            roles: may(ScopeBase::ReadRolesUsers)?,
            whole: may(ScopeBase::ReadUsers)?,
            groups: may(ScopeBase::ReadUsersGroups)?,
            activity: may(ScopeBase::ReadUsersActivity)?,
            auth_state: may(ScopeBase::AdminAuthState)?,
            servers: may(ScopeBase::ReadServers)?,
        })
    }
}

/// A user as the API shows it. An outer `None` is what the caller may not see, an inner one what there is not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserModel {
    kind: &'static str,
    /// Who.
    pub name: UserName,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_info: Option<Option<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Option<Pending>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupName>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity: Option<Option<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_state: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    servers: Option<BTreeMap<String, ServerView>>,
}

// === impl UserModel ===

impl UserModel {
    /// Whether one of the servers that are shown answers now.
    pub(super) fn has_ready_server(&self) -> bool {
        self.servers.as_ref().is_some_and(|servers| servers.values().any(|server| server.ready))
    }

    /// As one value, for what is added to it.
    pub(super) fn into_value(self) -> Value {
        json!(self)
    }
}

/// The model of one user for a caller.
pub(super) fn user_model(
    belongings: &Belongings,
    ctx: &Inner,
    caller: &Caller,
    user: &UserRow,
    shown: ServersShown,
) -> UserModel {
    let sees = belongings.alike.unwrap_or_else(|| Sight::of(caller, user));
    let made = of(&belongings.servers, user);
    let has_default = made.first().is_some_and(|row| row.key.server.is_default());
    let unmade = (shown == ServersShown::All && !has_default)
        .then(|| SpawnerRow::unmade(user.id, user.name.clone(), user.created));
    let mine: Vec<_> = unmade.iter().chain(made).collect();
    let default = default_state(ctx, &mine).filter(|_| sees.whole);
    let server = default.as_ref().and_then(|(path, state)| state.is_ready().then(|| path.clone()));
    let may_read = |row: &&SpawnerRow| caller.may(&ScopeBase::ReadServers, Target::Server(&row.key));
    let visible: Vec<_> = mine.iter().copied().filter(may_read).collect();
    let shows_servers = sees.servers || !visible.is_empty();
    UserModel {
        kind: "user",
        name: user.name.clone(),
        user_info: sees.name.then(|| user.user_info.clone()),
        admin: (sees.name || sees.roles).then_some(user.admin),
        created: sees.whole.then_some(user.created),
        server: sees.whole.then_some(server),
        pending: sees.whole.then(|| default.as_ref().and_then(|(_, state)| state.pending())),
        groups: sees.groups.then(|| belongings.groups(user).to_vec()),
        last_activity: sees.activity.then_some(user.last_activity),
        roles: (sees.roles || sees.whole).then(|| role_names(user, of(&belongings.roles, user))),
        auth_state: sees.auth_state.then_some(()),
        servers: shows_servers.then(|| servers_model(ctx, caller, &visible, shown)),
    }
}

fn default_state(ctx: &Inner, mine: &[&SpawnerRow]) -> Option<(String, ServerState)> {
    let row = mine.iter().find(|row| row.key.server.is_default())?;
    Some((row.key.path_below(&ctx.config.base_url), servers::state_of(ctx, row)))
}

fn servers_model(
    ctx: &Inner,
    caller: &Caller,
    rows: &[&SpawnerRow],
    shown: ServersShown,
) -> BTreeMap<String, ServerView> {
    let shows = |row: &&&SpawnerRow| shown == ServersShown::All || !servers::state_of(ctx, row).is_stopped();
    let all = rows.iter().filter(shows);
    all.map(|row| (row.key.server.to_string(), servers::view_for(ctx, caller, row))).collect()
}
