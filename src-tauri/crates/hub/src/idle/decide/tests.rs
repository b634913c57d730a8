//! The rules as a table, and what holds for all times and rules.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn at(minutes: u64) -> Timestamp {
    Timestamp::from_unix_micros(0).after(MINUTE * u32::try_from(minutes).unwrap())
}

fn rules(idle: u32, busy_silent: u32, max_age: u32) -> Rules {
    let time = |minutes: u32| (minutes > 0).then(|| MINUTE * minutes);
    Rules { idle: time(idle), busy_silent: time(busy_silent), max_age: time(max_age), warn: 10 * MINUTE }
}

fn facts(now: u64, kernels: Kernels) -> Facts {
    Facts { now: at(now), started: at(0), last_activity: None, awake_until: None, kernels, warned: None }
}

fn quiet(last: u64) -> Kernels {
    Kernels::Quiet { last: Some(at(last)) }
}

fn busy(last: u64) -> Kernels {
    Kernels::Busy { last: Some(at(last)) }
}

/// A decision in a few letters: nothing, `warn idle 60`, `stop idle`.
fn short(rules: &Rules, facts: &Facts) -> String {
    match decide(rules, facts) {
        Decision::Nothing => "nothing".to_owned(),
        Decision::Warn(stop) => format!("warn {} {}", stop.rule, stop.at.since(at(0)).as_secs() / 60),
        Decision::Stop { rule, words } => {
            assert!(words.starts_with("It was stopped because "), "{words}");
            format!("stop {}", rule.word())
        }
    }
}

fn warned(mut facts: Facts, rule: Rule, minute: u64) -> Facts {
    let message = String::new();
    facts.warned = Some(UpcomingStop { at: at(minute), rule: rule.word().to_owned(), message });
    facts
}

#[test]
fn the_table_holds() {
    let (idle, silent, age, all) = (rules(60, 0, 0), rules(0, 60, 0), rules(0, 0, 60), rules(60, 600, 6000));
    let table = [
        // Off is off.
        (rules(0, 0, 0), facts(9999, quiet(0)), "nothing"),
        // Idle: told ten minutes before, stopped when told.
        (idle, facts(49, quiet(0)), "nothing"),
        (idle, facts(50, quiet(0)), "warn idle 60"),
        (idle, warned(facts(59, quiet(0)), Rule::Idle, 60), "warn idle 60"),
        (idle, warned(facts(60, quiet(0)), Rule::Idle, 60), "stop idle"),
        // Somebody came back, or a kernel wrote something.
        (idle, warned(facts(60, quiet(55)), Rule::Idle, 60), "nothing"),
        (idle, warned(Facts { last_activity: Some(at(58)), ..facts(60, quiet(0)) }, Rule::Idle, 60), "nothing"),
        // A hub that was away still warns.
        (idle, facts(5000, quiet(0)), "warn idle 5010"),
        // A warning of another rule is no warning of this one.
        (idle, warned(facts(5000, quiet(0)), Rule::MaxAge, 5000), "warn idle 5010"),
        // Busy is not idle, and what cannot be asked is left alone.
        (idle, facts(5000, busy(0)), "nothing"),
        (idle, facts(5000, Kernels::Unknown), "nothing"),
        // Busy and silent.
        (silent, facts(50, busy(0)), "warn busy_but_silent 60"),
        (silent, warned(facts(60, busy(0)), Rule::BusyButSilent, 60), "stop busy_but_silent"),
        (silent, facts(60, busy(20)), "nothing"),
        (silent, facts(5000, quiet(0)), "nothing"),
        // Age: used or not, asked or not.
        (age, warned(facts(60, busy(60)), Rule::MaxAge, 60), "stop max_age"),
        (age, warned(facts(60, Kernels::Unknown), Rule::MaxAge, 60), "stop max_age"),
        (age, facts(49, quiet(49)), "nothing"),
        // The rule that comes first.
        (all, facts(50, quiet(0)), "warn idle 60"),
        (all, facts(590, busy(0)), "warn busy_but_silent 600"),
        // Kept awake, past every rule; afterwards people are told again.
        (idle, Facts { awake_until: Some(at(300)), ..facts(200, quiet(0)) }, "nothing"),
        (idle, Facts { awake_until: Some(at(300)), ..facts(290, quiet(0)) }, "warn idle 300"),
        (age, Facts { awake_until: Some(at(300)), ..warned(facts(60, quiet(0)), Rule::MaxAge, 60) }, "nothing"),
    ];
    for (number, (rules, facts, expected)) in table.iter().enumerate() {
        assert_eq!(short(rules, facts), *expected, "row {number}: {facts:?}");
    }
}

#[test]
fn without_a_warning_time_it_is_stopped_at_once() {
    let rules = Rules { warn: Duration::ZERO, ..rules(60, 0, 0) };
    assert_eq!(short(&rules, &facts(59, quiet(0))), "nothing");
    assert_eq!(short(&rules, &facts(60, quiet(0))), "stop idle");
}

#[test]
fn a_server_is_asked_only_where_its_answer_counts() {
    let asks = |rules: &Rules, now| hangs_on_kernels(rules, &facts(now, Kernels::Unknown));
    assert!(!asks(&rules(60, 0, 0), 49) && asks(&rules(60, 0, 0), 50));
    assert!(!asks(&rules(0, 0, 60), 5000), "age does not hang on kernels");
    assert!(asks(&rules(0, 60, 0), 50) && !asks(&rules(0, 0, 0), 5000));
}

fn kernels() -> impl Strategy<Value = Kernels> {
    let last = || proptest::option::of(0_u64..2000).prop_map(|last| last.map(at));
    prop_oneof![
        Just(Kernels::Unknown),
        last().prop_map(|last| Kernels::Quiet { last }),
        last().prop_map(|last| Kernels::Busy { last }),
    ]
}

proptest! {
    /// Round after round with the same facts: nobody is stopped before the promised warning has passed, a kept server
    /// is not stopped at all, and what is idle for good ends.
    #[test]
    fn a_stop_comes_after_its_warning_and_never_while_kept(
        (idle, silent, age, warn) in (0_u32..200, 0_u32..200, 0_u32..400, 0_u32..60),
        (from, last, kept) in (0_u64..1000, proptest::option::of(0_u64..1000), proptest::option::of(0_u64..1500)),
        kernels in kernels(),
    ) {
        let rules = Rules { warn: MINUTE * warn, ..rules(idle, silent, age) };
        let mut warned: Option<(u64, UpcomingStop)> = None;
        let mut stopped = None;
        for now in from..from + 2500 {
            let facts = Facts {
                last_activity: last.map(at),
                awake_until: kept.map(at),
                warned: warned.as_ref().map(|(_, stop)| stop.clone()),
                ..facts(now, kernels)
            };
            match decide(&rules, &facts) {
                Decision::Nothing => warned = None,
                Decision::Warn(stop) => {
                    prop_assert!(stop.at > facts.now);
                    let since = warned.filter(|(_, before)| before.rule == stop.rule).map_or(now, |(since, _)| since);
                    warned = Some((since, stop));
                }
                Decision::Stop { .. } => {
                    prop_assert!(kept.is_none_or(|kept| now >= kept), "kept");
                    let since = warned.as_ref().map_or(now, |(since, _)| *since);
                    prop_assert!(now >= since + u64::from(warn), "warned for {} of {warn}", now - since);
                    stopped = Some(now);
                    break;
                }
            }
        }
        let ends = match kernels {
            Kernels::Unknown => rules.max_age.is_some(),
            Kernels::Quiet { .. } => rules.idle.is_some() || rules.max_age.is_some(),
            Kernels::Busy { .. } => rules.busy_silent.is_some() || rules.max_age.is_some(),
        };
        let silent_by_then = !matches!(kernels, Kernels::Quiet { last: Some(last) } | Kernels::Busy { last: Some(last) } if last > at(from));
        prop_assert_eq!(stopped.is_some(), ends, "{:?} {:?}", silent_by_then, stopped);
    }
}

#[test]
fn a_stop_is_decided_again_when_it_is_acted_on() {
    let rules = rules(60, 0, 0);
    let due = warned(facts(71, quiet(0)), Rule::Idle, 70);
    let again = |now: Option<Facts>| decide_again(&rules, &due, now);
    assert!(matches!(again(Some(due.clone())), Some(Decision::Stop { .. })));
    let kept = Facts { awake_until: Some(at(200)), ..due.clone() };
    let used = Facts { last_activity: Some(at(71)), ..due.clone() };
    for back in [kept, used] {
        assert_eq!(again(Some(back)), Some(Decision::Nothing));
    }
    assert_eq!(again(Some(Facts { started: at(70), ..due.clone() })), None, "it was restarted");
    assert_eq!(again(None), None, "it does not run any more");
}
