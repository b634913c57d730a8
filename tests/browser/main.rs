//! What people do in a browser, done in a headless Chromium against `labdeckd` as a process: with real containers, and
//! without an engine with real local processes. Needs Debian's packages chromium and chromium-driver, an engine with
//! the test images, and for the local processes python3 with venv and pip's own way to its index; what is missing is a
//! failure in words. What the pages looked like lies as pictures in `target/tmp/screens`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helpers too, and its output shows where the time went"
)]

mod chromium;
mod hub_menu;
mod lab_page;
mod lead_visit;
mod panel;
mod simple;
mod teammate;
