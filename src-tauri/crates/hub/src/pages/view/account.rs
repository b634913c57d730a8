//! Contexts of the pages about a person's own keys: account, tokens, consent.

use serde::Serialize;

use super::{Notice, PasswordRules, When};

/// `account.html`: password and sessions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountPage {
    /// What just happened here.
    pub notice: Option<Notice>,
    /// Whether the user signs in with a password kept here; without, the section is left out.
    pub has_password: bool,
    /// What a new password must satisfy.
    pub rules: PasswordRules,
    /// Why the old password was not taken.
    pub old_password_error: Option<String>,
    /// Why the new password was not taken.
    pub password_error: Option<String>,
    /// The user's live sessions, the present one among them.
    pub sessions: Vec<SessionRow>,
    /// Who else opened the user's servers, newest first.
    pub visits: Vec<Visit>,
}

/// One signed-in browser.
#[derive(Debug, Clone, Serialize)]
pub struct SessionRow {
    /// What the form posts back as `session`: the row's id, never the session's secret.
    pub id: String,
    /// The browser in words: `Firefox on Linux`.
    pub device: String,
    /// Where it was last seen from.
    pub address: Option<String>,
    /// When it signed in.
    pub started: When,
    /// When it was last seen.
    pub last_seen: Option<When>,
    /// Whether it is the one that looks at this page.
    pub current: bool,
}

/// Somebody else's visit at a user's server.
#[derive(Debug, Clone, Serialize)]
pub struct Visit {
    /// Who.
    pub visitor: String,
    /// Which server, by the name its user reads; empty for the default server.
    pub server: String,
    /// When.
    pub at: When,
}

/// `token.html`: tokens for scripts, and programs that act for the user.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TokenPage {
    /// What just happened here.
    pub notice: Option<Notice>,
    /// A token made by this very request. Drawn once; answer with `Cache-Control: no-store`.
    pub new_token: Option<String>,
    /// What was typed as note before, after a refusal.
    pub note: String,
    /// What was typed as permissions before, after a refusal.
    pub scopes: String,
    /// Why the token was not made.
    pub error: Option<String>,
    /// How many seconds a token may live, where that is limited.
    pub longest: Option<u64>,
    /// The user's tokens, newest first.
    pub tokens: Vec<TokenRow>,
    /// Programs that hold OAuth tokens of the user, one row for each.
    pub apps: Vec<AppRow>,
}

/// One API token.
#[derive(Debug, Clone, Serialize)]
pub struct TokenRow {
    /// JupyterHub's token id (`a5`), posted back as `token_id`.
    pub id: String,
    /// What the user wrote about it.
    pub note: String,
    /// What it may do, in scopes; empty means everything that the user may.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created: When,
    /// When it was last used.
    pub last_used: Option<When>,
    /// When it ends.
    pub expires: Option<When>,
}

/// One program with access by OAuth.
#[derive(Debug, Clone, Serialize)]
pub struct AppRow {
    /// The OAuth client, posted back as `client_id`.
    pub client_id: String,
    /// What it is called.
    pub description: String,
    /// When it was first let in.
    pub created: When,
    /// When it last acted.
    pub last_used: Option<When>,
}

/// `oauth.html`: may this program act for you? Posts one `scopes` field for each scope to the request's own address.
#[derive(Debug, Clone, Serialize)]
pub struct OAuthPage {
    /// Who asks.
    pub client: String,
    /// The host or path to which the browser is sent with the answer.
    pub returns_to: String,
    /// The request's own path and query, to which it posts.
    pub action: String,
    /// What is asked for.
    pub scopes: Vec<ScopeLine>,
}

/// One scope in words.
#[derive(Debug, Clone, Serialize)]
pub struct ScopeLine {
    /// The scope: `access:servers!user=ada`.
    pub scope: String,
    /// What it allows.
    pub description: String,
}
