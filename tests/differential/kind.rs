//! [`Declared`]: a kind of difference that is meant, and which differences are of it. The list is `declared.rs`.

use crate::question::Question;

/// Differences of one kind.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The areas (tables) in which it is found, separated by blanks; `*` where it may be found anywhere.
    pub(crate) areas: &'static str,
    /// The questions, with `*` for anything.
    pub(crate) question: &'static str,
    /// Place, theirs and ours as they are printed (`status: 403 -> 404`), with `*` for anything.
    pub(crate) change: &'static str,
    /// Why it is so.
    pub(crate) why: &'static str,
}

pub(crate) const fn differs(
    areas: &'static str,
    question: &'static str,
    change: &'static str,
    why: &'static str,
) -> Declared {
    Declared { areas, question, change, why }
}

// === impl Declared ===

impl Declared {
    /// Whether it is to be found in that area; `*` is everywhere.
    pub(crate) fn is_in(&self, area: &str) -> bool {
        self.areas == "*" || self.areas.split(' ').any(|known| known == area)
    }

    /// Whether a difference is of this kind.
    pub(crate) fn fits(&self, area: &str, question: &Question, change: &str) -> bool {
        self.is_in(area) && glob(self.question, &question.text) && glob(self.change, change)
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
