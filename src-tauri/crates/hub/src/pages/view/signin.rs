//! Contexts of the pages by which a person gets in and out: sign-in, sign-out, invitation, claim.

use serde::Serialize;

use super::When;

/// `login.html`. Posts `username`, `password` to `{hub}login`, with `next` in the query, as JupyterHub's clients do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LoginPage {
    /// What was typed as name before, so that nobody types it twice.
    pub username: String,
    /// Where to go afterwards; checked by the handler (a path of this hub).
    pub next: Option<String>,
    /// What went wrong with the attempt before, one or two sentences.
    pub error: Option<String>,
    /// How long until the next attempt is looked at.
    pub retry_after_seconds: Option<u64>,
}

/// `logout.html`: the session has ended.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LogoutPage {
    /// How many of the user's servers still run.
    pub servers_running: u32,
}

/// What a new password must satisfy, in words.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PasswordRules {
    /// The rules, one short sentence each.
    pub lines: Vec<String>,
    /// The least number of characters; the page counts towards it while one types.
    pub min_chars: u32,
}

/// What an invitation link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationKind {
    /// For a new person, who chooses the first password.
    Invitation,
    /// For a person who is known and chooses a new password.
    SignIn,
}

/// `invitation.html`: a link that the lead gave somebody.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InvitationPage {
    /// The link is good: choose a password.
    Open(InvitationForm),
    /// The link is of no use any more. Draw it with status 410, or 404 for one never made.
    Closed {
        /// Why.
        problem: LinkProblem,
        /// Who can make a new one, where that is known.
        invited_by: Option<String>,
    },
}

/// The form of an open invitation. Posts `password`, and `password_again` where the browser runs no script.
#[derive(Debug, Clone, Serialize)]
pub struct InvitationForm {
    /// The page's own path, to which it posts.
    pub action: String,
    /// For whom it was made.
    pub username: String,
    /// What it is for.
    pub kind: InvitationKind,
    /// Who made it.
    pub invited_by: Option<String>,
    /// Until when it can be used.
    pub expires: Option<When>,
    /// What the password must satisfy.
    pub rules: PasswordRules,
    /// Why the password before was not taken.
    pub error: Option<String>,
}

/// Why a single-use link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkProblem {
    /// It was used before.
    Used,
    /// Its time is over.
    Expired,
    /// It was never made, or the hub has forgotten it.
    Unknown,
}

/// `claim.html`: the only page of a hub that nobody has claimed.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClaimPage {
    /// Opened by the printed link: say who you are.
    Open(ClaimForm),
    /// Opened by a link that is of no use.
    Closed {
        /// Why.
        problem: LinkProblem,
    },
    /// Opened without a link: says where the link is found.
    Waiting,
}

/// The form of the claim. Posts `name`, and `password` (with `password_again` where no script runs) if asked for.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimForm {
    /// The page's own path and query, to which it posts.
    pub action: String,
    /// What stands in the field at first: the account's name, or what was typed before.
    pub name: String,
    /// Whether a password is chosen on the same page.
    pub ask_password: bool,
    /// What the password must satisfy.
    pub rules: PasswordRules,
    /// Why the name was not taken.
    pub name_error: Option<String>,
    /// Why the password was not taken.
    pub password_error: Option<String>,
}
