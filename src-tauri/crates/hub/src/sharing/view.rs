//! Shares and share codes as the API shows them (JupyterHub's models, with the end of a share beside).

use labdeck_model::{GroupName, ServerKey, ServerName, Timestamp, UserName};
use labdeck_store::tables::share_codes::ShareCodeRow;
use labdeck_store::tables::shares::{ShareRow, SharedWith};
use serde::Serialize;
use utoipa::ToSchema;

use super::scopes::words;
use crate::authz::share_scopes;
use crate::context::Context;

/// Somebody or something, by name alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// As much of a server as those with whom it is shared see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedServer {
    /// Whose it is.
    #[schema(inline)]
    user: Named,
    /// Its name; empty for the default server.
    name: ServerName,
    /// Where it is.
    url: String,
    /// The same as a whole address, where the hub knows its own.
    full_url: Option<String>,
    /// Whether it can be used now.
    ready: bool,
}

/// A share.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareView {
    server: SharedServer,
    /// What it allows.
    scopes: Vec<String>,
    /// The same in words: `open it and work in it`.
    labdeck_allows: Vec<&'static str>,
    /// With whom, unless it is a group.
    user: Option<Named>,
    /// With which group.
    group: Option<Named>,
    /// `user` or `group`.
    kind: &'static str,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends by itself.
    labdeck_expires_at: Option<Timestamp>,
}

/// A share code, without the code.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ShareCode)]
pub struct ShareCodeView {
    server: SharedServer,
    /// What the share that it gives allows.
    scopes: Vec<String>,
    /// The same in words.
    labdeck_allows: Vec<&'static str>,
    /// Its id: `sc_1`.
    id: String,
    /// When it was made.
    created_at: Timestamp,
    /// Until when it can be used.
    expires_at: Option<Timestamp>,
    /// How often it was used.
    exchange_count: u64,
    /// When it was last used.
    last_exchanged_at: Option<Timestamp>,
}

/// A new share code; the code is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NewShareCode)]
pub struct NewShareCodeView {
    #[serde(flatten)]
    pub(super) view: ShareCodeView,
    /// The code.
    pub code: String,
    /// The page where it is used.
    pub accept_url: String,
    /// The same as a whole address, where the hub knows its own.
    pub(super) full_accept_url: Option<String>,
}

// === impl SharedServer ===

impl SharedServer {
    pub(super) fn of(ctx: &Context, key: &ServerKey) -> Self {
        Self {
            user: Named::of(&key.user),
            name: key.server.clone(),
            url: key.path_below(&ctx.config.base_url),
            full_url: None,
            ready: ctx.registry.find(key).is_some_and(|snapshot| snapshot.state().is_ready()),
        }
    }
}

// === impl Named ===

impl Named {
    fn of(name: &UserName) -> Self {
        Self { name: name.to_string() }
    }

    fn of_group(name: &GroupName) -> Self {
        Self { name: name.to_string() }
    }
}

// === impl ShareView ===

impl ShareView {
    pub(super) fn of(ctx: &Context, row: &ShareRow) -> Self {
        let (user, group, kind) = match &row.with {
            SharedWith::User(_, name) => (Some(Named::of(name)), None, "user"),
            SharedWith::Group(_, name) => (None, Some(Named::of_group(name)), "group"),
        };
        Self {
            server: SharedServer::of(ctx, &row.server),
            scopes: share_scopes(&row.scopes, &row.server).to_texts(),
            labdeck_allows: words(&share_scopes(&row.scopes, &row.server)),
            user,
            group,
            kind,
            created_at: row.created_at,
            labdeck_expires_at: row.expires_at,
        }
    }
}

// === impl ShareCodeView ===

impl ShareCodeView {
    pub(super) fn of(ctx: &Context, row: &ShareCodeRow) -> Self {
        Self {
            server: SharedServer::of(ctx, &row.server),
            scopes: share_scopes(&row.scopes, &row.server).to_texts(),
            labdeck_allows: words(&share_scopes(&row.scopes, &row.server)),
            id: format!("sc_{}", row.id),
            created_at: row.created_at,
            expires_at: row.expires_at,
            exchange_count: row.exchange_count,
            last_exchanged_at: row.last_exchanged_at,
        }
    }
}
