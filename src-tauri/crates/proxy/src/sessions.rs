//! Sessions: what a route's server gets to see of its visitors' sessions. Servers remember for minutes whom they let
//! in, by the value of a cookie. When somebody is shut out, the visitors' values are renewed: to the server everybody
//! but those who are known to be welcome is a stranger, whom it has to ask about, and their open connections end.
//! Owns the names and the list of open tunnels of one route; who is welcome is its maker's to say.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::{HeaderMap, HeaderValue, header};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Who stays as they are, and how everybody else is marked.
#[derive(Clone)]
pub struct SessionRenewal {
    /// Values of the session cookie whose holders notice nothing.
    pub keep: HashSet<String>,
    /// What is appended to every other value. Nobody may be able to guess it, or a visitor could have been let in under
    /// the value beforehand.
    pub mark: String,
}

/// The sessions of one route.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Nothing until somebody is shut out: then requests pass untouched.
    seen: ArcSwapOption<Seen>,
    /// Tunnels from the moment that their handshake is forwarded; each leaves when it is dropped.
    open: Mutex<Open>,
}

struct Seen {
    as_they_were: HashMap<String, String>,
    mark: String,
}

#[derive(Default)]
struct Open {
    next: u64,
    tunnels: HashMap<u64, (Option<String>, CancellationToken)>,
}

/// A tunnel's place in the list.
pub(crate) struct Place {
    sessions: Arc<Sessions>,
    number: u64,
    /// Tripped when its visitor is shut out.
    pub(crate) shut_out: CancellationToken,
}

// === impl Sessions ===

impl Sessions {
    /// Lists a tunnel. To be done before [`Self::rewrite`], so that a renewal between the two misses neither.
    pub(crate) fn enter(self: &Arc<Self>, headers: &HeaderMap, cookie: &str) -> Place {
        let shut_out = CancellationToken::new();
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.tunnels.insert(number, (session_of(headers, cookie), shut_out.clone()));
        Place { sessions: Arc::clone(self), number, shut_out }
    }

    /// Puts what the server may see in place of the session cookie. Also where the visitor sent none: a visitor whom
    /// the server knows without one must become a stranger too.
    pub(crate) fn rewrite(&self, headers: &mut HeaderMap, cookie: &str) {
        let seen = self.seen.load();
        let Some(seen) = seen.as_ref() else { return };
        let value = seen.name(&session_of(headers, cookie).unwrap_or_default());
        let mut pairs: Vec<Vec<u8>> =
            pairs(headers).filter(|pair| !is_like(pair, cookie)).map(<[u8]>::to_vec).collect();
        pairs.push(format!("{cookie}={value}").into_bytes());
        headers.remove(header::COOKIE);
        if let Ok(value) = HeaderValue::from_bytes(&pairs.join(&b"; "[..])) {
            headers.insert(header::COOKIE, value);
        }
    }

    /// Makes strangers of all but those to keep, and ends their tunnels.
    pub(crate) fn renew(&self, renewal: &SessionRenewal) -> usize {
        let open = self.open.lock();
        let earlier = self.seen.load();
        let name = |session: &String| match earlier.as_ref() {
            Some(seen) => seen.name(session),
            None => session.clone(),
        };
        let as_they_were = renewal.keep.iter().map(|session| (session.clone(), name(session))).collect();
        self.seen.store(Some(Arc::new(Seen { as_they_were, mark: renewal.mark.clone() })));
        let strangers = open.tunnels.values().filter(|(session, _)| {
            let kept = session.as_ref().is_some_and(|session| renewal.keep.contains(session));
            !kept
        });
        strangers.map(|(_, shut_out)| shut_out.cancel()).count()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("tunnels", &self.open.lock().tunnels.len()).finish_non_exhaustive()
    }
}

// === impl Seen ===

impl Seen {
    fn name(&self, session: &str) -> String {
        self.as_they_were.get(session).cloned().unwrap_or_else(|| format!("{session}{}", self.mark))
    }
}

// === impl SessionRenewal ===

impl fmt::Debug for SessionRenewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRenewal").field("keep", &self.keep.len()).finish_non_exhaustive()
    }
}

// === impl Place ===

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.open.lock().tunnels.remove(&self.number);
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

    fn renewal(keep: &[&str], mark: &str) -> SessionRenewal {
        SessionRenewal { keep: keep.iter().map(|text| (*text).to_owned()).collect(), mark: mark.to_owned() }
    }

    #[test]
    fn nothing_is_touched_until_somebody_is_shut_out() {
        let sessions = Sessions::default();
        assert_eq!(seen(&sessions, "a=1;session-id=x"), "a=1;session-id=x");
        sessions.renew(&renewal(&["x"], "~1"));
        assert_eq!(seen(&sessions, "a=1; session-id=x"), "a=1; session-id=x");
        assert_eq!(seen(&sessions, "session-id=y; a=1"), "a=1; session-id=y~1");
        assert_eq!(seen(&sessions, "a=1"), "a=1; session-id=~1");
    }

    #[test]
    fn who_is_kept_keeps_the_name_they_had() {
        let sessions = Sessions::default();
        sessions.renew(&renewal(&["x"], "~1"));
        sessions.renew(&renewal(&["x", "y"], "~2"));
        assert_eq!(seen(&sessions, "session-id=x"), "session-id=x");
        assert_eq!(seen(&sessions, "session-id=y"), "session-id=y~1");
        assert_eq!(seen(&sessions, "session-id=z"), "session-id=z~2");
    }

    #[test]
    fn no_spelling_slips_through() {
        let sessions = Sessions::default();
        sessions.renew(&renewal(&["x"], "~1"));
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
    fn tunnels_of_strangers_end_and_leave_the_list() {
        let sessions = Arc::new(Sessions::default());
        let kept = sessions.enter(&sent("session-id=x"), COOKIE);
        let stranger = sessions.enter(&sent("session-id=y"), COOKIE);
        let nameless = sessions.enter(&HeaderMap::new(), COOKIE);
        assert_eq!(sessions.renew(&renewal(&["x"], "~1")), 2);
        assert!(!kept.shut_out.is_cancelled() && stranger.shut_out.is_cancelled() && nameless.shut_out.is_cancelled());
        drop((kept, stranger, nameless));
        assert!(sessions.open.lock().tunnels.is_empty());
    }
}
