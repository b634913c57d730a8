//! The real window on a screen of its own, with a bus and a window manager of its own. The only tests that need the
//! web view: Debian's packages xvfb, dbus, openbox, wmctrl and webkit2gtk-driver must be there, and a missing one is a
//! failure in words.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod care;
mod desk;
mod driver;
mod first_run;
mod keyring;
mod life;
mod overview;
mod page;
mod people;
mod restart;
mod server_page;
mod servers;
mod settings;
mod stacks;
mod storage;
mod tray;
