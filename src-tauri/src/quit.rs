//! Ending Labdeck: when to ask, what to ask, and the way out. The question is pure and tested; closing the window is
//! `window`'s, the hub's own end is `hub_thread`'s.

use std::sync::atomic::Ordering;

use tauri::{AppHandle, Manager as _};

use crate::{
    dialogs::{self, Question},
    hub_thread::{Servers, Snapshot},
    shell::Shell,
    window,
};

/// Where the wish to quit came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Somebody chose "Quit": they mean it.
    Menu,
    /// Somebody closed the window where no tray could keep Labdeck: they may not mean it.
    Window,
}

/// What the answers of a question do, in their order.
const ABOUT_SERVERS: [Servers; 2] = [Servers::Leave, Servers::Stop];

/// Quits, asking first where something would be lost.
pub(crate) fn quit(app: &AppHandle, from: From) {
    let shell = app.state::<Shell>();
    let Some(question) = question(&shell.hub.snapshot(), from) else { return leave(app, Servers::Leave) };
    if shell.asking.swap(true, Ordering::AcqRel) {
        return;
    }
    let asked = app.clone();
    dialogs::ask(app, &question, move |answer| {
        asked.state::<Shell>().asking.store(false, Ordering::Release);
        if let Some(servers) = answer.and_then(|index| ABOUT_SERVERS.get(index)) {
            leave(&asked, *servers);
        }
    });
}

/// Ends the hub and then the app, with the window out of sight meanwhile: stopping servers can take a while.
pub(crate) fn leave(app: &AppHandle, servers: Servers) {
    window::hide(app);
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        app.state::<Shell>().hub.quit(servers);
        app.exit(0);
    });
}

/// What to ask before quitting; nothing where nobody would notice.
fn question(now: &Snapshot, from: From) -> Option<Question> {
    let title = "Quit Labdeck?".to_owned();
    let cancel = "Cancel".to_owned();
    let no_tray = match from {
        From::Menu => "",
        From::Window => "This desktop has no tray to keep Labdeck in, so closing its window ends it.\n\n",
    };
    match (now.running.len(), from) {
        (0, From::Window) if now.hub_on && now.claimed => Some(Question {
            title,
            text: format!("{no_tray}Nobody can sign in until Labdeck is started again."),
            answers: vec!["Quit".to_owned()],
            cancel,
        }),
        (0, From::Menu | From::Window) => None,
        (1, From::Menu | From::Window) => Some(Question {
            title,
            text: format!(
                "{no_tray}One server is running. Left running, its work goes on and it is back when Labdeck is started \
                 again; until then nobody can reach it. Stopped, unsaved work in it is lost."
            ),
            answers: vec!["Leave it running".to_owned(), "Stop it".to_owned()],
            cancel,
        }),
        (many, From::Menu | From::Window) => Some(Question {
            title,
            text: format!(
                "{no_tray}{many} servers are running. Left running, their work goes on and they are back when Labdeck \
                 is started again; until then nobody can reach them. Stopped, unsaved work in them is lost."
            ),
            answers: vec!["Leave them running".to_owned(), "Stop them".to_owned()],
            cancel,
        }),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{ServerKey, UserName};

    use super::*;

    fn now(hub_on: bool, running: usize) -> Snapshot {
        let running =
            (0..running).map(|n| ServerKey::default_of(UserName::parse(&format!("user{n}")).unwrap())).collect();
        Snapshot { hub_on, claimed: true, running, ..Snapshot::default() }
    }

    #[test]
    fn quitting_asks_what_happens_to_running_servers() {
        for from in [From::Menu, From::Window] {
            let asked = question(&now(true, 2), from).unwrap();
            assert!(asked.text.contains("2 servers are running"), "{asked:?}");
            assert_eq!(asked.answers, ["Leave them running", "Stop them"]);
            assert_eq!(asked.answers.len(), ABOUT_SERVERS.len());
        }
        let one = question(&now(false, 1), From::Menu).unwrap();
        assert!(one.text.contains("One server is running") && !one.text.contains("them"), "{one:?}");
        assert_eq!(one.answers, ["Leave it running", "Stop it"]);
    }

    #[test]
    fn quitting_from_the_menu_asks_nothing_while_nothing_runs() {
        assert_eq!(question(&now(true, 0), From::Menu), None);
    }

    #[test]
    fn closing_the_last_window_asks_while_people_could_sign_in() {
        let asked = question(&now(true, 0), From::Window).unwrap();
        assert!(asked.text.contains("no tray"), "{asked:?}");
        assert_eq!(asked.answers, ["Quit"]);
        assert_eq!(question(&now(false, 0), From::Window), None);
        assert_eq!(question(&Snapshot { claimed: false, ..now(true, 0) }, From::Window), None);
    }
}
