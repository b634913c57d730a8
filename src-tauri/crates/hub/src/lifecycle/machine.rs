//! The life of a server as a pure function: [`step`] says what an input means in a state. No IO, no clock, no
//! randomness; the actor carries the effects out. Every pair of state and input has an arm of its own, so that a new
//! input cannot be forgotten anywhere.
#![deny(clippy::wildcard_enum_match_arm)]

use labdeck_model::{Failure, LastExit, ServerState, StartStep, StopReason, Timestamp};
use labdeck_spawner::{Liveness, StopMode};

use super::effects::{Deadline, Effect, Input, Refused, Step};
use super::endings::{
    ENGINE_GONE, STOP_FAILED, call_stop, cancel, died, ended, ended_early, engine_away, give_up, mode_for, no_answer,
    not_stopped, stop, too_slow,
};
use super::timeouts::Moment;

/// Decides what an input means in a state.
///
/// # Errors
/// [`Refused`] when a start makes no sense now. A second start while one is under way is no error: it joins.
pub fn step(state: &ServerState, input: Input, at: &Moment) -> Result<Step, Refused> {
    match state {
        ServerState::Stopped { .. } | ServerState::Failed { .. } => Ok(at_rest(state, &input, at)),
        ServerState::Queued { .. } => Ok(queued(state, &input, at)),
        ServerState::Starting { since, step, .. } => Ok(starting(state, (*since, *step), input, at)),
        ServerState::Waiting { since, url, .. } => Ok(waiting(state, (*since, url), input, at)),
        ServerState::Routing { url, .. } => Ok(routing(state, url, input, at)),
        ServerState::Ready { .. } => ready(state, input, at),
        ServerState::Stopping { since, reason, .. } => stopping(state, (*since, reason), input, at),
        ServerState::Checking { .. } => checking(state, input, at),
    }
}

/// Whether the server is watched from outside in this state: it runs, and its end has to be noticed.
pub fn is_watched(state: &ServerState) -> bool {
    match state {
        ServerState::Waiting { .. } | ServerState::Routing { .. } | ServerState::Ready { .. } => true,
        ServerState::Stopped { .. }
        | ServerState::Queued { .. }
        | ServerState::Starting { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. }
        | ServerState::Failed { .. } => false,
    }
}

/// Whether something of the server may still run: a stop failed, or its engine went away during its start.
pub fn is_half_stopped(state: &ServerState) -> bool {
    matches!(state, ServerState::Failed { failure, .. } if [STOP_FAILED, ENGINE_GONE].contains(&failure.kind.as_str()))
}

/// What a server counts as whose actor is lost: nobody knows, so something of it may still run.
pub(super) fn lost(state: &ServerState) -> ServerState {
    let failure = Failure::new(STOP_FAILED, "The hub lost sight of the server.", "Stop it, or start it again.");
    ServerState::Failed { at: state.since().unwrap_or(Timestamp::from_unix_micros(0)), failure }
}

/// `Stopped` and `Failed`: nothing runs; late answers mean nothing. Where a stop failed it may be tried again; a start
/// clears away what is left by itself.
fn at_rest(state: &ServerState, input: &Input, at: &Moment) -> Step {
    match input {
        Input::StopAsked { mode, cause } if is_half_stopped(state) => stop(cause.clone().into(), *mode, at),
        Input::StartAsked => begin(at),
        Input::StartQueued => Step::to(ServerState::Queued { since: at.now }, vec![Effect::Persist, Effect::Publish]),
        Input::Found => Step::to(ServerState::Checking { since: at.now }, vec![Effect::Publish, Effect::CallCheck]),
        Input::StopAsked { .. }
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::StartFailed { .. }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Observed(_)
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::DeadlinePassed { .. }
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Step::stay(state),
    }
}

/// The start proper. The clock runs from here, not from the queue.
fn begin(at: &Moment) -> Step {
    let deadline = at.now.after(at.timeouts.start);
    let set = Effect::SetDeadline { deadline: Deadline::Start, at: deadline };
    let effects = vec![set, Effect::Persist, Effect::Publish, Effect::MintTokens, Effect::CallStart];
    Step::to(ServerState::Starting { since: at.now, deadline, step: StartStep::Queued }, effects)
}

/// It waits for its turn: nothing runs, no deadline.
fn queued(state: &ServerState, input: &Input, at: &Moment) -> Step {
    match input {
        Input::LetIn => begin(at),
        // What is left of an earlier server is cleared away with it.
        Input::StartFailed { failure } => give_up(failure.clone(), at),
        Input::StopAsked { mode, cause } => stop(cause.clone().into(), *mode, at),
        // A second start joins; the rest has no sender in this state.
        Input::StartAsked
        | Input::StartQueued
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Observed(_)
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::DeadlinePassed { .. }
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Step::stay(state),
    }
}

/// The driver's start runs and owns the truth.
fn starting(state: &ServerState, (since, step): (Timestamp, StartStep), input: Input, at: &Moment) -> Step {
    match input {
        Input::Progressed { step: next } => progressed(state, (since, step), next, at),
        Input::Started { url } => {
            let deadline = at.now.after(at.timeouts.answer);
            let set = Effect::SetDeadline { deadline: Deadline::Answer, at: deadline };
            let effects = vec![set, Effect::Persist, Effect::Publish, Effect::Probe { url: url.clone() }];
            Step::to(ServerState::Waiting { since, url, deadline }, effects)
        }
        Input::StartFailed { failure } => give_up(failure, at),
        Input::StopAsked { mode: _, cause } => cancel(cause.into(), at),
        Input::DeadlinePassed { deadline: Deadline::Start, .. } => {
            cancel(StopReason::StartFailed { failure: too_slow(step, at.timeouts.start) }, at)
        }
        // A second start joins; a deadline of an earlier phase has no say; the rest has no sender in this state.
        Input::StartAsked
        | Input::StartQueued
        | Input::DeadlinePassed {
            deadline: Deadline::Answer | Deadline::Cancel | Deadline::Stop | Deadline::Kill,
            ..
        }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Observed(_)
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Step::stay(state),
    }
}

/// The deadline stands still while an image is fetched, and begins anew after that: how long a download takes says
/// nothing about the server.
fn progressed(state: &ServerState, (since, step): (Timestamp, StartStep), next: StartStep, at: &Moment) -> Step {
    let ServerState::Starting { deadline, .. } = state else { return Step::stay(state) };
    let to = |deadline, effects| Step::to(ServerState::Starting { since, deadline, step: next }, effects);
    match (step == StartStep::Pulling, next == StartStep::Pulling) {
        _ if step == next => Step::stay(state),
        (false, true) => to(*deadline, vec![Effect::ClearDeadline, Effect::Publish]),
        (true, false) => {
            let deadline = at.now.after(at.timeouts.start);
            let set = Effect::SetDeadline { deadline: Deadline::Start, at: deadline };
            to(deadline, vec![set, Effect::Publish])
        }
        (false, false) | (true, true) => to(*deadline, vec![Effect::Publish]),
    }
}

/// It runs and has not answered yet.
fn waiting(state: &ServerState, (since, url): (Timestamp, &str), input: Input, at: &Moment) -> Step {
    match input {
        Input::Answered => {
            let effects = vec![Effect::ClearDeadline, Effect::Publish, Effect::AddRoute { url: url.to_owned() }];
            Step::to(ServerState::Routing { since, url: url.to_owned() }, effects)
        }
        Input::Observed(liveness) => ended_early(state, liveness, at),
        Input::StopAsked { mode, cause } => stop(cause.into(), mode, at),
        Input::DeadlinePassed { deadline: Deadline::Answer, seen } => {
            give_up(no_answer(url, at.timeouts.answer, seen), at)
        }
        Input::StartAsked
        | Input::StartQueued
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::DeadlinePassed {
            deadline: Deadline::Start | Deadline::Cancel | Deadline::Stop | Deadline::Kill,
            ..
        }
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::StartFailed { .. }
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Step::stay(state),
    }
}

/// It answers; the proxy is being told.
fn routing(state: &ServerState, url: &str, input: Input, at: &Moment) -> Step {
    match input {
        Input::Routed { started } => {
            let started = started.unwrap_or(at.now);
            let effects = vec![Effect::Persist, Effect::Publish];
            Step::to(ServerState::Ready { url: url.to_owned(), started }, effects)
        }
        Input::RouteFailed { failure } => give_up(failure, at),
        Input::Observed(liveness) => ended_early(state, liveness, at),
        Input::StopAsked { mode, cause } => stop(cause.into(), mode, at),
        Input::StartAsked
        | Input::StartQueued
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::DeadlinePassed { .. }
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::StartFailed { .. }
        | Input::Answered
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Step::stay(state),
    }
}

/// It serves its user.
fn ready(state: &ServerState, input: Input, at: &Moment) -> Result<Step, Refused> {
    match input {
        Input::StartAsked | Input::StartQueued => Err(Refused::Running),
        Input::StopAsked { mode, cause } => Ok(stop(cause.into(), mode, at)),
        Input::Observed(Liveness::Running) => Ok(Step::stay(state)),
        Input::Observed(Liveness::Exited(exit)) => Ok(died(exit.last_exit(at.now), at)),
        Input::Observed(Liveness::Gone) => {
            Ok(died(LastExit::new(at.now, "gone", "The server was removed from outside."), at))
        }
        // Its engine was away and came back with it at another address.
        Input::Adopted { url } if state.url() != Some(&url) => {
            let effects = vec![Effect::Persist, Effect::Publish, Effect::AddRoute { url: url.clone() }];
            Ok(Step::to(ServerState::Routing { since: at.now, url }, effects))
        }
        Input::DeadlinePassed { .. }
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::StartFailed { .. }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Ok(Step::stay(state)),
    }
}

/// It goes down: first a cancelled start returns, then the driver's stop runs, gently and then by force.
fn stopping(
    state: &ServerState,
    (since, reason): (Timestamp, &StopReason),
    input: Input,
    at: &Moment,
) -> Result<Step, Refused> {
    let again = |mode| Ok(call_stop(since, reason.clone(), mode, at));
    match input {
        Input::StartAsked | Input::StartQueued => Err(Refused::Stopping),
        // The cancelled start returned, well or badly: what it left behind is stopped.
        Input::Started { .. } | Input::StartFailed { .. } => again(mode_for(reason)),
        Input::DeadlinePassed { deadline: Deadline::Cancel, .. } => again(mode_for(reason)),
        Input::StopAsked { mode: StopMode::Kill, .. }
        | Input::StopFailed { mode: StopMode::Graceful, .. }
        | Input::DeadlinePassed { deadline: Deadline::Stop, .. } => again(StopMode::Kill),
        Input::EngineGone { failure } => Ok(engine_away(since, reason, failure, at)),
        Input::EngineBack => again(mode_for(reason)),
        Input::Stopped { log } => Ok(ended(reason.clone(), log, at)),
        Input::StopFailed { mode: StopMode::Kill, failure } => Ok(not_stopped(reason, Some(failure), at)),
        Input::DeadlinePassed { deadline: Deadline::Kill, .. } => Ok(not_stopped(reason, None, at)),
        Input::StopAsked { mode: StopMode::Graceful, .. }
        | Input::DeadlinePassed { deadline: Deadline::Start | Deadline::Answer, .. }
        | Input::Progressed { .. }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Observed(_)
        | Input::LetIn
        | Input::Found
        | Input::Adopted { .. }
        | Input::NotAdopted { .. } => Ok(Step::stay(state)),
    }
}

/// Found in the store after a hub restart. Stays so for as long as its driver cannot say anything.
fn checking(state: &ServerState, input: Input, at: &Moment) -> Result<Step, Refused> {
    match input {
        Input::StartAsked | Input::StartQueued => Err(Refused::Checking),
        Input::Adopted { url } => {
            let effects = vec![Effect::Publish, Effect::AddRoute { url: url.clone() }];
            Ok(Step::to(ServerState::Routing { since: at.now, url }, effects))
        }
        Input::NotAdopted { failure } => {
            let Failure { kind, message, remedy, log } = failure;
            let exit = LastExit { at: at.now, reason: message, kind, remedy, log };
            Ok(stop(StopReason::Died { exit }, StopMode::Graceful, at))
        }
        Input::Observed(Liveness::Running) => Ok(Step::stay(state)),
        Input::Observed(Liveness::Exited(exit)) => Ok(died(exit.last_exit(at.now), at)),
        Input::Observed(Liveness::Gone) => {
            Ok(died(LastExit::new(at.now, "gone", "The server was no longer there when the hub came back."), at))
        }
        Input::StopAsked { mode, cause } => Ok(stop(cause.into(), mode, at)),
        Input::DeadlinePassed { .. }
        | Input::LetIn
        | Input::EngineGone { .. }
        | Input::EngineBack
        | Input::Progressed { .. }
        | Input::Started { .. }
        | Input::StartFailed { .. }
        | Input::Answered
        | Input::Routed { .. }
        | Input::RouteFailed { .. }
        | Input::Stopped { .. }
        | Input::StopFailed { .. }
        | Input::Found => Ok(Step::stay(state)),
    }
}

#[cfg(test)]
mod tests;
