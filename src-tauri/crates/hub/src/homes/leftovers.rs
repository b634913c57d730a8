//! After a start of the hub: clears away its own unfinished work of earlier runs, and says which homes nobody knows.
//! Of homes it touches only those that an earlier run noted as half made or half deleted.

use labdeck_model::EngineState;

use super::list::{HomeStatus, Measure, list};
use super::{archive, archives_dir, unfinished};
use crate::context::Context;
use crate::spawners::DOCKER;
use crate::tasks;

/// Clears away what a killed hub left. To be called at the start, and again when an engine comes.
pub async fn clear_leftovers(ctx: &Context) {
    clear_parts(ctx).await;
    for spawner in ctx.spawners.all() {
        let away = spawner.kind() == DOCKER && !matches!(ctx.spawners.engine(), EngineState::Running { .. });
        let Some(homes) = spawner.homes().filter(|_| !away) else { continue };
        if let Err(error) = homes.clear_leftovers().await {
            tracing::warn!(spawner.kind = spawner.kind(), %error, "Could not clear away what an earlier run left");
            continue;
        }
        if let Err(error) = unfinished::clear(ctx, spawner.kind(), homes).await {
            tracing::warn!(spawner.kind = spawner.kind(), ?error, "Could not finish what an earlier run began");
        }
    }
    match list(ctx, Measure::Known).await {
        Ok(homes) => {
            let orphans =
                homes.iter().filter(|home| matches!(home.status, HomeStatus::Orphan | HomeStatus::Container)).count();
            if orphans > 0 {
                tracing::warn!(
                    orphans,
                    "{orphans} homes belong to no server that the hub knows; see the list of homes"
                );
            }
        }
        Err(error) => tracing::debug!(%error, "Could not list homes"),
    }
}

/// Removes parts of archives that earlier runs were writing.
async fn clear_parts(ctx: &Context) {
    let (dir, mine) = (archives_dir(ctx), archive::part_name(ctx, ""));
    tasks::blocking(move || {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".part") && !name.ends_with(&mine) {
                drop(std::fs::remove_file(entry.path()));
            }
        }
    })
    .await;
}
