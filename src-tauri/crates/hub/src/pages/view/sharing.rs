//! Contexts of the pages about sharing: what a person shares, what is shared with them, and a link that they follow.

use serde::Serialize;

use super::{Notice, When};

/// `sharing.html`: what is shared by the user and with the user.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SharingPage {
    /// What just happened here.
    pub notice: Option<Notice>,
    /// Why a share was not made.
    pub error: Option<String>,
    /// Whether the user may share at all.
    pub may_share: bool,
    /// The user's servers to choose from.
    pub servers: Vec<ServerChoice>,
    /// The name typed before.
    pub name: String,
    /// A link made by this very request. Drawn once; answer with `Cache-Control: no-store`.
    pub new_link: Option<String>,
    /// What the user shares.
    pub given: Vec<GivenRow>,
    /// The user's links.
    pub links: Vec<LinkRow>,
    /// What is shared with the user.
    pub received: Vec<ReceivedRow>,
    /// Who asks to be let in.
    pub requests: Vec<RequestRow>,
}

/// Somebody asks to be let in.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRow {
    /// What the form posts back.
    pub id: i64,
    /// Who.
    pub user: String,
    /// For which server, empty for the default one.
    pub server: String,
    /// Why, in their words.
    pub why: String,
    /// Since when.
    pub since: When,
}

/// A server to choose.
#[derive(Debug, Clone, Serialize)]
pub struct ServerChoice {
    /// What the form posts back; empty for the default server.
    pub name: String,
    /// What people read.
    pub words: String,
}

/// A share that the user gave.
#[derive(Debug, Clone, Serialize)]
pub struct GivenRow {
    /// Which server, empty for the default server.
    pub server: String,
    /// `user` or `group`.
    pub kind: String,
    /// With whom.
    pub with: String,
    /// What it allows, in words.
    pub allows: String,
    /// Since when.
    pub since: When,
    /// Until when.
    pub ends: Option<When>,
}

/// A link that gives a share.
#[derive(Debug, Clone, Serialize)]
pub struct LinkRow {
    /// Which server, empty for the default server.
    pub server: String,
    /// Its id.
    pub id: String,
    /// Since when.
    pub since: When,
    /// Until when it can be followed.
    pub ends: Option<When>,
    /// How many accepted it.
    pub used: u64,
}

/// A share that the user has.
#[derive(Debug, Clone, Serialize)]
pub struct ReceivedRow {
    /// Whose server.
    pub owner: String,
    /// Which, empty for the default server.
    pub server: String,
    /// Where it is.
    pub url: String,
    /// Whether it runs.
    pub ready: bool,
    /// What the share allows, in words.
    pub allows: String,
    /// The group that it came by; such a share cannot be left by one person.
    pub group: Option<String>,
    /// Until when.
    pub ends: Option<When>,
}

/// `accept-share.html`: somebody followed a link.
#[derive(Debug, Clone, Serialize)]
pub struct AcceptSharePage {
    /// The code, to be posted back.
    pub code: String,
    /// Where to go afterwards, to be posted back.
    pub next: String,
    /// Whose server.
    pub owner: String,
    /// Which, empty for the default server.
    pub server: String,
    /// Where it is.
    pub url: String,
    /// Whether it runs.
    pub ready: bool,
    /// What the share allows, in words.
    pub allows: Vec<&'static str>,
}
