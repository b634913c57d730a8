//! Where the hub's keys are: in a real, unlocked keyring on this desk's bus; and what is said when that is gone.

use std::process::{Command, Stdio};

use crate::{
    desk::{Bus, Desk, Process, wait_for},
    driver::Page,
};

const SECRETS: &str = "org.freedesktop.secrets";

/// Debian's keyring service, not started yet.
fn keyring_service(desk: &Desk) -> Command {
    let mut command = desk.command("gnome-keyring-daemon");
    command.args(["--foreground", "--components=secrets"]);
    command.env("HOME", desk.home.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The service, unlocked as a session's sign-in does it.
fn unlocked_keyring(desk: &Desk) -> Process {
    let mut keyring = Process::start(keyring_service(desk).arg("--unlock").stdin(Stdio::piped()));
    keyring.write("a password for tests\n");
    wait_for("the keyring", || has_owner(desk));
    keyring
}

/// The service as it is before anybody has signed in.
fn locked_keyring(desk: &Desk) -> Process {
    let keyring = Process::start(&mut keyring_service(desk));
    wait_for("the keyring", || has_owner(desk));
    keyring
}

fn has_owner(desk: &Desk) -> bool {
    let bus = desk.bus();
    let names = zbus::blocking::fdo::DBusProxy::new(&bus).expect("the bus itself");
    names.name_has_owner(SECRETS.try_into().expect("a name")).expect("an answer")
}

/// A desk on which Labdeck ran once and left its keys in a keyring that has gone since.
fn desk_with_keys_in_a_keyring() -> Desk {
    let desk = Desk::new(Bus::Present);
    let keyring = unlocked_keyring(&desk);
    let app = desk.open_app();
    wait_for("the hub", || desk.socket().answers());
    app.signal("TERM");
    wait_for("its end", || desk.app_pid().is_none());
    drop((app, keyring));
    wait_for("the keyring to go", || !has_owner(&desk));
    desk
}

/// Starts the app, dismisses the words about a hub that did not start, and answers what it wrote.
fn errors_of_a_refused_start(desk: &Desk) -> String {
    let mut app = Process::start(desk.app().stderr(Stdio::piped()));
    wait_for("the words", || desk.windows().contains("Labdeck's hub is not running"));
    desk.close("Labdeck's hub is not running");
    assert_eq!(app.ended().code(), Some(1));
    app.errors()
}

#[tokio::test]
async fn keys_go_to_the_keyring_and_stay_the_same() {
    let desk = Desk::new(Bus::Present);
    let _keyring = unlocked_keyring(&desk);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    assert_eq!(std::fs::read_to_string(desk.data_dir().join("secret-store")).unwrap().trim(), "keyring");
    assert!(!desk.data_dir().join("secrets.json").exists());
    page.wait_for("//dd[contains(., 'keyring')]").await;
    page.close(&desk);
    // The second start reads what the first one stored.
    let page = Page::open(&desk).await;
    page.wait_for("//h1[.='Overview']").await;
    page.close(&desk);
}

#[test]
fn a_keyring_that_is_gone_is_an_error_in_words_and_never_new_keys() {
    let desk = desk_with_keys_in_a_keyring();
    let log = errors_of_a_refused_start(&desk);
    assert!(log.contains("keyring") && log.contains("unlock it and start Labdeck again"), "{log}");
    assert!(!desk.data_dir().join("secrets.json").exists(), "no new keys beside it");
}

#[tokio::test]
async fn a_locked_keyring_is_said_in_words() {
    let desk = desk_with_keys_in_a_keyring();
    let _locked = locked_keyring(&desk);
    let page = Page::open(&desk).await;
    page.wait_for("//*[@role='status'][contains(., 'unlock it and start Labdeck again')]").await;
    page.save_picture("keyring-locked").await;
    drop(page);
}

#[test]
fn a_keyring_that_was_emptied_is_told_from_a_new_one() {
    let desk = desk_with_keys_in_a_keyring();
    let kept = desk.home.path().join("data").join("keyrings");
    std::fs::remove_dir_all(&kept).expect("the keyring's own files");

    let _keyring = unlocked_keyring(&desk);
    let log = errors_of_a_refused_start(&desk);
    assert!(log.contains("holds Labdeck's keys no more") && log.contains("secret-store"), "{log}");
}
