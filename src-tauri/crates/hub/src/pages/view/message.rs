//! Contexts that carry a message: notices on a page, and the error pages.

use serde::Serialize;

/// The colour and sign of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It worked.
    Ready,
    /// Take care.
    Warning,
    /// It did not work.
    Failed,
}

/// A sentence on top of a page, after something was done there.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// Its tone.
    pub tone: Tone,
    /// What happened.
    pub text: String,
}

/// A way on from an error page.
#[derive(Debug, Clone, Serialize)]
pub struct NextStep {
    /// What the button says.
    pub label: String,
    /// Where it leads: a path of this hub.
    pub url: String,
}

/// `error.html`, or `404.html` for that status: what happened, the likely cause, what the reader can do.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// The HTTP status, shown small.
    pub status: u16,
    /// What happened, a few words.
    pub title: String,
    /// What happened and the likely cause, one or two sentences.
    pub message: String,
    /// What the reader can do; empty where the buttons say it.
    pub remedy: String,
    /// The number under which the log knows it.
    pub reference: Option<String>,
    /// The page looks again after so many seconds.
    pub retry_seconds: Option<u64>,
    /// The first button; the way home is always there.
    pub next_step: Option<NextStep>,
    /// Whom the reader can ask to be let in.
    pub ask: Option<AskForm>,
}

/// A form that asks the owner of a server for access.
#[derive(Debug, Clone, Serialize)]
pub struct AskForm {
    /// Whose it would be.
    pub owner: String,
    /// Which, empty for the default server.
    pub server: String,
}

// === impl Notice ===

impl Notice {
    /// It worked.
    pub fn ready(text: impl Into<String>) -> Self {
        Self { tone: Tone::Ready, text: text.into() }
    }

    /// It did not work.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { tone: Tone::Failed, text: text.into() }
    }
}

// === impl ErrorPage ===

impl ErrorPage {
    /// The page of a status in this hub's own words.
    pub fn of_status(status: u16) -> Self {
        let (title, message, remedy) = words_of(status);
        Self {
            status,
            title: title.to_owned(),
            message: message.to_owned(),
            remedy: remedy.to_owned(),
            reference: None,
            retry_seconds: matches!(status, 502..=504).then_some(5),
            next_step: None,
            ask: None,
        }
    }

    /// The same page with a message of its own in place of the general one.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

// The same words whether there is such a person or not.
impl ErrorPage {
    /// The page of a server that the reader may not open, with a way to ask for it.
    #[must_use]
    pub fn of_closed_server(status: u16, owner: &str, server: &str) -> Self {
        Self {
            title: "This server is not open to you".to_owned(),
            // Of one that runs it is known that it is there; of any other the words must not tell.
            message: match status {
                403 => format!("You do not have permission to access {owner}’s server."),
                _ => format!("You may not open {owner}’s server, or there is none."),
            },
            remedy: String::new(),
            ask: Some(AskForm { owner: owner.to_owned(), server: server.to_owned() }),
            ..Self::of_status(status)
        }
    }
}

fn words_of(status: u16) -> (&'static str, &'static str, &'static str) {
    match status {
        400 => (
            "That request made no sense here",
            "The address or the form was not complete, or it came from an older page.",
            "Go back, load the page again, and repeat what you did.",
        ),
        401 => {
            ("Please sign in", "You are not signed in, or your session has ended.", "Sign in and you come back here.")
        }
        403 => (
            "This is not open to you",
            "You are signed in, but what you asked for belongs to somebody else.",
            "If you should have access, ask its owner or the person who runs this hub.",
        ),
        404 => (
            "There is nothing here",
            "The address may be mistyped, or what was here has been removed.",
            "Your servers are one click away.",
        ),
        405 => (
            "That cannot be done here",
            "This address does not take that kind of request.",
            "Use the buttons on the pages.",
        ),
        413 => (
            "That was too much at once",
            "What was sent is larger than this hub takes in one piece.",
            "Send less at a time.",
        ),
        429 => (
            "Too many tries",
            "There were many requests from you in a short time, so the hub waits for a while.",
            "Wait a minute, then try again.",
        ),
        502 => (
            "Your server did not answer",
            "It runs, but the answer that came was not complete. It may be out of memory.",
            "This page looks again by itself. If it stays, stop the server and start it again.",
        ),
        503 => ("This is not ready yet", "The hub or your server is restarting.", "This page looks again by itself."),
        504 => (
            "Your server takes long to answer",
            "It runs, but it is busy or stuck.",
            "This page looks again by itself. If it stays, stop the server and start it again.",
        ),
        _ => (
            "Something went wrong in the hub",
            "The fault is on this side, not yours. Running servers and your files are not affected.",
            "Try again. If it comes back, tell the person who runs this hub.",
        ),
    }
}
