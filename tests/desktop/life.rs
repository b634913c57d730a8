//! How the app starts, goes out of sight, comes back and ends.

use std::process::Stdio;

use crate::desk::{Bus, Desk, Process, wait_for};

/// The name that a panel with a tray has on the session bus.
const TRAY_HOST: &str = "org.kde.StatusNotifierWatcher";

#[test]
fn a_signal_ends_it_cleanly() {
    let desk = Desk::new(Bus::Present);
    for signal in ["TERM", "INT"] {
        let mut app = desk.open_app();
        app.signal(signal);
        assert_eq!(app.ended().code(), Some(0), "{signal}");
        wait_for("the window's end", || !desk.windows().contains("Labdeck"));
    }
}

#[test]
fn a_second_start_brings_the_window_back_from_the_tray() {
    let desk = Desk::new(Bus::Present);
    let bus = desk.bus();
    bus.request_name(TRAY_HOST).expect("the panel's name");
    let mut app = desk.open_app();
    desk.close("Labdeck");
    wait_for("the words about the tray", || desk.windows().contains("Labdeck goes on in the tray"));
    desk.close("Labdeck goes on in the tray");
    wait_for("the window to go", || !desk.windows().contains("Labdeck"));
    assert!(app.is_alive());
    assert_eq!(Process::start(&mut desk.app()).ended().code(), Some(0), "the second start");
    wait_for("the window to come back", || desk.windows().contains("Labdeck"));
    desk.close("Labdeck");
    wait_for("the window to go without words", || desk.windows().is_empty());
    app.signal("TERM");
    assert_eq!(app.ended().code(), Some(0));
}

#[test]
fn without_a_tray_closing_the_window_ends_it() {
    let desk = Desk::new(Bus::Present);
    let mut app = desk.open_app();
    desk.close("Labdeck");
    assert_eq!(app.ended().code(), Some(0));
}

#[test]
fn without_a_session_bus_the_window_opens_all_the_same() {
    let desk = Desk::new(Bus::Absent);
    let mut app = desk.open_app();
    desk.close("Labdeck");
    assert_eq!(app.ended().code(), Some(0));
}

#[test]
fn a_hub_that_cannot_start_is_said_in_words() {
    let desk = Desk::new(Bus::Present);
    std::fs::remove_dir_all(desk.data_dir()).unwrap();
    std::fs::write(desk.data_dir(), "a file where the folder should be").unwrap();
    let mut app = Process::start(desk.app().stderr(Stdio::piped()));
    wait_for("the words", || desk.windows().contains("Labdeck's hub is not running"));
    desk.close("Labdeck's hub is not running");
    assert_eq!(app.ended().code(), Some(1));
    let log = app.errors();
    assert!(log.contains(&desk.data_dir().display().to_string()), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn without_a_display_the_same_hub_runs_headless() {
    let desk = Desk::new(Bus::Present);
    for (variable, value) in [("DISPLAY", ""), ("DISPLAY", ":4711")] {
        let mut command = desk.app();
        command.env(variable, value).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut app = Process::start(&mut command);
        let said = app.output_until("End it with");
        assert!(said.contains("runs without its window"), "{said}");
        assert!(said.contains("http://127.0.0.1:"), "{said}");
        app.signal("TERM");
        assert_eq!(app.ended().code(), Some(0));
        let log = app.errors();
        assert!(!log.contains("panicked"), "{log}");
    }
}
