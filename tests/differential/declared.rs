//! Where we answer otherwise than JupyterHub, and why. Each entry must differ still: one that does not is to be taken
//! out. [`NOT_BUILT`] is for areas that are not there yet; who builds one empties it.

use std::collections::BTreeSet;

use crate::answer::Difference;
use crate::question::Question;

/// Differences of one kind.
#[derive(Debug)]
struct Declared {
    /// The areas (tables) in which it is found, separated by blanks.
    areas: &'static str,
    /// The questions, with `*` for anything.
    question: &'static str,
    /// The place in the answer, with `*` for anything.
    place: &'static str,
    /// Why it is so.
    why: &'static str,
}

const fn differs(areas: &'static str, question: &'static str, place: &'static str, why: &'static str) -> Declared {
    Declared { areas, question, place, why }
}

/// On purpose.
const DECLARED: &[Declared] = &[];

/// Not built yet. Shown when the test runs, and fails nobody; what is left of an area once it is built is mended, or
/// declared above with a reason.
const NOT_BUILT: &[Declared] = &[
    differs("groups", "*", "*", "groups"),
    differs("hub", "*", "*", "routes, authorizations, metrics, shutdown"),
    differs("rename", "*", "*", "PUT and PATCH of servers"),
    differs("services", "*", "*", "services"),
    differs("shares", "*", "*", "shares, share codes, the page of a share"),
    differs("info oauth pages servers session tokens users", "*", "*", "looked through one after the other"),
];

fn entries() -> impl Iterator<Item = &'static Declared> {
    DECLARED.iter().chain(NOT_BUILT)
}

// === impl Declared ===

impl Declared {
    fn is_in(&self, area: &str) -> bool {
        self.areas.split(' ').any(|known| known == area)
    }

    fn fits(&self, area: &str, question: &Question, place: &str) -> bool {
        self.is_in(area) && glob(self.question, &question.text) && glob(self.place, place)
    }
}

/// Whether a text is what a pattern says, in which `*` is anything.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            rest.is_empty() || (0..=text.len()).any(|at| text.is_char_boundary(at) && glob(rest, &text[at..]))
        }),
    }
}

#[test]
fn a_star_is_anything() {
    assert!(glob("*", "") && glob("a*c", "abbc") && glob("a*c*", "abcd") && glob("/a", "/a"));
    assert!(!glob("a*c", "ab") && !glob("/a", "/ab"));
}

/// What was found so far in one area.
#[derive(Debug)]
pub(crate) struct Verdict {
    area: String,
    asked: usize,
    declared: usize,
    undeclared: Vec<String>,
    not_built: Vec<String>,
    /// Entries that were found true, by their place in the lists.
    used: BTreeSet<usize>,
}

// === impl Verdict ===

impl Verdict {
    /// Nothing found yet.
    pub(crate) fn new(area: &str) -> Self {
        Self {
            area: area.to_owned(),
            asked: 0,
            declared: 0,
            undeclared: Vec::new(),
            not_built: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Takes the differences of one question.
    pub(crate) fn hear(&mut self, question: &Question, found: Vec<Difference>) {
        self.asked += 1;
        let (mut undeclared, mut not_built) = (Vec::new(), Vec::new());
        for (place, theirs, ours) in found {
            let line = format!("    {place:<28} {theirs}  ->  {ours}");
            let all = (0..).zip(entries());
            let fitting: Vec<usize> =
                all.filter(|(_, entry)| entry.fits(&self.area, question, &place)).map(|(at, _)| at).collect();
            match fitting.first() {
                None => undeclared.push(line),
                Some(at) if *at >= DECLARED.len() => not_built.push(line),
                Some(_) => self.declared += 1,
            }
            self.used.extend(fitting);
        }
        for (lines, list) in [(undeclared, &mut self.undeclared), (not_built, &mut self.not_built)] {
            if !lines.is_empty() {
                list.push(format!("{}\n{}", question.text, lines.join("\n")));
            }
        }
    }

    /// Prints, and fails where something is not as it is declared.
    pub(crate) fn end(self) {
        println!("{}: {} questions, {} declared differences", self.area, self.asked, self.declared);
        let unused = (0..).zip(entries()).filter(|(at, entry)| entry.is_in(&self.area) && !self.used.contains(at));
        let stale: Vec<_> =
            unused.map(|(_, entry)| format!("{} | {} | {}", entry.question, entry.place, entry.why)).collect();
        if !self.not_built.is_empty() {
            println!("==== not built yet: {} questions\n{}", self.not_built.len(), self.not_built.join("\n"));
        }
        if !self.undeclared.is_empty() {
            println!("==== undeclared: {} questions\n{}", self.undeclared.len(), self.undeclared.join("\n"));
        }
        assert!(stale.is_empty(), "declared, and no difference any more; take it out:\n{}", stale.join("\n"));
        let count = self.undeclared.len();
        assert!(count == 0, "{count} questions have another answer than JupyterHub's (theirs  ->  ours, above)");
    }
}
