//! [`Verdict`]: what was found in one area, held against what is declared.

use std::collections::BTreeSet;

use crate::answer::Difference;
use crate::declared::DECLARED;
use crate::kind::Declared;
use crate::question::Question;

/// What was found so far in one area.
#[derive(Debug)]
pub(crate) struct Verdict {
    area: String,
    asked: usize,
    declared: usize,
    /// Questions with what differs and is not declared.
    undeclared: Vec<String>,
    /// Entries that were found true, by their place in the list.
    used: BTreeSet<usize>,
}

// === impl Verdict ===

impl Verdict {
    /// Nothing found yet.
    pub(crate) fn new(area: &str) -> Self {
        Self { area: area.to_owned(), asked: 0, declared: 0, undeclared: Vec::new(), used: BTreeSet::new() }
    }

    /// Takes the differences of one question.
    pub(crate) fn hear(&mut self, question: &Question, found: Vec<Difference>) {
        self.asked += 1;
        for (place, theirs, ours) in found {
            let line = if says_more(&place, &theirs, &ours) {
                format!("{place}: the same, and more: {theirs} -> {ours}")
            } else {
                format!("{place}: {theirs} -> {ours}")
            };
            let all = (0..).zip(DECLARED);
            let fitting: Vec<usize> =
                all.filter(|(_, entry)| entry.fits(&self.area, question, &line)).map(|(at, _)| at).collect();
            if fitting.is_empty() {
                self.undeclared.push(format!("{}\n    {line}", question.text));
            } else {
                self.declared += 1;
            }
            self.used.extend(fitting);
        }
    }

    /// Prints, and fails where something is not as it is declared.
    pub(crate) fn end(self) {
        println!("{}: {} questions, {} declared differences", self.area, self.asked, self.declared);
        let counts = |entry: &Declared| entry.areas != "*" && entry.is_in(&self.area);
        let unused = (0..).zip(DECLARED).filter(|(at, entry)| counts(entry) && !self.used.contains(at));
        let stale: Vec<_> =
            unused.map(|(_, entry)| format!("{} | {} | {}", entry.question, entry.change, entry.why)).collect();
        assert!(
            self.undeclared.is_empty() && stale.is_empty(),
            "{}: not declared (theirs -> ours):\n{}\n==== declared, and no difference any more; take it out:\n{}",
            self.area,
            self.undeclared.join("\n"),
            stale.join("\n")
        );
    }
}

/// Whether a message begins with all that the other says.
fn says_more(place: &str, theirs: &str, ours: &str) -> bool {
    let words = theirs.strip_suffix('"').filter(|words| words.len() > 1);
    place.ends_with("/message") && words.is_some_and(|words| ours.starts_with(words))
}
