//! [`Caller`]: who asks, through what, with which rights.

use std::collections::HashMap;

use labdeck_model::scope::{Access, Membership, ScopeBase, ScopeSet, Target, Verdict};
use labdeck_model::{GroupName, ServerKey, UserName};
use labdeck_store::tables::services::ServiceRow;
use labdeck_store::tables::sessions::{Rights, SessionRow};
use labdeck_store::tables::tokens::TokenRow;
use labdeck_store::tables::users::UserRow;

use crate::error::{Error, Kind};

/// Who makes a request, with their rights written out.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// Through what.
    pub via: Via,
    /// What they may do: resolved and expanded.
    pub scopes: ScopeSet,
    /// Who is in which group, as far as the scopes name groups.
    pub members: Members,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Who {
    /// The native window or the command line: the lead at the machine, tied to no user row.
    Window,
    /// A user.
    User(UserRow),
    /// A service.
    Service(ServiceRow),
}

/// Through what they ask.
#[derive(Debug, Clone)]
pub enum Via {
    /// The control listener.
    Window,
    /// A browser session.
    Session(SessionRow),
    /// A token.
    Token(TokenRow),
    /// Name and password, for this one request.
    Password,
}

/// Which users are in which groups, loaded for one request.
#[derive(Debug, Clone, Default)]
pub struct Members(HashMap<UserName, Vec<GroupName>>);

// === impl Members ===

impl Members {
    /// From pairs of user and group.
    pub fn new(pairs: impl IntoIterator<Item = (UserName, GroupName)>) -> Self {
        let mut members = HashMap::<_, Vec<_>>::new();
        for (user, group) in pairs {
            members.entry(user).or_default().push(group);
        }
        Self(members)
    }
}

impl Membership for Members {
    fn groups_of(&self, user: &UserName) -> Vec<GroupName> {
        self.0.get(user).cloned().unwrap_or_default()
    }
}

// === impl Caller ===

impl Caller {
    /// The user behind the request, if it is one.
    pub fn user(&self) -> Option<&UserRow> {
        match &self.who {
            Who::User(user) => Some(user),
            Who::Window | Who::Service(_) => None,
        }
    }

    /// The user's name, if it is one.
    pub fn user_name(&self) -> Option<&UserName> {
        self.user().map(|user| &user.name)
    }

    /// Whether this is the given user.
    pub fn is(&self, name: &UserName) -> bool {
        self.user_name() == Some(name)
    }

    /// Whether the caller may do everything an admin may: needed to make, change or remove an admin.
    pub fn is_admin(&self) -> bool {
        match &self.who {
            Who::Window => true,
            Who::User(user) => user.admin && self.scopes.access(&ScopeBase::AdminUsers) == Access::All,
            Who::Service(service) => service.facts.admin,
        }
    }

    /// Whether the caller has all the rights of whoever they are, and not only those of a page or of a limited token.
    pub fn acts_fully(&self) -> bool {
        match &self.via {
            Via::Window | Via::Password => true,
            Via::Session(session) => matches!(session.rights, Rights::Full),
            Via::Token(row) => ScopeSet::parse(&row.scopes).is_ok_and(|own| own.mentions(&ScopeBase::Inherit)),
        }
    }

    /// The browser session, if it came by one.
    pub fn session(&self) -> Option<&SessionRow> {
        match &self.via {
            Via::Session(session) => Some(session),
            Via::Window | Via::Token(_) | Via::Password => None,
        }
    }

    /// What to call the caller in a log or a record.
    pub fn label(&self) -> String {
        match &self.who {
            Who::Window => "the window".to_owned(),
            Who::User(user) => user.name.to_string(),
            Who::Service(service) => format!("service {}", service.name),
        }
    }

    /// Asks for a right on a target.
    ///
    /// # Errors
    /// 403 when it is not held at all, 404 when it is held but not for this target.
    pub fn require(&self, scope: &ScopeBase, target: Target<'_>) -> Result<(), Error> {
        self.require_any(std::slice::from_ref(scope), target)
    }

    /// Asks for any one of several rights on a target.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub fn require_any(&self, scopes: &[ScopeBase], target: Target<'_>) -> Result<(), Error> {
        match self.scopes.check_any(scopes, target, &self.members) {
            Verdict::Granted => Ok(()),
            Verdict::NotThisOne => Err(Error::not_found("No access to resources or resources not found")),
            Verdict::NotHeld => Err(not_held(scopes)),
        }
    }

    /// How far a right reaches, for lists.
    ///
    /// # Errors
    /// 403 when it is not held at all.
    pub fn reach(&self, scope: &ScopeBase) -> Result<Access, Error> {
        match self.scopes.access(scope) {
            Access::None => Err(not_held(std::slice::from_ref(scope))),
            access @ (Access::All | Access::Filtered(_)) => Ok(access),
        }
    }

    /// Whether a right is held for a target.
    pub fn may(&self, scope: &ScopeBase, target: Target<'_>) -> bool {
        self.scopes.check(scope, target, &self.members) == Verdict::Granted
    }

    /// Whether the caller may use a server.
    pub fn may_access(&self, key: &ServerKey) -> bool {
        self.may(&ScopeBase::AccessServers, Target::Server(key))
    }
}

fn not_held(scopes: &[ScopeBase]) -> Error {
    let names: Vec<_> = scopes.iter().map(ScopeBase::as_str).collect();
    Error::new(
        Kind::Forbidden,
        format!("Action is not authorized with current scopes; requires any of [{}]", names.join(", ")),
    )
}
