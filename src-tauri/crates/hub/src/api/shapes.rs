//! How users and events look on the wire. Users' models are put together right by right (`accounts::model`), and
//! events are framed as text, so nothing of this is ever built: it is there for the OpenAPI document, and for those who
//! write clients from it.

use std::collections::BTreeMap;

use labdeck_model::{HubEvent, Pending, ServerView, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::homes::HomeView;

/// A user. Each field but the first two is there only for callers who hold a scope that covers it.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    /// `user`.
    kind: String,
    /// The name.
    name: String,
    /// Whether the user is an admin.
    #[schema(nullable = false)]
    admin: Option<bool>,
    /// What the sign-in provider told about the person.
    user_info: Option<Value>,
    /// When the user was added.
    created: Option<Timestamp>,
    /// The path of the default server while it is ready.
    server: Option<String>,
    /// What the default server is in the middle of.
    pending: Option<Pending>,
    /// The names of the groups that the user is in.
    #[schema(nullable = false)]
    groups: Option<Vec<String>>,
    /// When the user was last active.
    last_activity: Option<Timestamp>,
    /// The names of the roles that the user has.
    #[schema(nullable = false)]
    roles: Option<Vec<String>>,
    /// What the sign-in provider keeps; always null so far.
    auth_state: Option<Value>,
    /// The servers by name, the default server's being empty. Stopped ones where the call asks for them.
    #[schema(nullable = false)]
    servers: Option<BTreeMap<String, ServerView>>,
    /// In the answer to a creation, for those who manage all servers: what earlier people of the name left. `POST
    /// /hub/api/labdeck/homes/{id}/restore` gives it to the new one; nothing does so by itself.
    #[schema(nullable = false)]
    labdeck_kept_homes: Option<Vec<HomeView>>,
}

/// A group. Each field but the first two is there only for callers who hold a scope that covers it.
#[derive(Serialize, ToSchema)]
pub(super) struct Group {
    /// `group`.
    kind: String,
    /// The name.
    name: String,
    /// Who is in it.
    #[schema(nullable = false)]
    users: Option<Vec<String>>,
    /// Free values that people keep with it.
    #[schema(nullable = false)]
    properties: Option<BTreeMap<String, Value>>,
    /// The names of the roles that its members have through it.
    #[schema(nullable = false)]
    roles: Option<Vec<String>>,
}

/// Who is asking, and what with: a user, or a service as `GET /services/{name}` shows it.
#[derive(Serialize, ToSchema)]
pub(super) struct Identity {
    #[serde(flatten)]
    user: User,
    /// The token's id.
    token_id: Option<String>,
    /// The sign-in session that the token, or the request itself, belongs to.
    session_id: Option<String>,
    /// Everything that this request may do, written out.
    scopes: Vec<String>,
}

/// One `data:` of the event stream.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "described, never built")]
pub(super) enum StreamEvent {
    /// Something happened.
    Event(HubEvent),
    /// Events were missed: fetch everything again. Has no number, so that a reader who resumes says where it was before.
    Missed(Missed),
}

/// What a reader who missed events is told.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "described, never built")]
pub(super) enum Missed {
    /// Fetch everything again.
    Resync,
}
