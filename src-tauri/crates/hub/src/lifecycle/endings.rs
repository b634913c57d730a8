//! The ways out of an active state: what each ending says to the user, and the steps that clear everything away.
//! Part of the machine and as pure as it.
#![deny(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use labdeck_model::{Failure, LastExit, ServerState, StartStep, StopReason, Timestamp};
use labdeck_spawner::diagnosis::refine;
use labdeck_spawner::{Exit, Liveness, StopMode};

use super::effects::{Deadline, Effect, Step};
use super::timeouts::Moment;

/// The failure kind of a server that could not be stopped: something of it may still run.
pub(super) const STOP_FAILED: &str = "stop_failed";

/// The failure kind of a start that lost its engine, as the drivers say it: what is left of it is cleared away when
/// the engine is back.
pub(super) const ENGINE_GONE: &str = "engine_gone";

/// The failure kind of a start that took too long.
pub(super) const START_TIMEOUT: &str = "start_timeout";

/// The server ended before it was ready: the start failed, at once and with the server's own words.
pub(super) fn ended_early(state: &ServerState, liveness: Liveness, at: &Moment) -> Step {
    match liveness {
        Liveness::Running => Step::stay(state),
        Liveness::Exited(exit) => give_up(exit.failure(), at),
        Liveness::Gone => {
            let message = "The server was removed from outside while it was starting.";
            give_up(Failure::new("gone", message, "Start it again."), at)
        }
    }
}

/// A start failed. By force, because nobody has worked in it yet and somebody waits for the reason.
pub(super) fn give_up(failure: Failure, at: &Moment) -> Step {
    stop(StopReason::StartFailed { failure }, StopMode::Kill, at)
}

/// A server ended by itself; what is left of it is cleared away.
pub(super) fn died(exit: LastExit, at: &Moment) -> Step {
    stop(StopReason::Died { exit }, StopMode::Kill, at)
}

/// Leaves an active state while the driver's start runs: it is asked to return, and the stop follows when it has.
pub(super) fn cancel(reason: StopReason, at: &Moment) -> Step {
    let deadline = at.now.after(at.timeouts.cancel);
    let set = Effect::SetDeadline { deadline: Deadline::Cancel, at: deadline };
    let effects = vec![Effect::DeleteRoute, set, Effect::CancelStart, Effect::Persist, Effect::Publish];
    Step::to(ServerState::Stopping { since: at.now, deadline, reason }, effects)
}

/// Leaves an active state in which no start runs. The route goes first: new requests shall meet the hub's page, not
/// a dead socket.
pub(super) fn stop(reason: StopReason, mode: StopMode, at: &Moment) -> Step {
    let mut step = call_stop(at.now, reason, mode, at);
    step.effects.splice(0..0, [Effect::DeleteRoute, Effect::Persist, Effect::Publish]);
    step
}

/// The driver's stop in one mode, in place of whatever call runs.
pub(super) fn call_stop(since: Timestamp, reason: StopReason, mode: StopMode, at: &Moment) -> Step {
    let (kind, patience) = match mode {
        StopMode::Graceful => (Deadline::Stop, at.timeouts.stop),
        StopMode::Kill => (Deadline::Kill, at.timeouts.kill),
    };
    let deadline = at.now.after(patience);
    // Read before anything is removed: afterwards there is nothing left to read. People look for what their server
    // said also after they stopped it.
    let takes_log = match &reason {
        StopReason::StartFailed { failure } => failure.log.is_empty(),
        StopReason::Died { exit } => exit.log.is_empty(),
        StopReason::Asked | StopReason::Restart | StopReason::Culled { .. } | StopReason::Shutdown => true,
    };
    let mut effects = vec![Effect::DropCall, Effect::SetDeadline { deadline: kind, at: deadline }];
    effects.extend(takes_log.then_some(Effect::TakeLog));
    effects.push(Effect::CallStop { mode });
    Step::to(ServerState::Stopping { since, deadline, reason }, effects)
}

/// A stop whose engine went away. Nobody knows how the server is, so nothing is said about it: the stop waits and goes
/// on when the engine is back. A failed start does not wait, its user wants to know why: it ends here, and what it may
/// have left is cleared away later, by the next start, the next stop or the sweep.
pub(super) fn engine_away(since: Timestamp, reason: &StopReason, gone: Failure, at: &Moment) -> Step {
    let reason = match reason {
        StopReason::StartFailed { failure } => return start_lost(failure, gone, at),
        // It ended and its engine went in the same moment: one has the other as its cause.
        StopReason::Died { exit } if ["exited", "gone"].contains(&exit.kind.as_str()) => {
            let with_engine = Exit { with_engine: true, log: exit.log.clone(), ..Exit::default() };
            StopReason::Died { exit: with_engine.last_exit(exit.at) }
        }
        StopReason::Asked
        | StopReason::Restart
        | StopReason::Culled { .. }
        | StopReason::Shutdown
        | StopReason::Died { .. } => reason.clone(),
    };
    let effects = vec![Effect::DropCall, Effect::ClearDeadline, Effect::Persist, Effect::Publish, Effect::AwaitEngine];
    Step::to(ServerState::Stopping { since, deadline: at.now, reason }, effects)
}

/// The engine is why a start took too long; any other cause stays the first thing that its user reads.
fn start_lost(failure: &Failure, gone: Failure, at: &Moment) -> Step {
    match failure.kind.as_str() {
        ENGINE_GONE => Step::to(failed(failure.clone(), at), at_the_end(vec![Effect::DropCall])),
        START_TIMEOUT => Step::to(failed(gone, at), at_the_end(vec![Effect::DropCall])),
        _ => not_stopped(&StopReason::StartFailed { failure: failure.clone() }, Some(gone), at),
    }
}

fn failed(failure: Failure, at: &Moment) -> ServerState {
    ServerState::Failed { at: at.now, failure }
}

/// How what is left of a cancelled start is stopped.
pub(super) fn mode_for(reason: &StopReason) -> StopMode {
    match reason {
        StopReason::Asked | StopReason::Restart | StopReason::Culled { .. } | StopReason::Shutdown => {
            StopMode::Graceful
        }
        StopReason::StartFailed { .. } | StopReason::Died { .. } => StopMode::Kill,
    }
}

/// It is down.
pub(super) fn ended(reason: StopReason, log: Vec<String>, at: &Moment) -> Step {
    let stopped = |kind: &str, words: &str| {
        let exit = LastExit { log: log.clone(), ..LastExit::new(at.now, kind, words) };
        ServerState::Stopped { last_exit: Some(exit) }
    };
    let next = match reason {
        StopReason::Asked => stopped("asked", "It was stopped on request."),
        StopReason::Restart => stopped("restart", "It was stopped to be started again."),
        StopReason::Culled { rule, words } => stopped(&rule, &words),
        StopReason::Shutdown => stopped("shutdown", "It was stopped together with the hub."),
        StopReason::Died { mut exit } => {
            if exit.log.is_empty() {
                exit.log = log;
            }
            ServerState::Stopped { last_exit: Some(exit) }
        }
        StopReason::StartFailed { mut failure } => {
            if failure.log.is_empty() {
                failure.log = log;
            }
            ServerState::Failed { at: at.now, failure: refine(failure) }
        }
    };
    Step::to(next, at_the_end(Vec::new()))
}

/// Neither gentleness nor force brought it down. Its tokens are worth nothing from now on, and its record keeps what
/// the next try needs. Why a start failed stays the first thing that its user reads.
pub(super) fn not_stopped(reason: &StopReason, cause: Option<Failure>, at: &Moment) -> Step {
    let said = |cause: &Failure| format!(": {}", cause.message);
    let failure = match reason {
        StopReason::StartFailed { failure } => {
            // One cause of both, such as an engine that is away, is said once.
            let another = cause.filter(|cause| cause.message != failure.message);
            let said = another.as_ref().map_or_else(|| ".".to_owned(), said);
            let message = format!("{} What is left of it could not be cleared away{said}", failure.message);
            Failure { kind: STOP_FAILED.to_owned(), message, ..failure.clone() }
        }
        StopReason::Asked
        | StopReason::Restart
        | StopReason::Culled { .. }
        | StopReason::Shutdown
        | StopReason::Died { .. } => {
            let said = cause.as_ref().map_or_else(|| ".".to_owned(), said);
            let message = format!("The server could not be stopped{said}");
            Failure::new(STOP_FAILED, message, "Stop it again; a new start clears away what is left of it.")
        }
    };
    Step::to(ServerState::Failed { at: at.now, failure }, at_the_end(vec![Effect::DropCall]))
}

fn at_the_end(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.extend([Effect::ClearDeadline, Effect::RevokeTokens, Effect::Persist, Effect::Publish]);
    effects
}

pub(super) fn too_slow(step: StartStep, limit: Duration) -> Failure {
    let phase = match step {
        StartStep::Queued => "was waiting for its turn",
        StartStep::Pulling => "was fetching what it runs",
        StartStep::Creating => "was being created",
        StartStep::Booting => "was being started",
    };
    let message = format!("The start took longer than {} seconds; the server {phase}.", limit.as_secs());
    Failure::new(START_TIMEOUT, message, "Try again; if it stays so, look whether the computer is overloaded.")
}

pub(super) fn no_answer(url: &str, limit: Duration, seen: Option<String>) -> Failure {
    let seen = seen.map(|seen| format!(" The last attempt: {seen}.")).unwrap_or_default();
    let message =
        format!("The server runs, but did not answer at {url} within {} seconds of its start.{seen}", limit.as_secs());
    let remedy = "The last lines that it wrote, below, usually tell why. If it is only slow, try again.";
    Failure::new(START_TIMEOUT, message, remedy)
}
