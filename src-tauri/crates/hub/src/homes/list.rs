//! All homes: those of servers, those that were kept, and those that nobody knows any more. Joins what the store says
//! with what the drivers find; an engine that is away hides no home that the store knows.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use labdeck_model::{EngineState, Timestamp};
use labdeck_spawner::{FoundHome, FoundKind};
use labdeck_store::tables::kept_homes::{self, KeptHomeRow};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{homes_of, unfinished};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::home_of;
use crate::spawners::DOCKER;

/// How many homes are measured at once: each walks a disk.
const AT_ONCE: usize = 2;

/// A home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HomeView {
    /// What the API's paths name it by.
    pub id: String,
    /// Whose driver has it: `docker`, `simple`.
    pub spawner: String,
    /// Its name there.
    pub home: String,
    /// Where it is: a volume, a folder, a file. Empty while that cannot be known.
    pub place: String,
    /// Whose it is or was, where that is known.
    pub user: Option<String>,
    /// Which server's; empty for the default one.
    pub server: Option<String>,
    /// What it is now.
    pub status: HomeStatus,
    /// How much is in it, where that is known.
    pub bytes: Option<u64>,
    /// When it was made, where that is known.
    pub created: Option<Timestamp>,
    /// Since when it is kept without a server.
    pub kept_at: Option<Timestamp>,
}

/// What a home is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HomeStatus {
    /// A server has it.
    InUse,
    /// Its server was deleted and the files were kept.
    Kept,
    /// A file holds what was in it.
    Archived,
    /// It carries this hub's mark, and the hub knows nothing of it.
    Orphan,
    /// A container of a server that the hub knows nothing of, with files that lie in no home. It is off. The files can
    /// be downloaded; deleting it deletes them.
    Container,
}

/// Whether homes are measured, which takes seconds for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Only what is known already.
    Known,
    /// All of them.
    All,
}

/// All homes.
///
/// # Errors
/// When the store fails.
pub async fn list(ctx: &Context, measure: Measure) -> Result<Vec<HomeView>> {
    // The drivers first: a home that changes hands meanwhile shows up once too often rather than as an orphan.
    let found = found(ctx).await;
    let (servers, kept, unfinished) = ctx
        .store
        .read(|read| Ok::<_, Error>((spawners::list_all(read)?, kept_homes::list(read)?, unfinished::list(read)?)))
        .await?;
    let mut homes = join(&servers, &kept, &found);
    // Half a home is not offered to anybody.
    homes.retain(|home| {
        home.status != HomeStatus::Orphan || !unfinished.iter().any(|one| one.is_of(&home.spawner, &home.home))
    });
    if measure == Measure::All {
        let walks: Vec<_> = homes.iter().map(|home| measured(ctx.clone(), home.clone())).collect();
        let sizes: Vec<_> = stream::iter(walks).buffered(AT_ONCE).collect().await;
        homes.iter_mut().zip(sizes).for_each(|(home, bytes)| home.bytes = bytes.or(home.bytes));
    }
    Ok(homes)
}

/// The home of this id.
///
/// # Errors
/// 404.
pub(super) async fn get(ctx: &Context, id: &str) -> Result<HomeView> {
    let all = list(ctx, Measure::Known).await?;
    all.into_iter().find(|home| home.id == id).ok_or_else(|| Error::not_found(format!("There is no home {id:?}.")))
}

/// What each driver finds; `None` for one that cannot be asked now.
async fn found(ctx: &Context) -> HashMap<&'static str, Option<Vec<FoundHome>>> {
    let mut all = HashMap::new();
    for spawner in ctx.spawners.all() {
        let away = spawner.kind() == DOCKER && !matches!(ctx.spawners.engine(), EngineState::Running { .. });
        let homes = match spawner.homes().filter(|_| !away) {
            Some(homes) => homes.list_homes().await,
            None => continue,
        };
        if let Err(error) = &homes {
            tracing::debug!(spawner.kind = spawner.kind(), %error, "Cannot list homes");
        }
        all.insert(spawner.kind(), homes.ok());
    }
    all
}

async fn measured(ctx: Context, home: HomeView) -> Option<u64> {
    if home.status == HomeStatus::Archived || home.place.is_empty() {
        return None;
    }
    let driver = ctx.spawners.find(&home.spawner)?;
    let measured = homes_of(&*driver).ok()?.measure_home(&home.home).await;
    measured.inspect_err(|error| tracing::debug!(home = %home.home, %error, "Cannot measure a home")).ok()
}

fn id_of(kind: &str, home: &str) -> String {
    format!("{kind}.{home}")
}

/// The list from what is known and what is found.
pub(super) fn join(
    servers: &[SpawnerRow],
    kept: &[KeptHomeRow],
    found: &HashMap<&'static str, Option<Vec<FoundHome>>>,
) -> Vec<HomeView> {
    let find = |kind: &str, home: &str| found.get(kind)?.as_ref()?.iter().find(|found| found.home == home);
    // A driver that answered and does not have it: the home was never made, or is gone.
    let gone = |kind: &str, home: &str| matches!(found.get(kind), Some(Some(_))) && find(kind, home).is_none();
    let place = |kind: &str, home: &str| find(kind, home).map(|found| found.place.clone()).unwrap_or_default();
    let mut all = Vec::new();
    for row in servers {
        let (Some(kind), home) = (row.spawner_kind.as_deref(), home_of(row)) else { continue };
        if gone(kind, &home) || (row.home.is_none() && find(kind, &home).is_none()) {
            continue;
        }
        all.push(HomeView {
            id: id_of(kind, &home),
            spawner: kind.to_owned(),
            place: place(kind, &home),
            user: Some(row.key.user.to_string()),
            server: Some(row.key.server.to_string()),
            status: HomeStatus::InUse,
            bytes: None,
            created: find(kind, &home).and_then(|found| found.created),
            kept_at: None,
            home,
        });
    }
    for row in kept {
        let kind = row.spawner_kind.as_str();
        if row.archive.is_none() && gone(kind, &row.home) {
            continue;
        }
        all.push(HomeView {
            id: id_of(kind, &row.home),
            spawner: kind.to_owned(),
            home: row.home.clone(),
            place: row.archive.clone().unwrap_or_else(|| place(kind, &row.home)),
            user: Some(row.user_name.clone()),
            server: Some(row.server_name.clone()),
            status: if row.archive.is_some() { HomeStatus::Archived } else { HomeStatus::Kept },
            bytes: row.bytes,
            created: find(kind, &row.home).and_then(|found| found.created),
            kept_at: Some(row.kept_at),
        });
    }
    let known: Vec<String> = all.iter().map(|home| home.id.clone()).collect();
    for (kind, homes) in found {
        let orphans = homes.iter().flatten().filter(|found| !known.contains(&id_of(kind, &found.home)));
        all.extend(orphans.map(|found| orphan(kind, found)));
    }
    all.sort_by(|a, b| (a.status, &a.user, &a.server, &a.id).cmp(&(b.status, &b.user, &b.server, &b.id)));
    all
}

fn orphan(kind: &str, found: &FoundHome) -> HomeView {
    HomeView {
        id: id_of(kind, &found.home),
        spawner: kind.to_owned(),
        home: found.home.clone(),
        place: found.place.clone(),
        user: found.key.as_ref().map(|key| key.user.to_string()),
        server: found.key.as_ref().map(|key| key.server.to_string()),
        status: match found.kind {
            FoundKind::Home => HomeStatus::Orphan,
            FoundKind::Container => HomeStatus::Container,
        },
        bytes: None,
        created: found.created,
        kept_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(home: &str, archive: Option<&str>) -> KeptHomeRow {
        KeptHomeRow {
            id: 1,
            spawner_kind: "docker".into(),
            home: home.into(),
            user_name: "ada".into(),
            server_name: String::new(),
            kept_at: Timestamp::from_unix_micros(1),
            archive: archive.map(str::to_owned),
            bytes: Some(5),
        }
    }

    fn found(home: &str) -> FoundHome {
        FoundHome {
            home: home.into(),
            kind: FoundKind::Home,
            key: None,
            created: None,
            place: format!("volume-{home}"),
        }
    }

    fn statuses(kept: &[KeptHomeRow], found: Option<Vec<FoundHome>>) -> Vec<(String, HomeStatus, String)> {
        let all = join(&[], kept, &HashMap::from([("docker", found)]));
        all.into_iter().map(|home| (home.home, home.status, home.place)).collect()
    }

    #[test]
    fn a_home_that_nobody_knows_is_an_orphan() {
        let seen = statuses(&[kept("a-1", None)], Some(vec![found("a-1"), found("b-2")]));
        let wanted = [("a-1", HomeStatus::Kept, "volume-a-1"), ("b-2", HomeStatus::Orphan, "volume-b-2")];
        assert_eq!(seen, wanted.map(|(home, status, place)| (home.to_owned(), status, place.to_owned())));
    }

    #[test]
    fn an_engine_that_is_away_hides_nothing_and_one_that_answers_hides_what_is_gone() {
        assert_eq!(statuses(&[kept("a-1", None)], None), [("a-1".into(), HomeStatus::Kept, String::new())]);
        assert!(statuses(&[kept("a-1", None)], Some(Vec::new())).is_empty());
        let archived = kept("a-1.2026", Some("archives/a"));
        let there = ("a-1.2026".to_owned(), HomeStatus::Archived, "archives/a".to_owned());
        assert_eq!(statuses(&[archived], Some(Vec::new())), [there]);
    }
}
