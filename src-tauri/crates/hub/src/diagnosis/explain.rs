//! A server's trouble as one answer: joined from its state, what is pinned about it, and its history.

use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerEntry, ServerKey, ServerState};
use labdeck_spawner::diagnosis::kind;
use serde::Serialize;
use utoipa::ToSchema;

use super::catalogue::{self, Fix};
use super::folder::find_folder;
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::{self, Live, history};

/// How many lines of the history are told with it.
const ENTRIES: u32 = 20;
/// Endings that somebody or a rule wanted: nothing is wrong with them.
const WANTED: [&str; 8] = ["asked", "shutdown", "idle", "busy_but_silent", "max_age", "service", "restart", ""];
/// Notices that tell of trouble.
const TROUBLE: [&str; 2] = [kind::OUT_OF_MEMORY, kind::VERSION_MISMATCH];

/// What the hub can do about it: `POST …/fix/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FixOffer {
    /// The word by which it is asked for.
    pub id: String,
    /// What its button says.
    pub label: String,
}

/// What is wrong with a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Diagnosis {
    /// The stable word for programs.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// What happened, with names and values.
    pub cause: String,
    /// What to do, in this order.
    pub steps: Vec<String>,
    /// What the hub can do itself.
    pub fix: Option<FixOffer>,
    /// The server's last lines.
    pub log: Vec<String>,
    /// What happened before, newest first.
    pub entries: Vec<ServerEntry>,
}

/// What is wrong with a server; `None` where nothing is. A repair is offered only where it can be begun.
///
/// # Errors
/// 404 for a server that never was.
pub async fn diagnose(ctx: &Context, caller: &Caller, key: &ServerKey) -> Result<Option<Diagnosis>> {
    let row = servers::find_row(ctx, key).await?;
    let row = row.ok_or_else(|| Error::not_found(format!("There is no server {key}.")))?;
    let entries = history::list(&ctx.store, key, ENTRIES).await?;
    let Some(mut found) = explain(&servers::live_of(ctx, &row), entries) else { return Ok(None) };
    if found.fix.as_ref().is_some_and(|fix| fix.id == Fix::Ownership.id()) {
        let may = caller.require(&ScopeBase::AdminServers, Target::Hub).is_ok();
        found.fix = found.fix.filter(|_| may);
        if found.fix.is_some() && find_folder(ctx, &found.cause).await?.is_none() {
            found.fix = None;
        }
    }
    Ok(Some(found))
}

/// The same from what is known. Pure.
pub fn explain(live: &Live, entries: Vec<ServerEntry>) -> Option<Diagnosis> {
    let (kind, cause, remedy, log) = trouble(live)?;
    let entry = catalogue::find(&kind);
    let further = entry.map_or(&[][..], |entry| entry.steps);
    let steps = std::iter::once(remedy).filter(|remedy| !remedy.is_empty());
    Some(Diagnosis {
        title: entry.map_or("Something went wrong", |entry| entry.title).to_owned(),
        steps: steps.chain(further.iter().map(|step| (*step).to_owned())).collect(),
        fix: entry.and_then(|entry| entry.fix).filter(|_| live.state.is_stopped()).map(FixOffer::of),
        kind,
        cause,
        log,
        entries,
    })
}

// === impl FixOffer ===

impl FixOffer {
    fn of(fix: Fix) -> Self {
        Self { id: fix.id().to_owned(), label: fix.label().to_owned() }
    }
}

/// Kind, cause, remedy and last lines.
fn trouble(live: &Live) -> Option<(String, String, String, Vec<String>)> {
    match &live.state {
        ServerState::Failed { failure, .. } => {
            let failure = failure.clone();
            return Some((failure.kind, failure.message, failure.remedy, failure.log));
        }
        ServerState::Stopped { last_exit } => {
            let exit = last_exit.clone().filter(|exit| !WANTED.contains(&exit.kind.as_str()))?;
            return Some((exit.kind, exit.reason, exit.remedy, exit.log));
        }
        // What runs, or is on its way: only what is pinned about it.
        _active => {}
    }
    if live.engine_gone {
        let cause = "Docker does not answer: nothing is known of the server until it does, and nothing is done to it.";
        return Some(("engine_gone".to_owned(), cause.to_owned(), String::new(), Vec::new()));
    }
    let notice = live.notices.iter().rev().find(|notice| TROUBLE.contains(&notice.kind.as_str()))?;
    Some((notice.kind.clone(), notice.message.clone(), String::new(), Vec::new()))
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Failure, LastExit, Notice, Timestamp};

    use super::*;

    const AT: fn() -> Timestamp = || Timestamp::from_unix_micros(0);

    fn of(state: ServerState) -> Option<Diagnosis> {
        explain(&Live { state, ..Live::default() }, Vec::new())
    }

    #[test]
    fn a_failed_start_is_told_with_its_steps_and_fix() {
        let failure =
            Failure { log: vec!["x".into()], ..Failure::new(kind::DISK_FULL, "No space left.", "Make room.") };
        let told = of(ServerState::Failed { at: AT(), failure }).unwrap();
        assert_eq!((told.title.as_str(), told.steps[0].as_str(), told.fix), ("The disk is full", "Make room.", None));
        assert!(told.steps.len() > 1 && told.log == ["x"]);
        let unknown = of(ServerState::Failed { at: AT(), failure: Failure::new("new", "Odd.", "") }).unwrap();
        assert_eq!((unknown.cause.as_str(), unknown.steps.len()), ("Odd.", 0));
    }

    #[test]
    fn an_end_that_somebody_wanted_is_nothing_wrong() {
        let stopped = |kind: &str| of(ServerState::Stopped { last_exit: Some(LastExit::new(AT(), kind, "It ended.")) });
        for kind in WANTED {
            assert_eq!(stopped(kind), None, "{kind}");
        }
        assert_eq!(of(ServerState::new()), None);
        assert_eq!(stopped(kind::OUT_OF_MEMORY).unwrap().fix, Some(FixOffer::of(Fix::LargerSize)));
    }

    #[test]
    fn a_running_server_tells_of_the_newest_trouble() {
        let state = ServerState::Ready { url: String::new(), started: AT() };
        let notice = |kind: &str| Notice { at: AT(), kind: kind.to_owned(), message: kind.to_owned() };
        let notices = vec![notice(kind::VERSION_MISMATCH), notice(kind::OUT_OF_MEMORY), notice("message")];
        let live = Live { state, notices, ..Live::default() };
        let told = explain(&live, Vec::new()).unwrap();
        assert_eq!((told.kind.as_str(), told.fix), (kind::OUT_OF_MEMORY, None), "a fix needs a server that is off");
        let gone = explain(&Live { engine_gone: true, ..live }, Vec::new()).unwrap();
        assert_eq!(gone.kind, "engine_gone");
    }
}
