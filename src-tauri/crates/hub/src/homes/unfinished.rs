//! Homes that are neither there nor gone: half-restored, or on their way out. Owns the note in the store by which a
//! later run finishes what a killed one began. Until then such a home is nobody's and is shown to nobody.

use labdeck_spawner::Homes;
use labdeck_store::tables::{kept_homes, settings, spawners};
use labdeck_store::{Read, StoreError, Tx};
use serde::{Deserialize, Serialize};

use super::TURN;
use crate::context::{Context, Inner};
use crate::error::{Error, Result};
use crate::servers::home_of;

/// Where the notes stand.
const KEY: &str = "homes.unfinished";

/// A note: what is left of this home after a kill belongs to nobody and is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unfinished {
    /// Whose driver has it.
    pub(super) spawner: String,
    /// Its name there.
    pub(super) home: String,
    /// Which run of the hub works on it, by its start.
    run: i64,
}

// === impl Unfinished ===

impl Unfinished {
    /// A note of this run.
    pub(super) fn new(ctx: &Inner, spawner: &str, home: &str) -> Self {
        Self { spawner: spawner.to_owned(), home: home.to_owned(), run: ctx.started.unix_micros() }
    }

    /// Writes it down, in one transaction with what makes the home nobody's.
    pub(super) fn note(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let mut all = list(tx)?;
        all.retain(|other| !self.is_of(&other.spawner, &other.home));
        all.push(self.clone());
        settings::set(tx, KEY, &all)
    }

    /// Whether it is about this home.
    pub(super) fn is_of(&self, spawner: &str, home: &str) -> bool {
        self.spawner == spawner && self.home == home
    }
}

/// All notes.
pub(super) fn list(read: &Read<'_>) -> Result<Vec<Unfinished>, StoreError> {
    Ok(settings::find(read, KEY)?.unwrap_or_default())
}

/// The work is over: the home is somebody's, or gone, or stays as an orphan.
pub(super) fn settle(tx: &mut Tx<'_>, spawner: &str, home: &str) -> Result<(), StoreError> {
    let mut all = list(tx)?;
    let before = all.len();
    all.retain(|one| !one.is_of(spawner, home));
    match all.len() {
        same if same == before => Ok(()),
        0 => settings::delete(tx, KEY).map(drop),
        _ => settings::set(tx, KEY, &all),
    }
}

/// The same in a transaction of its own. A note that stays is settled by the next start.
pub(super) async fn settled(ctx: &Inner, spawner: &str, home: &str) {
    let (spawner, home) = (spawner.to_owned(), home.to_owned());
    if let Err(error) = ctx.store.write(move |tx| Ok::<_, Error>(settle(tx, &spawner, &home)?)).await {
        tracing::warn!(?error, "The end of the work on a home could not be written down");
    }
}

/// Deletes what killed runs left of one driver's homes. What somebody has after all stays.
pub(super) async fn clear(ctx: &Context, kind: &'static str, homes: &dyn Homes) -> Result<()> {
    let this_run = ctx.started.unix_micros();
    let all = ctx.store.read(|read| Ok::<_, Error>(list(read)?)).await?;
    for left in all.into_iter().filter(|left| left.spawner == kind && left.run != this_run) {
        let _turn = TURN.lock().await;
        let wanted = left.clone();
        let is_somebodys = ctx
            .store
            .read(move |read| {
                let is_served = spawners::list_all(read)?.iter().any(|row| home_of(row) == wanted.home);
                let kept = kept_homes::list(read)?;
                Ok::<_, Error>(is_served || kept.iter().any(|row| wanted.is_of(&row.spawner_kind, &row.home)))
            })
            .await?;
        if !is_somebodys {
            let doing = "What an earlier run left of a home could not be deleted.";
            homes.erase_home(&left.home).await.map_err(|error| super::failed(doing, error))?;
            tracing::info!(home = %left.home, "Deleted the home {}, which an earlier run left half done", left.home);
        }
        settled(ctx, &left.spawner, &left.home).await;
    }
    Ok(())
}
