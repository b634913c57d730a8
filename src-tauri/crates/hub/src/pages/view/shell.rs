//! [`Shell`]: what every page shows around its own content.

use serde::Serialize;

/// The frame of a page: who looks at it, the token of its forms, and what is said on top of all pages.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Shell {
    /// Who is signed in; `None` draws the page without navigation.
    pub user: Option<ShellUser>,
    /// Services that this person may open.
    pub services: Vec<ShellService>,
    /// The XSRF token, put into every form as `_xsrf`.
    pub xsrf: String,
    /// Whether this visit came over the network without encryption: then a banner says so.
    pub insecure_network: bool,
    /// What scripts and styles of the lead's templates carry; nothing where there are no such templates.
    pub nonce: String,
    /// What the reader may do, for the lead's templates.
    pub scopes: Vec<String>,
}

/// A service in the menu.
#[derive(Debug, Clone, Serialize)]
pub struct ShellService {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
}

/// The person who is signed in.
#[derive(Debug, Clone, Serialize)]
pub struct ShellUser {
    /// The user's name.
    pub name: String,
    /// Whether this user looks after others: then the panel is theirs.
    pub admin: bool,
    /// Whether this user manages all servers: then the lead's window is theirs, too.
    pub leads: bool,
}
