//! Contexts of the pages about servers: home, start, progress, stopping, not running.

use labdeck_model::{Failure, Pending, ServerKey, ServerView, Stack, StartStep, quote_path_part};
use serde::Serialize;

use super::{Care, Moment, Notice, RequestRow, StartChoices, StopNote, Visit, When};
use crate::resources::limits_in_words;

/// The addresses of one server's pages and forms, all as paths of this hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerLinks {
    /// The server itself: `{base}user/ada/`.
    pub open: String,
    /// GET shows the choice of stacks, POST starts: `{hub}spawn/ada`.
    pub start: String,
    /// Follows a start or a stop: `{hub}spawn-pending/ada`.
    pub pending: String,
    /// POST stops the server, or gives its start up: `{hub}stop/ada`.
    pub stop: String,
    /// GET shows, POST sets for how long it is kept awake: `{hub}awake/ada`.
    pub awake: String,
    /// POST deletes it, where it is a named one that is off: `{hub}delete/ada/gpu`.
    pub delete: String,
    /// The event stream of its start: `{hub}api/users/ada/server/progress`.
    pub progress: String,
}

/// What can be done with a server, as far as its buttons go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Off, or its last start failed: it can be started.
    Off,
    /// On its way up, or looked at after a hub restart: it can be watched and given up.
    Starting,
    /// It serves: it can be opened and stopped.
    Ready,
    /// On its way down: it can be watched.
    Stopping,
}

/// One server on the home page.
#[derive(Debug, Clone, Serialize)]
pub struct ServerCard {
    /// Its name; empty for the default server.
    pub name: String,
    /// What its user calls it.
    pub title: String,
    /// The state in the word people read: Off, Queued, Fetching, Starting, Ready, Stopping, Failed.
    pub word: String,
    /// What can be done with it.
    pub doing: Doing,
    /// Since when.
    pub since: Option<When>,
    /// The name of the stack it runs or ran last; posted back as `stack` when it is started again.
    pub stack: Option<String>,
    /// That stack's display name.
    pub stack_title: Option<String>,
    /// Why its last start failed.
    pub failure: Option<Failure>,
    /// How it ended last.
    pub stopped: Option<StopNote>,
    /// What its user should know while it runs.
    pub care: Care,
    /// Its addresses.
    pub links: ServerLinks,
}

/// `home.html`: the user's servers and who else was in them.
#[derive(Debug, Clone, Serialize)]
pub struct HomePage {
    /// What just happened here.
    pub notice: Option<Notice>,
    /// The default server.
    pub server: ServerCard,
    /// The named servers.
    pub named: Vec<ServerCard>,
    /// The form for another named server, where they are allowed and the limit is not reached.
    pub new_server: Option<NewServer>,
    /// Whether there is a choice of stacks: then Start leads to it.
    pub several_stacks: bool,
    /// Who asks to be let into one of the user's servers.
    pub requests: Vec<RequestRow>,
    /// Who else opened the user's servers, newest first.
    pub visits: Vec<Visit>,
}

/// The form for another named server. Posts `name` to `{hub}servers`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewServer {
    /// What was typed before, after a refusal.
    pub name: String,
    /// Why it was refused.
    pub error: Option<String>,
    /// How many more are allowed.
    pub left: Option<u32>,
}

/// One stack to choose.
#[derive(Debug, Clone, Serialize)]
pub struct StackCard {
    /// Its name, posted as `stack`.
    pub name: String,
    /// Its display name.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Its limits: `1 CPU · 2 GB memory`.
    pub limits: String,
    /// What one should know before choosing it: `fetched first, about 2 GB`.
    pub remark: Option<String>,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// `spawn.html`: start a server, with a choice of stacks. Posts `stack` to [`ServerLinks::start`], `next` in the query.
#[derive(Debug, Clone, Serialize)]
pub struct SpawnPage {
    /// Whose server it is.
    pub owner: String,
    /// Whether the reader is that user.
    pub yours: bool,
    /// The server's name; empty for the default server.
    pub name: String,
    /// The stacks on offer; with fewer than two no choice is shown.
    pub stacks: Vec<StackCard>,
    /// What else can be chosen.
    pub choices: StartChoices,
    /// Why the start before failed.
    pub failure: Option<Failure>,
    /// Where to go when it is ready.
    pub next: Option<String>,
    /// Its addresses.
    pub links: ServerLinks,
}

/// `spawn_pending.html`: a start under way. Loads itself again every 2 s; with script it follows the event stream.
#[derive(Debug, Clone, Serialize)]
pub struct SpawnPendingPage {
    /// Whose server it is.
    pub owner: String,
    /// Whether the reader is that user.
    pub yours: bool,
    /// The server's name; empty for the default server.
    pub name: String,
    /// The display name of the stack.
    pub stack_title: Option<String>,
    /// How far it has got.
    pub step: StartStep,
    /// How far the whole start has got, where that is known.
    pub percent: Option<u8>,
    /// What it does now, one sentence.
    pub message: String,
    /// How long it has taken.
    pub elapsed_seconds: u64,
    /// How long this stack took before.
    pub usual_seconds: Option<u64>,
    /// What has been reported so far, oldest first.
    pub log: Vec<String>,
    /// Its addresses.
    pub links: ServerLinks,
}

/// `stop_pending.html`: a stop under way. Loads itself again every 2 s.
#[derive(Debug, Clone, Serialize)]
pub struct StopPendingPage {
    /// Whose server it is.
    pub owner: String,
    /// Whether the reader is that user.
    pub yours: bool,
    /// The server's name; empty for the default server.
    pub name: String,
    /// Whether its start failed, and what is left of it is cleared away.
    pub start_failed: bool,
    /// Why it stops, where somebody or something else than the reader wanted it.
    pub reason: Option<String>,
    /// How long it has taken.
    pub elapsed_seconds: u64,
}

/// `not_running.html` (424, or the failure's status): why nothing answers here, and a Start button.
#[derive(Debug, Clone, Serialize)]
pub struct NotRunningPage {
    /// Whose server it is.
    pub owner: String,
    /// Whether the reader is that user.
    pub yours: bool,
    /// Whether the reader may start it.
    pub may_start: bool,
    /// The server's name; empty for the default server.
    pub name: String,
    /// The stack that it ran last; posted back as `stack`.
    pub stack: Option<String>,
    /// That stack's display name.
    pub stack_title: Option<String>,
    /// Whether there is a choice of stacks.
    pub several_stacks: bool,
    /// How it ended, if it ran before.
    pub stopped: Option<StopNote>,
    /// Why its last start failed, if it did.
    pub failure: Option<Failure>,
    /// Where the reader wanted to go.
    pub next: Option<String>,
    /// Its addresses.
    pub links: ServerLinks,
}

// === impl ServerLinks ===

impl ServerLinks {
    /// The addresses of a server below a hub at `base_url` (which begins and ends with a slash).
    pub fn new(base_url: &str, key: &ServerKey) -> Self {
        let hub = format!("{base_url}hub/");
        let user = quote_path_part(key.user.as_str());
        let server = quote_path_part(key.server.as_str());
        let (below, api) = match server.as_str() {
            "" => (user.clone(), format!("users/{user}/server")),
            server => (format!("{user}/{server}"), format!("users/{user}/servers/{server}")),
        };
        Self {
            open: key.path_below(base_url),
            start: format!("{hub}spawn/{below}"),
            pending: format!("{hub}spawn-pending/{below}"),
            stop: format!("{hub}stop/{below}"),
            awake: format!("{hub}awake/{below}"),
            delete: format!("{hub}delete/{below}"),
            progress: format!("{hub}api/{api}/progress"),
        }
    }
}

// === impl ServerCard ===

impl ServerCard {
    /// The card of a server as the API shows it. `stack_title` is the display name of `view.labdeck_stack`.
    pub fn new(links: ServerLinks, view: &ServerView, stack_title: Option<String>, moment: Moment) -> Self {
        let doing = match (view.pending, view.ready) {
            (Some(Pending::Stop), _) => Doing::Stopping,
            (Some(Pending::Spawn | Pending::Check), _) => Doing::Starting,
            (None, true) => Doing::Ready,
            (None, false) => Doing::Off,
        };
        let title = match (view.display_name.is_empty(), view.name.is_empty()) {
            (false, _) => view.display_name.clone(),
            (true, true) => "Your server".to_owned(),
            (true, false) => view.name.clone(),
        };
        let stopped = view.labdeck_last_exit.as_ref();
        Self {
            name: view.name.clone(),
            title,
            word: view.labdeck_state.clone(),
            doing,
            since: view.labdeck_since.map(|at| moment.words(at)),
            stack: view.labdeck_stack.clone(),
            stack_title,
            failure: view.labdeck_failure.clone(),
            // The page of the server has the log; here it would be in the way of the buttons.
            stopped: stopped.map(|exit| StopNote { log: Vec::new(), ..StopNote::new(exit, &[], moment) }),
            care: Care::new(view, moment),
            links,
        }
    }
}

// === impl StackCard ===

impl StackCard {
    /// The card of a stack, not chosen.
    pub fn new(stack: &Stack) -> Self {
        Self {
            name: stack.name.clone(),
            title: stack.display_name.clone(),
            description: stack.description.clone(),
            limits: limits_in_words(&stack.limits),
            remark: None,
            chosen: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{ServerName, UserName};

    use super::*;

    #[test]
    fn links_escape_names_and_follow_the_base() {
        let key = ServerKey::new(UserName::parse("zoë").unwrap(), ServerName::parse("gpu").unwrap());
        let links = ServerLinks::new("/lab/", &key);
        assert_eq!(links.open, "/lab/user/zo%C3%AB/gpu/");
        assert_eq!(links.start, "/lab/hub/spawn/zo%C3%AB/gpu");
        assert_eq!(links.stop, "/lab/hub/stop/zo%C3%AB/gpu");
        assert_eq!(links.progress, "/lab/hub/api/users/zo%C3%AB/servers/gpu/progress");
        let own = ServerLinks::new("/", &ServerKey::default_of(UserName::parse("ada").unwrap()));
        assert_eq!(own.progress, "/hub/api/users/ada/server/progress");
        assert_eq!(own.pending, "/hub/spawn-pending/ada");
    }
}
