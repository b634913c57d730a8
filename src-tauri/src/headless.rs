//! The same hub without a window, for a machine without a display: says where it is and runs until it is told to end.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use crate::{
    args::Args,
    hub_thread::{DesktopOptions, Ended, HubThread, Running, Servers},
    signals,
};

/// Runs the hub until a signal. Servers stay up; the next start adopts them.
pub(crate) fn run(args: &Args, why: &str) -> ExitCode {
    let options = DesktopOptions {
        data_dir: args.data_dir.clone(),
        config: args.config.clone(),
        opener: Arc::new(|_| tracing::info!("A link was to be opened, and there is no display to open it on")),
        downloads: None,
        revealer: Arc::new(|_| false),
    };
    let started = HubThread::start(options).and_then(|hub| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().map(|runtime| (hub, runtime))
    });
    let (hub, runtime) = match started {
        Ok(started) => started,
        Err(error) => return failed(&format!("The system gives Labdeck no threads: {error}.")),
    };
    let ended = runtime.block_on(async {
        let asked_to_end = signals::asked_to_end();
        match hub.running().await {
            Ok(running) => announce(why, &running, &hub.snapshot().local_url),
            Err(words) => return Ended::Failed(words),
        }
        // A hub that is gone needs no signal any more.
        tokio::select! {
            biased;
            ended = hub.ended() => ended,
            () = asked_to_end => Ended::QuitAsked(Servers::Leave),
        }
    });
    match ended {
        Ended::QuitAsked(servers) => {
            hub.quit(servers);
            ExitCode::SUCCESS
        }
        Ended::Failed(words) => failed(&words),
    }
}

fn announce(why: &str, running: &Running, local_url: &str) {
    let mut lines = format!("{why} Labdeck runs without its window.\nAddress on this computer: {local_url}\n");
    if let Some(link) = &running.owner_link {
        lines.push_str(&format!("Owner's link (works once, for 15 minutes, on this computer): {link}\n"));
    }
    lines.push_str("End it with Ctrl-C; servers stay up.\n");
    // A closed output is no reason to end a hub.
    let _ = io::stdout().lock().write_all(lines.as_bytes());
}

/// Says why it ended. The log has it too; a person at a terminal reads this.
fn failed(words: &str) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "Labdeck cannot run: {words}");
    ExitCode::FAILURE
}
