//! What is learnt from starts: how long they usually take. Owns the rows of `starts` and the rule (the median of the
//! latest good ones of that stack on that spawner); the board shows it.

use std::time::Duration;

use labdeck_store::tables::spawners;
use labdeck_store::tables::starts::{self, StartRow};
use labdeck_store::{Read, Store, StoreError};

use super::Board;
use crate::lifecycle::{Outcome, Record, StartTimes};

/// From how many starts the usual time is taken: enough to forget one bad day, few enough to follow a change.
const LATEST: u32 = 10;

/// Writes a start down and pins the new usual time.
pub(super) async fn learn(store: &Store, board: &Board, record: &Record, times: &StartTimes) {
    match &times.outcome {
        Outcome::Ready => board.forget_failures(),
        Outcome::Failed(_) => board.count_failure(),
        Outcome::Cancelled => {}
    }
    let (kind, stack) = (record.spawner_kind.clone(), record.stack.clone());
    let (record, times) = (record.clone(), times.clone());
    let learnt: Result<Option<Duration>, StoreError> = store
        .write(move |tx| {
            let spawner_id = spawners::find_by_key(tx, &record.key)?.map(|row| row.id);
            starts::add(tx, &row_of(spawner_id, &record, &times))?;
            usual(tx, &record.spawner_kind, record.stack.as_deref())
        })
        .await;
    match learnt {
        Ok(usual) => board.set_usual(&kind, stack.as_deref(), usual),
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "Could not note how long a start took"),
    }
}

/// Pins what was learnt in earlier runs of the hub.
///
/// # Errors
/// When the store fails.
pub async fn recall(store: &Store, board: &Board) -> Result<(), StoreError> {
    let known = store
        .read(|read| {
            let pairs = starts::list_pairs(read)?;
            let with_usual = |(kind, stack): (String, Option<String>)| {
                Ok::<_, StoreError>((usual(read, &kind, stack.as_deref())?, kind, stack))
            };
            pairs.into_iter().map(with_usual).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    known.into_iter().for_each(|(usual, kind, stack)| board.set_usual(&kind, stack.as_deref(), usual));
    Ok(())
}

fn usual(read: &Read<'_>, kind: &str, stack: Option<&str>) -> Result<Option<Duration>, StoreError> {
    let good = starts::list_good(read, kind, stack, LATEST)?;
    Ok(median(good.iter().map(|start| start.started).collect()))
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn row_of(spawner_id: Option<labdeck_model::SpawnerId>, record: &Record, times: &StartTimes) -> StartRow {
    let (outcome, failure_kind) = match &times.outcome {
        Outcome::Ready => ("ready", None),
        Outcome::Failed(failure) => ("failed", Some(failure.kind.clone())),
        Outcome::Cancelled => ("cancelled", None),
    };
    StartRow {
        spawner_id,
        spawner_kind: record.spawner_kind.clone(),
        stack: record.stack.clone(),
        begun: times.begun,
        outcome: outcome.to_owned(),
        failure_kind,
        queued: times.queued,
        fetched: times.fetched,
        started: times.started,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_is_the_middle_one() {
        let of = |seconds: &[u64]| median(seconds.iter().map(|second| Duration::from_secs(*second)).collect());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some(Duration::from_secs(7)));
        assert_eq!(of(&[90, 6, 8, 7, 6]), Some(Duration::from_secs(7)));
    }
}
