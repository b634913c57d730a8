//! The desktop shell of Labdeck: window, tray and single instance around the hub, and the same hub headless where
//! there is no display. The only room that names Tauri. It owns no rule of the hub: the page in the window talks to
//! the hub's REST API like everybody else, with a token it gets from the one command.

use std::process::ExitCode;

use clap::Parser as _;

mod app;
mod args;
mod commands;
mod dialogs;
mod display;
mod folders;
mod headless;
mod hub_thread;
mod links;
mod menu;
mod quit;
mod shell;
mod signals;
mod tray;
mod window;

/// The whole program: reads its flags and runs with or without a window.
pub fn run() -> ExitCode {
    let args = args::Args::parse();
    if args.headless {
        return headless::run(&args, "As asked,");
    }
    if !display::is_named() {
        return headless::run(&args, "There is no display here, so");
    }
    display::work_around_nvidia();
    match app::run(&args) {
        Ok(code) => code,
        Err(no_window) => headless::run(&args, &format!("{no_window} So")),
    }
}
