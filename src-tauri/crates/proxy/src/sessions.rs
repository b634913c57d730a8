//! Sessions: what a route's server gets to see of its visitors' sessions. Servers remember for minutes whom they let
//! in, by the value of a cookie. When somebody is shut out, the visitors' values are renewed: to the server everybody
//! but those who are known to be welcome is a stranger, whom it has to ask about, and what it is sending them ends.
//! Owns the names and the list of what is under way on one route; who is welcome, and keeping the names over the end of
//! the program, is its maker's to do.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::{HeaderMap, HeaderValue, header};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Under which names a route's server knows its visitors' sessions.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SessionNames {
    /// Counts the renewals of one server: names with a lower number come too late and change nothing.
    pub number: u64,
    /// Values of the session cookie whose holders notice nothing, with the name that the server knew each by.
    pub known: HashMap<String, String>,
    /// What is appended to every other value. Nobody may be able to guess it, or a visitor could have been let in under
    /// the value beforehand.
    pub mark: String,
}

/// The sessions of one route.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Nothing until somebody is shut out: then requests pass untouched.
    names: ArcSwapOption<SessionNames>,
    /// Requests and tunnels from the moment that they are forwarded; each leaves when it is dropped.
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    visits: HashMap<u64, (Option<String>, CancellationToken)>,
}

/// The place of a request or a tunnel in the list.
pub(crate) struct Place {
    sessions: Arc<Sessions>,
    number: u64,
    /// Tripped when its visitor is shut out.
    pub(crate) shut_out: CancellationToken,
}

// === impl Sessions ===

impl Sessions {
    /// Lists a request. To be done before [`Self::rewrite`], so that a renewal between the two misses neither.
    pub(crate) fn enter(self: &Arc<Self>, headers: &HeaderMap, cookie: &str) -> Place {
        let shut_out = CancellationToken::new();
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.visits.insert(number, (session_of(headers, cookie), shut_out.clone()));
        Place { sessions: Arc::clone(self), number, shut_out }
    }

    /// Puts what the server may see in place of the session cookie. Also where the visitor sent none: a visitor whom
    /// the server knows without one must become a stranger too.
    pub(crate) fn rewrite(&self, headers: &mut HeaderMap, cookie: &str) {
        let names = self.names.load();
        let Some(names) = names.as_ref() else { return };
        let value = names.name(&session_of(headers, cookie).unwrap_or_default());
        let mut pairs: Vec<Vec<u8>> =
            pairs(headers).filter(|pair| !is_like(pair, cookie)).map(<[u8]>::to_vec).collect();
        pairs.push(format!("{cookie}={value}").into_bytes());
        headers.remove(header::COOKIE);
        if let Ok(value) = HeaderValue::from_bytes(&pairs.join(&b"; "[..])) {
            headers.insert(header::COOKIE, value);
        }
    }

    /// Takes new names, and ends what is under way for those who have none of them. Answers for how many.
    pub(crate) fn renew(&self, names: SessionNames) -> usize {
        let open = self.open.lock();
        if self.names.load().as_ref().is_some_and(|earlier| earlier.number >= names.number) {
            return 0;
        }
        let strangers = open.visits.values().filter(|(session, _)| {
            let kept = session.as_ref().is_some_and(|session| names.known.contains_key(session));
            !kept
        });
        let strangers: Vec<_> = strangers.map(|(_, shut_out)| shut_out).collect();
        // Whoever entered the list and read the earlier names is ended; whoever enters now reads the new ones.
        self.names.store(Some(Arc::new(names)));
        strangers.iter().for_each(|shut_out| shut_out.cancel());
        strangers.len()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("visits", &self.open.lock().visits.len()).finish_non_exhaustive()
    }
}

// === impl SessionNames ===

impl SessionNames {
    /// The next names of a server: those to keep are known as they were, everybody else gets the mark.
    #[must_use]
    pub fn renewed(earlier: Option<&Self>, keep: &HashSet<String>, mark: String) -> Self {
        let name = |session: &String| earlier.map_or_else(|| session.clone(), |earlier| earlier.name(session));
        let known = keep.iter().map(|session| (session.clone(), name(session))).collect();
        Self { number: earlier.map_or(1, |earlier| earlier.number + 1), known, mark }
    }

    fn name(&self, session: &str) -> String {
        self.known.get(session).cloned().unwrap_or_else(|| format!("{session}{}", self.mark))
    }
}

impl fmt::Debug for SessionNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, known) = (self.number, self.known.len());
        f.debug_struct("SessionNames").field("number", &number).field("known", &known).finish_non_exhaustive()
    }
}

// === impl Place ===

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.open.lock().visits.remove(&self.number);
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("number", &self.number).finish_non_exhaustive()
    }
}

/// The session, if exactly one is named: of several it is not known which one the server would read.
fn session_of(headers: &HeaderMap, cookie: &str) -> Option<String> {
    let mut found = pairs(headers).filter(|pair| is_like(pair, cookie));
    let only = found.next().filter(|_| found.next().is_none())?;
    let value = only.strip_prefix(cookie.as_bytes())?.strip_prefix(b"=")?;
    std::str::from_utf8(value).ok().map(str::to_owned)
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(header::COOKIE).iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b';')).map(<[u8]>::trim_ascii)
}

/// Whether some server might read this pair as the session cookie: more of what counts as a blank is stripped from
/// names by some than by others.
fn is_like(pair: &[u8], cookie: &str) -> bool {
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
    pair.is_empty() || name.windows(cookie.len()).any(|part| part.eq_ignore_ascii_case(cookie.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: &str = "session-id";

    fn sent(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(cookies.as_bytes()).unwrap())])
    }

    fn seen(sessions: &Sessions, cookies: &str) -> String {
        let mut headers = sent(cookies);
        sessions.rewrite(&mut headers, COOKIE);
        headers.get(header::COOKIE).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// The names after these, with those to keep.
    fn next(sessions: &Sessions, keep: &[&str], mark: &str) -> SessionNames {
        let keep = keep.iter().map(|text| (*text).to_owned()).collect::<HashSet<_>>();
        SessionNames::renewed(sessions.names.load().as_deref(), &keep, mark.to_owned())
    }

    fn renew(sessions: &Sessions, keep: &[&str], mark: &str) -> usize {
        sessions.renew(next(sessions, keep, mark))
    }

    #[test]
    fn nothing_is_touched_until_somebody_is_shut_out() {
        let sessions = Sessions::default();
        assert_eq!(seen(&sessions, "a=1;session-id=x"), "a=1;session-id=x");
        renew(&sessions, &["x"], "~1");
        assert_eq!(seen(&sessions, "a=1; session-id=x"), "a=1; session-id=x");
        assert_eq!(seen(&sessions, "session-id=y; a=1"), "a=1; session-id=y~1");
        assert_eq!(seen(&sessions, "a=1"), "a=1; session-id=~1");
    }

    #[test]
    fn who_is_kept_keeps_the_name_they_had() {
        let sessions = Sessions::default();
        renew(&sessions, &["x"], "~1");
        renew(&sessions, &["x", "y"], "~2");
        assert_eq!(seen(&sessions, "session-id=x"), "session-id=x");
        assert_eq!(seen(&sessions, "session-id=y"), "session-id=y~1");
        assert_eq!(seen(&sessions, "session-id=z"), "session-id=z~2");
    }

    #[test]
    fn names_that_come_too_late_change_nothing() {
        let sessions = Sessions::default();
        let (first, second) = (next(&sessions, &["x", "y"], "~1"), next(&sessions, &["x"], "~2"));
        let second = SessionNames { number: first.number + 1, ..second };
        sessions.renew(second);
        sessions.renew(first);
        assert_eq!(seen(&sessions, "session-id=y"), "session-id=y~2");
    }

    #[test]
    fn no_spelling_slips_through() {
        let sessions = Sessions::default();
        renew(&sessions, &["x"], "~1");
        for tricky in ["session-id=x; session-id=y", "Session-Id=x", "session-id =x", "session-id", "\u{b}session-id=x"]
        {
            let mut headers = HeaderMap::new();
            let Ok(value) = HeaderValue::from_bytes(tricky.as_bytes()) else { continue };
            headers.insert(header::COOKIE, value);
            sessions.rewrite(&mut headers, COOKIE);
            assert_eq!(headers[header::COOKIE].to_str().unwrap(), "session-id=~1", "{tricky:?}");
        }
    }

    #[test]
    fn visits_of_strangers_end_and_leave_the_list() {
        let sessions = Arc::new(Sessions::default());
        let kept = sessions.enter(&sent("session-id=x"), COOKIE);
        let stranger = sessions.enter(&sent("session-id=y"), COOKIE);
        let nameless = sessions.enter(&HeaderMap::new(), COOKIE);
        assert_eq!(renew(&sessions, &["x"], "~1"), 2);
        assert!(!kept.shut_out.is_cancelled() && stranger.shut_out.is_cancelled() && nameless.shut_out.is_cancelled());
        drop((kept, stranger, nameless));
        assert!(sessions.open.lock().visits.is_empty());
    }
}
