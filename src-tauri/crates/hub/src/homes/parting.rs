//! What becomes of homes when their server or their person is deleted: kept as they are, packed into a file first, or
//! deleted. Whatever can fail is done before the deletion, so that a failure leaves everything as it was.

use labdeck_store::tables::kept_homes;
use labdeck_store::tables::spawners::SpawnerRow;
use labdeck_store::{StoreError, Tx};
use parking_lot::Mutex;
use serde::Deserialize;
use utoipa::ToSchema;

use super::archive::{self, Packed};
use super::list::{HomeStatus, HomeView, Measure, list};
use super::restore::kept_row;
use super::unfinished::{self, Unfinished};
use super::{driver, failed};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::home_of;
use crate::spawners::EXEC;

/// What becomes of homes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parting {
    /// They stay where they are and are shown to the lead as kept.
    #[default]
    Keep,
    /// They become files.
    Archive,
    /// They are deleted.
    Erase,
}

/// What was prepared for a deletion. Dropped, archives that were made for it are deleted again.
#[derive(Debug, Default)]
pub struct Parts {
    /// The drivers that keep homes.
    keeping: Vec<&'static str>,
    archived: Mutex<Vec<(SpawnerRow, Packed, Unfinished)>>,
}

// === impl Parting ===

impl Parting {
    /// Does what can fail, for servers that rest: packs, or deletes.
    ///
    /// # Errors
    /// 503 with the reason; nothing was deleted then, or only what was asked to be.
    pub async fn prepare(self, ctx: &Context, servers: &[SpawnerRow]) -> Result<Parts> {
        let keeping = ctx.spawners.all().iter().filter(|spawner| spawner.homes().is_some());
        if self != Self::Keep {
            servers.iter().try_for_each(|row| check_ours(ctx, row))?;
        }
        let parts = Parts { keeping: keeping.map(|spawner| spawner.kind()).collect(), ..Parts::default() };
        match self {
            Self::Keep => {}
            Self::Archive => {
                let homes = list(ctx, Measure::Known).await?;
                for row in servers {
                    let mine = homes.iter().find(|home| is_of(home, row));
                    if let Some(home) = mine {
                        let packed = pack(ctx, home).await?;
                        let going = Unfinished::new(ctx, &home.spawner, &home.home);
                        parts.archived.lock().push((row.clone(), packed, going));
                    }
                }
            }
            Self::Erase => {
                for row in servers {
                    erase(ctx, row, "The files of").await?;
                }
            }
        }
        Ok(parts)
    }
}

/// Files in a folder that the configuration or the system names are not the hub's to pack or to delete. What a program
/// of the lead's does with files is that program's.
fn check_ours(ctx: &Context, row: &SpawnerRow) -> Result<()> {
    let (Some(kind), Some(_)) = (row.spawner_kind.as_deref(), row.home.as_ref()) else { return Ok(()) };
    if kind != EXEC && !driver(ctx, kind)?.makes_homes() {
        return Err(Error::conflict(format!(
            "The files of {} lie in a folder that Labdeck did not make, so it neither archives nor erases them. Keep \
             them, and look after that folder yourself.",
            row.key
        )));
    }
    Ok(())
}

fn is_of(home: &HomeView, row: &SpawnerRow) -> bool {
    home.status == HomeStatus::InUse && home.home == home_of(row) && Some(&home.spawner) == row.spawner_kind.as_ref()
}

async fn pack(ctx: &Context, home: &HomeView) -> Result<Packed> {
    let (_, handle) = archive::begin(ctx, home)?;
    match archive::write(ctx, home, &handle).await {
        Ok(packed) => {
            archive::end(handle, Ok("The archive was written and read back.".to_owned()));
            Ok(packed)
        }
        Err(error) => {
            let words = error.public().to_owned();
            let (kind, told) = (error.kind(), Error::new(error.kind(), words));
            tracing::debug!(?kind, "A home could not be packed");
            archive::end(handle, Err(error));
            Err(told)
        }
    }
}

async fn erase(ctx: &Context, row: &SpawnerRow, what: &str) -> Result<()> {
    let Some(kind) = row.spawner_kind.as_deref() else { return Ok(()) };
    let erased = driver(ctx, kind)?.forget(&row.key, &home_of(row)).await;
    erased.map_err(|error| failed(&format!("{what} {} could not be deleted, so nothing else was.", row.key), error))
}

// === impl Parts ===

impl Parts {
    /// Within the deletion: writes down what stays. `servers` are those that are deleted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note(&self, tx: &mut Tx<'_>, parting: Parting, servers: &[SpawnerRow]) -> Result<(), StoreError> {
        match parting {
            Parting::Keep => self.note_kept(tx, servers),
            Parting::Archive => self.archived.lock().iter().try_for_each(|(_, packed, going)| {
                going.note(tx)?;
                kept_homes::add(tx, &packed.row)
            }),
            Parting::Erase => Ok(()),
        }
    }

    /// After the deletion: deletes the homes that are archives now. One that stays is shown as an orphan.
    pub async fn finish(&self, ctx: &Context) {
        let archived = std::mem::take(&mut *self.archived.lock());
        for (row, packed, going) in archived {
            packed.release();
            if let Err(error) = erase(ctx, &row, "The archived files of").await {
                tracing::warn!(?error, "A home stays although its archive is there");
            }
            unfinished::settled(ctx, &going.spawner, &going.home).await;
        }
    }

    fn note_kept(&self, tx: &mut Tx<'_>, servers: &[SpawnerRow]) -> Result<(), StoreError> {
        for row in servers {
            if let (Some(kind), Some(home)) = (&row.spawner_kind, &row.home)
                && self.keeping.contains(&kind.as_str())
            {
                kept_homes::add(tx, &kept_row(row, kind, home))?;
            }
        }
        Ok(())
    }
}
