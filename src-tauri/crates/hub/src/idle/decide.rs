//! The decision about one server at one moment. Pure: time, rules and what was seen come in, what is to be done goes out.

use labdeck_model::{Timestamp, UpcomingStop};

use super::rules::{Rules, in_words};

/// What is known of a server that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The present time.
    pub now: Timestamp,
    /// When it became ready.
    pub started: Timestamp,
    /// When anything of it was last seen to move: by the proxy, or by its own report.
    pub last_activity: Option<Timestamp>,
    /// Until when somebody wants it kept.
    pub awake_until: Option<Timestamp>,
    /// What its kernels do.
    pub kernels: Kernels,
    /// The stop that people were warned of, if they were.
    pub warned: Option<UpcomingStop>,
}

/// What a server says of its kernels and terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// It could not be asked. Then nothing is known of what it computes, and it is not stopped for being idle.
    Unknown,
    /// None computes.
    Quiet {
        /// When one of them, or a terminal, last wrote something.
        last: Option<Timestamp>,
    },
    /// At least one computes.
    Busy {
        /// When one of them, or a terminal, last wrote something.
        last: Option<Timestamp>,
    },
}

/// A rule by which servers are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nobody used it.
    Idle,
    /// It computed, said nothing, and nobody was there.
    BusyButSilent,
    /// It ran for as long as servers may.
    MaxAge,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing; a warning that was given is taken back.
    Nothing,
    /// People are to be told that it will be stopped.
    Warn(UpcomingStop),
    /// It is to be stopped.
    Stop {
        /// By which rule.
        rule: Rule,
        /// Why, a sentence for its user.
        words: String,
    },
}

/// Decides. Nobody's server is stopped without the warning that the rules promise, however late the hub notices.
pub fn decide(rules: &Rules, facts: &Facts) -> Decision {
    let Some((rule, due)) = next_stop(rules, facts) else { return Decision::Nothing };
    if facts.now < due.before(rules.warn) {
        return Decision::Nothing;
    }
    let warned = facts.warned.as_ref().filter(|warned| warned.rule == rule.word());
    let at = match warned {
        // What people were told holds, unless somebody's work has moved it since.
        Some(warned) => warned.at.max(due),
        None => due.max(facts.now.after(rules.warn)),
    };
    if facts.now >= at {
        return Decision::Stop { rule, words: stop_words(rule, rules) };
    }
    Decision::Warn(UpcomingStop { at, rule: rule.word().to_owned(), message: warning_words(rule, rules) })
}

/// The decision about the same server a moment later, when it is to be acted on; `None` where the server is another
/// one by then, or none: it was stopped or restarted meanwhile.
pub(super) fn decide_again(rules: &Rules, before: &Facts, now: Option<Facts>) -> Option<Decision> {
    now.filter(|now| now.started == before.started).map(|now| decide(rules, &now))
}

/// Whether the answer hangs on what the kernels do: only then is the server asked.
pub(super) fn hangs_on_kernels(rules: &Rules, facts: &Facts) -> bool {
    let with = |kernels| decide(rules, &Facts { kernels, ..facts.clone() });
    [Kernels::Quiet { last: None }, Kernels::Busy { last: None }].into_iter().any(|kernels| match with(kernels) {
        Decision::Nothing => false,
        Decision::Warn(stop) => stop.rule != Rule::MaxAge.word(),
        Decision::Stop { rule, .. } => rule != Rule::MaxAge,
    })
}

/// The rule that stops it first, and when.
fn next_stop(rules: &Rules, facts: &Facts) -> Option<(Rule, Timestamp)> {
    let last =
        |kernels: Option<Timestamp>| facts.started.max(facts.last_activity.max(kernels).unwrap_or(facts.started));
    let by_use = match facts.kernels {
        Kernels::Unknown => None,
        Kernels::Quiet { last: kernels } => rules.idle.map(|time| (Rule::Idle, last(kernels).after(time))),
        Kernels::Busy { last: kernels } => {
            rules.busy_silent.map(|time| (Rule::BusyButSilent, last(kernels).after(time)))
        }
    };
    let by_age = rules.max_age.map(|time| (Rule::MaxAge, facts.started.after(time)));
    let (rule, due) = [by_use, by_age].into_iter().flatten().min_by_key(|(_, due)| *due)?;
    Some((rule, facts.awake_until.map_or(due, |until| due.max(until))))
}

fn stop_words(rule: Rule, rules: &Rules) -> String {
    let time = |time: Option<std::time::Duration>| in_words(time.unwrap_or_default());
    match rule {
        Rule::Idle => format!("It was stopped because nobody had used it for {}.", time(rules.idle)),
        Rule::BusyButSilent => format!(
            "It was stopped because it had been computing for {} without writing anything, and nobody was there.",
            time(rules.busy_silent)
        ),
        Rule::MaxAge => format!("It was stopped because servers run for at most {} here.", time(rules.max_age)),
    }
}

fn warning_words(rule: Rule, rules: &Rules) -> String {
    let time = |time: Option<std::time::Duration>| in_words(time.unwrap_or_default());
    match rule {
        Rule::Idle => format!(
            "Servers that nobody uses are stopped after {}. Work in it, or keep it awake, and it runs on.",
            time(rules.idle)
        ),
        Rule::BusyButSilent => format!(
            "It computes and has written nothing for long; after {} it is stopped. Keep it awake if that is as it should be.",
            time(rules.busy_silent)
        ),
        Rule::MaxAge => {
            format!("Servers run for at most {} here. Save your work, or keep it awake.", time(rules.max_age))
        }
    }
}

// === impl Rule ===

impl Rule {
    /// The word that programs read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::BusyButSilent => "busy_but_silent",
            Self::MaxAge => "max_age",
        }
    }
}

#[cfg(test)]
mod tests;
