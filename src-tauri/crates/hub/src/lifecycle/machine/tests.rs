//! The machine's table: every pair of state and input.
#![expect(clippy::wildcard_enum_match_arm, reason = "the tests pick out what they look at")]

mod walk;

use std::time::Duration;

use labdeck_model::{Failure, LastExit, ServerState, StartStep, StopReason, Timestamp};
use labdeck_spawner::{Exit, Liveness, StopMode};

use super::super::effects::{Deadline, Effect, Input, Refused, Step, StopCause};
use super::super::timeouts::Timeouts;
use super::*;

const URL: &str = "http://127.0.0.1:1";

fn moment() -> Moment {
    let second = Duration::from_secs(1);
    let timeouts = Timeouts {
        start: second,
        answer: second * 2,
        cancel: second * 3,
        stop: second * 4,
        kill: second * 5,
        poll: None,
    };
    Moment { now: Timestamp::from_unix_micros(7_000_000), timeouts }
}

fn failure(kind: &str) -> Failure {
    Failure::new(kind, "It failed.", "")
}

fn states() -> Vec<(&'static str, ServerState)> {
    let at = Timestamp::from_unix_micros(0);
    let url = URL.to_owned();
    let stopping = |reason| ServerState::Stopping { since: at, deadline: at, reason };
    let starting = |step| ServerState::Starting { since: at, deadline: at, step };
    vec![
        ("Stopped", ServerState::new()),
        ("Failed", ServerState::Failed { at, failure: failure("exited") }),
        ("HalfStopped", ServerState::Failed { at, failure: failure(STOP_FAILED) }),
        ("Queued", ServerState::Queued { since: at }),
        ("Begun", starting(StartStep::Queued)),
        ("Pulling", starting(StartStep::Pulling)),
        ("Waiting", ServerState::Waiting { since: at, url: url.clone(), deadline: at }),
        ("Routing", ServerState::Routing { since: at, url: url.clone() }),
        ("Ready", ServerState::Ready { url, started: at }),
        ("Stopping", stopping(StopReason::Asked)),
        ("Clearing", stopping(StopReason::StartFailed { failure: failure("exited") })),
        ("Dying", stopping(StopReason::Died { exit: LastExit::new(at, "exited", "It ended.") })),
        ("Checking", ServerState::Checking { since: at }),
    ]
}

fn inputs() -> Vec<(&'static str, Input)> {
    let passed = |deadline| Input::DeadlinePassed { deadline, seen: None };
    let stop = |mode| Input::StopAsked { mode, cause: StopCause::Asked };
    let not_stopped = |mode| Input::StopFailed { mode, failure: failure("engine_gone") };
    let step = |step| Input::Progressed { step };
    vec![
        ("StartAsked", Input::StartAsked),
        ("StartQueued", Input::StartQueued),
        ("LetIn", Input::LetIn),
        ("Queued", step(StartStep::Queued)),
        ("Pulling", step(StartStep::Pulling)),
        ("Creating", step(StartStep::Creating)),
        ("Started", Input::Started { url: URL.into() }),
        ("StartFailed", Input::StartFailed { failure: failure("image_not_found") }),
        ("Answered", Input::Answered),
        ("Routed", Input::Routed { started: None }),
        ("RouteFailed", Input::RouteFailed { failure: failure("no_route") }),
        ("Stop", stop(StopMode::Graceful)),
        ("Kill", stop(StopMode::Kill)),
        ("Stopped", Input::Stopped { log: vec!["last words".into()] }),
        ("StopFailed", not_stopped(StopMode::Graceful)),
        ("KillFailed", not_stopped(StopMode::Kill)),
        ("Runs", Input::Observed(Liveness::Running)),
        ("Exited", Input::Observed(Liveness::Exited(Exit { code: Some(1), log: vec!["x".into()], ..Exit::default() }))),
        ("Gone", Input::Observed(Liveness::Gone)),
        ("EngineGone", Input::EngineGone { failure: failure("engine_gone") }),
        ("EngineBack", Input::EngineBack),
        ("Late(Start)", passed(Deadline::Start)),
        ("Late(Answer)", passed(Deadline::Answer)),
        ("Late(Cancel)", passed(Deadline::Cancel)),
        ("Late(Stop)", passed(Deadline::Stop)),
        ("Late(Kill)", passed(Deadline::Kill)),
        ("Found", Input::Found),
        ("Adopted", Input::Adopted { url: URL.into() }),
        ("NotAdopted", Input::NotAdopted { failure: failure("no_answer") }),
    ]
}

fn state_named(wanted: &str) -> ServerState {
    states().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

fn input_named(wanted: &str) -> Input {
    inputs().into_iter().find(|(name, _)| *name == wanted).unwrap().1
}

/// The state's word with what matters of it.
fn told(state: &ServerState) -> String {
    match state {
        ServerState::Stopped { .. } => "Stopped".into(),
        ServerState::Queued { .. } => "Queued".into(),
        ServerState::Starting { step: StartStep::Queued, .. } => "Begun".into(),
        ServerState::Starting { step, .. } => format!("{step:?}"),
        ServerState::Waiting { .. } => "Waiting".into(),
        ServerState::Routing { .. } => "Routing".into(),
        ServerState::Ready { .. } => "Ready".into(),
        ServerState::Stopping { reason: StopReason::StartFailed { failure }, .. } => {
            format!("Clearing({})", failure.kind)
        }
        ServerState::Stopping { reason: StopReason::Died { .. }, .. } => "Dying".into(),
        ServerState::Stopping { .. } => "Stopping".into(),
        ServerState::Checking { .. } => "Checking".into(),
        ServerState::Failed { failure, .. } => format!("Failed({})", failure.kind),
    }
}

fn shown(result: &Result<Step, Refused>) -> String {
    let step = match result {
        Ok(step) => step,
        Err(refused) => return format!("refused {refused:?}"),
    };
    let effects: Vec<String> = step
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::SetDeadline { deadline, at } => format!("{deadline:?}+{}", at.since(moment().now).as_secs()),
            Effect::CallStop { mode } => format!("{mode:?}"),
            Effect::Probe { .. } => "Probe".into(),
            Effect::AddRoute { .. } => "AddRoute".into(),
            other => format!("{other:?}"),
        })
        .collect();
    format!("{}: {}", told(&step.next), effects.join(" "))
}

/// All pairs that do something; every other one must stay.
const TABLE: &str = "
Stopped StartQueued = Queued: Persist Publish
Failed StartQueued = Queued: Persist Publish
HalfStopped StartQueued = Queued: Persist Publish
Queued LetIn = Begun: Start+1 Persist Publish MintTokens CallStart
Queued StartFailed = Clearing(image_not_found): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Queued Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Queued Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Ready StartQueued = refused Running
Stopping StartQueued = refused Stopping
Stopping EngineGone = Stopping: DropCall ClearDeadline Persist Publish AwaitEngine
Stopping EngineBack = Stopping: DropCall Stop+4 TakeLog Graceful
Clearing StartQueued = refused Stopping
Clearing EngineGone = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Clearing EngineBack = Clearing(exited): DropCall Kill+5 TakeLog Kill
Dying StartQueued = refused Stopping
Dying EngineGone = Dying: DropCall ClearDeadline Persist Publish AwaitEngine
Dying EngineBack = Dying: DropCall Kill+5 TakeLog Kill
Checking StartQueued = refused Checking
Stopped StartAsked = Begun: Start+1 Persist Publish MintTokens CallStart
Failed StartAsked = Begun: Start+1 Persist Publish MintTokens CallStart
HalfStopped StartAsked = Begun: Start+1 Persist Publish MintTokens CallStart
Stopped Found = Checking: Publish CallCheck
Failed Found = Checking: Publish CallCheck
HalfStopped Found = Checking: Publish CallCheck
HalfStopped Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
HalfStopped Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Begun Pulling = Pulling: ClearDeadline Publish
Begun Creating = Creating: Publish
Pulling Queued = Begun: Start+1 Publish
Pulling Creating = Creating: Start+1 Publish
Begun Started = Waiting: Answer+2 Persist Publish Probe
Pulling Started = Waiting: Answer+2 Persist Publish Probe
Begun StartFailed = Clearing(image_not_found): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Pulling StartFailed = Clearing(image_not_found): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Begun Stop = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Begun Kill = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Stop = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Kill = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Begun Late(Start) = Clearing(start_timeout): DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Late(Start) = Clearing(start_timeout): DeleteRoute Cancel+3 CancelStart Persist Publish
Waiting Answered = Routing: ClearDeadline Publish AddRoute
Waiting Exited = Clearing(exited): DeleteRoute Persist Publish DropCall Kill+5 Kill
Waiting Gone = Clearing(gone): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Waiting Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Waiting Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Waiting Late(Answer) = Clearing(start_timeout): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Routed = Ready: Persist Publish
Routing RouteFailed = Clearing(no_route): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Exited = Clearing(exited): DeleteRoute Persist Publish DropCall Kill+5 Kill
Routing Gone = Clearing(gone): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Routing Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Ready StartAsked = refused Running
Ready Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Ready Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Ready Exited = Dying: DeleteRoute Persist Publish DropCall Kill+5 Kill
Ready Gone = Dying: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Stopping StartAsked = refused Stopping
Stopping Started = Stopping: DropCall Stop+4 TakeLog Graceful
Stopping StartFailed = Stopping: DropCall Stop+4 TakeLog Graceful
Stopping Late(Cancel) = Stopping: DropCall Stop+4 TakeLog Graceful
Stopping Kill = Stopping: DropCall Kill+5 TakeLog Kill
Stopping StopFailed = Stopping: DropCall Kill+5 TakeLog Kill
Stopping Late(Stop) = Stopping: DropCall Kill+5 TakeLog Kill
Stopping Stopped = Stopped: ClearDeadline RevokeTokens Persist Publish
Stopping KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Stopping Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Clearing StartAsked = refused Stopping
Clearing Started = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing StartFailed = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Late(Cancel) = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Kill = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing StopFailed = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Late(Stop) = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Stopped = Failed(exited): ClearDeadline RevokeTokens Persist Publish
Clearing KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Clearing Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Dying StartAsked = refused Stopping
Dying Started = Dying: DropCall Kill+5 TakeLog Kill
Dying StartFailed = Dying: DropCall Kill+5 TakeLog Kill
Dying Late(Cancel) = Dying: DropCall Kill+5 TakeLog Kill
Dying Kill = Dying: DropCall Kill+5 TakeLog Kill
Dying StopFailed = Dying: DropCall Kill+5 TakeLog Kill
Dying Late(Stop) = Dying: DropCall Kill+5 TakeLog Kill
Dying Stopped = Stopped: ClearDeadline RevokeTokens Persist Publish
Dying KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Dying Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Checking StartAsked = refused Checking
Checking Adopted = Routing: Publish AddRoute
Checking NotAdopted = Dying: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Checking Exited = Dying: DeleteRoute Persist Publish DropCall Kill+5 Kill
Checking Gone = Dying: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Checking Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Checking Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
";

#[test]
fn every_pair_of_state_and_input_does_what_the_table_says() {
    let mut rows: Vec<&str> = TABLE.trim().lines().collect();
    let mut unknown = Vec::new();
    for (state_name, state) in states() {
        for (input_name, input) in inputs() {
            let result = step(&state, input, &moment());
            let row = format!("{state_name} {input_name} = {}", shown(&result));
            match rows.iter().position(|known| *known == row) {
                Some(known) => drop(rows.remove(known)),
                None if result == Ok(Step::stay(&state)) => {}
                None => unknown.push(row),
            }
        }
    }
    assert!(unknown.is_empty(), "pairs that the table does not know:\n{}", unknown.join("\n"));
    assert_eq!(rows, [""; 0], "rows that no pair gives");
}

#[test]
fn a_failed_start_shows_the_servers_last_lines() {
    let clearing = state_named("Clearing");
    let stopped = input_named("Stopped");
    let ServerState::Failed { failure, at } = step(&clearing, stopped, &moment()).unwrap().next else { panic!() };
    assert_eq!((failure.kind.as_str(), failure.log, at), ("exited", vec!["last words".to_owned()], moment().now));
}

#[test]
fn a_failed_start_that_cannot_be_cleared_away_still_says_why_it_failed() {
    let clearing = state_named("Clearing");
    let late = input_named("Late(Kill)");
    let ServerState::Failed { failure, .. } = step(&clearing, late, &moment()).unwrap().next else { panic!() };
    assert_eq!(failure.kind, STOP_FAILED);
    assert!(failure.message.starts_with("It failed. What is left of it"), "{}", failure.message);
}

#[test]
fn an_adopted_server_keeps_the_time_of_its_start() {
    let long_ago = Timestamp::from_unix_micros(1);
    let routing = state_named("Routing");
    let next = step(&routing, Input::Routed { started: Some(long_ago) }, &moment()).unwrap().next;
    assert_eq!(next, ServerState::Ready { url: URL.into(), started: long_ago });
}
