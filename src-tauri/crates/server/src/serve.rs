//! `labdeckd serve`: the hub without a window, until a signal or a quit.

use std::path::PathBuf;

use anyhow::{Result, bail};
use labdeck_hub::accounts;
use labdeck_hub::config::{Config, Network};
use labdeck_hub::overview::AtQuit;

use crate::commands;
use crate::compose::{Composition, Options};

/// Runs the hub. Servers stay when it ends; the next start finds them.
pub(crate) async fn run(config: Config, data_dir: PathBuf) -> Result<()> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    if !config.listen.ip().is_loopback() {
        config.check_network(Network::Lan).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    }
    let running =
        Composition::start(Options { config, data_dir, desktop: None, machine: None, spawners: Vec::new() }).await;
    let running = running.map_err(|error| anyhow::anyhow!("{}", error.words()))?;
    if let Err(error) = running.open_front().await {
        let words = error.public().to_owned();
        running.stop(AtQuit::Leave).await;
        bail!("{words}");
    }
    announce(&running)?;
    let servers = tokio::select! {
        servers = running.hub().quit_asked() => servers,
        () = signal() => AtQuit::Leave,
    };
    tracing::info!("Labdeck ends");
    let ctx = running.hub().context();
    let (failed, limit) = (*ctx.board.watch_failures().borrow(), ctx.config.docker.common.consecutive_failure_limit);
    running.stop(servers).await;
    match limit {
        // For whatever supervises this process: it shall start it anew.
        Some(limit) if failed >= limit => bail!("{failed} starts failed one after the other, so the hub ended"),
        Some(_) | None => Ok(()),
    }
}

/// Says where the hub is, and how to claim it if nobody has.
fn announce(running: &Composition) -> Result<()> {
    let ctx = running.hub().context();
    let front = ctx.front.state();
    commands::print(&format!("Labdeck is ready at {}\n", front.local_url))?;
    if let Some(link) = accounts::owner_link(ctx) {
        commands::print(&format!(
            "Nobody has claimed this hub yet, so it serves this computer only. Open this link here, once, within 15 minutes:\n  {link}\n"
        ))?;
    }
    Ok(())
}

/// Resolves when the process is asked to end.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate());
        let Ok(mut terminate) = terminate else { return drop(tokio::signal::ctrl_c().await) };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
