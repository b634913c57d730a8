//! What the tray's menu says, as data: pure from [`Snapshot`] to [`TrayMenu`]. `tray` draws it; this file knows no
//! Tauri.

use labdeck_model::{ServerKey, ServerName, UserName};

use crate::hub_thread::Snapshot;

/// More running servers than this are counted, not listed: a menu longer than a screen cannot be used.
const MAX_LISTED_SERVERS: usize = 12;

/// The menu from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrayMenu(pub(crate) Vec<Item>);

/// One line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// A text that cannot be chosen.
    Text(String),
    /// A line between groups.
    Separator,
    /// Something to choose.
    Action(Action, String),
    /// A menu below this one.
    Submenu(String, Vec<Self>),
}

/// What choosing a line does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Brings the window to the front.
    OpenWindow,
    /// Opens the public listener.
    TurnOn,
    /// Closes the public listener.
    TurnOff,
    /// Stops one server.
    StopServer(ServerKey),
    /// Ends Labdeck, asking first if servers run.
    Quit,
}

// === impl Action ===

impl Action {
    /// The text by which the native menu names the line.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::OpenWindow => "open".to_owned(),
            Self::TurnOn => "on".to_owned(),
            Self::TurnOff => "off".to_owned(),
            Self::StopServer(key) => format!("stop/{}/{}", key.user, key.server),
            Self::Quit => "quit".to_owned(),
        }
    }

    /// The line that the native menu names.
    pub(crate) fn find(id: &str) -> Option<Self> {
        match id {
            "open" => Some(Self::OpenWindow),
            "on" => Some(Self::TurnOn),
            "off" => Some(Self::TurnOff),
            "quit" => Some(Self::Quit),
            _ => {
                let (user, server) = id.strip_prefix("stop/")?.split_once('/')?;
                let key = ServerKey::new(UserName::parse(user).ok()?, ServerName::parse(server).ok()?);
                Some(Self::StopServer(key))
            }
        }
    }
}

/// The menu for a state of the hub.
pub(crate) fn menu_for(now: &Snapshot) -> TrayMenu {
    let mut items = vec![Item::Text(state_line(now)), Item::Separator];
    items.push(Item::Action(Action::OpenWindow, "Open Labdeck".to_owned()));
    // Before the claim there is nothing to turn on: the window asks for the owner's name first.
    if now.claimed {
        items.push(match now.hub_on {
            true => Item::Action(Action::TurnOff, "Turn the hub off".to_owned()),
            false => Item::Action(Action::TurnOn, "Turn the hub on".to_owned()),
        });
    }
    if !now.running.is_empty() {
        items.push(Item::Submenu("Running now".to_owned(), running_lines(&now.running)));
    }
    items.extend([Item::Separator, Item::Action(Action::Quit, "Quit\u{2026}".to_owned())]);
    TrayMenu(items)
}

/// The first line: whether Labdeck is set up at all; then what is wrong, or else whether people can come in and how
/// many work.
fn state_line(now: &Snapshot) -> String {
    match (now.claimed, now.problems.as_slice(), now.hub_on) {
        (false, ..) => "Not set up yet".to_owned(),
        (true, [], false) => format!("Off{}", count_words(now.running.len())),
        (true, [], true) => format!("On{}", count_words(now.running.len())),
        (true, [only], _) => only.clone(),
        (true, [first, rest @ ..], _) => format!("{first} (and {} more)", rest.len()),
    }
}

fn count_words(running: usize) -> String {
    match running {
        0 => String::new(),
        1 => " \u{b7} 1 server running".to_owned(),
        many => format!(" \u{b7} {many} servers running"),
    }
}

fn running_lines(running: &[ServerKey]) -> Vec<Item> {
    let mut listed: Vec<&ServerKey> = running.iter().collect();
    listed.sort();
    let mut lines: Vec<Item> = listed
        .iter()
        .take(MAX_LISTED_SERVERS)
        .map(|key| Item::Action(Action::StopServer((*key).clone()), format!("Stop {}", whose(key))))
        .collect();
    if let Some(more) = listed.len().checked_sub(MAX_LISTED_SERVERS).filter(|more| *more > 0) {
        lines.push(Item::Text(format!("and {more} more: see the window")));
    }
    lines
}

/// `ada` for the default server, `ada / gpu` for a named one.
fn whose(key: &ServerKey) -> String {
    match key.server.as_str() {
        "" => key.user.to_string(),
        server => format!("{} / {server}", key.user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: &str, server: &str) -> ServerKey {
        ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap())
    }

    fn claimed(hub_on: bool, running: Vec<ServerKey>) -> Snapshot {
        Snapshot { hub_on, claimed: true, running, ..Snapshot::default() }
    }

    fn first_line(now: &Snapshot) -> String {
        match &menu_for(now).0[0] {
            Item::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_line_says_how_the_hub_stands() {
        assert_eq!(first_line(&Snapshot::default()), "Not set up yet");
        assert_eq!(first_line(&claimed(true, vec![])), "On");
        assert_eq!(first_line(&claimed(false, vec![key("ada", "")])), "Off \u{b7} 1 server running");
        assert_eq!(first_line(&claimed(true, vec![key("ada", ""), key("bob", "")])), "On \u{b7} 2 servers running");
    }

    #[test]
    fn what_is_wrong_comes_before_everything_but_the_claim() {
        let mut now = claimed(true, vec![]);
        now.problems = vec!["Docker does not answer".to_owned()];
        assert_eq!(first_line(&now), "Docker does not answer");
        now.problems.push("The disk is full".to_owned());
        assert_eq!(first_line(&now), "Docker does not answer (and 1 more)");
        now.claimed = false;
        assert_eq!(first_line(&now), "Not set up yet");
    }

    #[test]
    fn the_switch_offers_the_other_state_and_is_absent_before_the_claim() {
        let offers = |now: &Snapshot, action: &Action| {
            menu_for(now).0.iter().any(|item| matches!(item, Item::Action(offered, _) if offered == action))
        };
        assert!(offers(&claimed(true, vec![]), &Action::TurnOff));
        assert!(offers(&claimed(false, vec![]), &Action::TurnOn));
        let fresh = Snapshot::default();
        assert!(!offers(&fresh, &Action::TurnOn) && !offers(&fresh, &Action::TurnOff));
        assert!(offers(&fresh, &Action::OpenWindow) && offers(&fresh, &Action::Quit));
    }

    #[test]
    fn a_line_is_found_again_by_its_id() {
        let lines = [Action::OpenWindow, Action::TurnOn, Action::TurnOff, Action::Quit];
        let servers = [key("ada", ""), key("ada.b@lab.org", "gpu")].map(Action::StopServer);
        for action in lines.into_iter().chain(servers) {
            assert_eq!(Action::find(&action.id()), Some(action));
        }
        assert_eq!(Action::find("stop/ada"), None);
        assert_eq!(Action::find(""), None);
    }

    #[test]
    fn many_servers_are_counted_beyond_a_dozen() {
        let running = (0..15).map(|n| key(&format!("user{n:02}"), "gpu")).collect();
        let menu = menu_for(&claimed(true, running));
        let Some(Item::Submenu(_, lines)) = menu.0.iter().find(|item| matches!(item, Item::Submenu(..))) else {
            panic!("{menu:?}")
        };
        assert_eq!(lines.len(), MAX_LISTED_SERVERS + 1);
        assert_eq!(lines[0], Item::Action(Action::StopServer(key("user00", "gpu")), "Stop user00 / gpu".to_owned()));
        assert_eq!(lines[MAX_LISTED_SERVERS], Item::Text("and 3 more: see the window".to_owned()));
    }
}
