//! The desktop binary `labdeck`: everything is in the library beside it.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

fn main() { labdeck_desktop::run(); }
