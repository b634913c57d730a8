//! The route table: who serves which path, and when a route was last used. Reads are lock-free (one pointer load per
//! request), writes are serialised and replace the snapshot. Does not know what the opaque route data means.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::Value;
use time::OffsetDateTime;

use crate::gate::{Refusal, path};
use crate::routespec::Routespec;
use crate::sessions::{SessionNames, Sessions};
use crate::target::Target;
use crate::trie::Trie;

/// One route, as it stood when it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where the route begins.
    pub spec: Routespec,
    /// Where it leads.
    pub target: Target,
    /// Whatever its maker wanted to keep with it; the proxy never reads it.
    pub data: Arc<Value>,
    /// When it was added or last carried traffic, whichever is newer; millisecond resolution.
    pub last_activity: OffsetDateTime,
}

/// The shared table of routes; cloning it is cheap and gives the same table.
#[derive(Clone)]
pub struct RouteTable {
    inner: Arc<Inner>,
}

/// A route in the table, shared with the requests that it carries.
pub(crate) struct Entry {
    pub(crate) spec: Routespec,
    pub(crate) target: Target,
    /// Whether this is the route for everything that nobody else takes.
    pub(crate) is_default: bool,
    /// What the target may see of its visitors' sessions.
    pub(crate) sessions: Arc<Sessions>,
    data: Arc<Value>,
    /// Milliseconds since 1970.
    last_activity: AtomicI64,
    clock: Clock,
}

type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;
type Routes = Trie<Arc<Entry>>;

struct Inner {
    snapshot: ArcSwap<Snapshot>,
    /// Held while a new snapshot is made from the old one.
    writing: Mutex<()>,
    clock: Clock,
}

#[derive(Debug, Clone, Default)]
struct Snapshot {
    any_host: Routes,
    by_host: HashMap<String, Routes>,
}

// === impl RouteTable ===

impl RouteTable {
    /// An empty table that reads the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(OffsetDateTime::now_utc)
    }

    /// An empty table that takes the time of activity from `clock`.
    #[must_use]
    pub fn with_clock(clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        let inner = Inner { snapshot: ArcSwap::default(), writing: Mutex::new(()), clock: Arc::new(clock) };
        Self { inner: Arc::new(inner) }
    }

    /// Adds a route, or replaces the one with the same routespec. Requests already under way keep their old target.
    pub fn add(&self, spec: Routespec, target: Target, data: Value) {
        self.add_with_sessions(spec, target, data, None);
    }

    /// The same for a server that knows its visitors by names that were renewed before, in an earlier run.
    pub fn add_with_sessions(&self, spec: Routespec, target: Target, data: Value, names: Option<SessionNames>) {
        let sessions = self.sessions_at(&spec, &target);
        names.map(|names| sessions.renew(names));
        let entry = Arc::new(Entry {
            sessions,
            is_default: spec.is_default(),
            last_activity: AtomicI64::new(millis((self.inner.clock)())),
            clock: Arc::clone(&self.inner.clock),
            data: Arc::new(data),
            spec,
            target,
        });
        tracing::info!(route.spec = %entry.spec, route.target = %entry.target, "Route added {}", entry.spec.chp_path());
        self.change(|snapshot| {
            let routes = match entry.spec.host() {
                None => &mut snapshot.any_host,
                Some(host) => snapshot.by_host.entry(host.to_owned()).or_default(),
            };
            routes.insert(entry.spec.segments(), Arc::clone(&entry));
        });
    }

    /// Makes strangers of the visitors of a route whom its server knows, but for those whom `names` knows, and ends what
    /// it is sending to them: upgraded connections and answers. It holds until the route leads elsewhere. `false` when
    /// there is no such route.
    ///
    /// What counts as a visitor's session is told to the proxy by [`crate::ProxyBuilder::session_cookie`].
    pub fn renew_sessions(&self, spec: &Routespec, names: SessionNames) -> bool {
        let snapshot = self.inner.snapshot.load();
        let Some(entry) = snapshot.routes(spec.host()).and_then(|routes| routes.get(spec.segments())) else {
            return false;
        };
        let ended = entry.sessions.renew(names);
        tracing::info!(route.spec = %spec, visits = ended, "Renewed the sessions of {spec}");
        true
    }

    /// A route that is added again to the same target keeps its sessions: it is the same server.
    fn sessions_at(&self, spec: &Routespec, target: &Target) -> Arc<Sessions> {
        let snapshot = self.inner.snapshot.load();
        let known = snapshot.routes(spec.host()).and_then(|routes| routes.get(spec.segments()));
        known.filter(|entry| entry.target == *target).map(|entry| Arc::clone(&entry.sessions)).unwrap_or_default()
    }

    /// Takes a route away; `false` when there was none. Requests already under way are not cut.
    pub fn remove(&self, spec: &Routespec) -> bool {
        let removed = self.change(|snapshot| match spec.host() {
            None => snapshot.any_host.remove(spec.segments()).is_some(),
            Some(host) => {
                let Some(routes) = snapshot.by_host.get_mut(host) else { return false };
                let removed = routes.remove(spec.segments()).is_some();
                if routes.is_empty() {
                    snapshot.by_host.remove(host);
                }
                removed
            }
        });
        if removed {
            tracing::info!(route.spec = %spec, "Removing route {}", spec.chp_path());
        }
        removed
    }

    /// The route with exactly this routespec.
    #[must_use]
    pub fn get(&self, spec: &Routespec) -> Option<Route> {
        let snapshot = self.inner.snapshot.load();
        snapshot.routes(spec.host())?.get(spec.segments()).map(|entry| entry.route())
    }

    /// Every route, ordered by routespec.
    #[must_use]
    pub fn list(&self) -> Vec<Route> {
        let snapshot = self.inner.snapshot.load();
        let everywhere = std::iter::once(&snapshot.any_host).chain(snapshot.by_host.values());
        let mut routes: Vec<Route> = everywhere.flat_map(Trie::values).map(|entry| entry.route()).collect();
        routes.sort_by(|a, b| a.spec.cmp(&b.spec));
        routes
    }

    /// The route for a request: one that names the host wins over those for any host, then the longest prefix wins.
    ///
    /// `raw_path` is the path as sent; its deciding part is checked as `gate::path` says.
    pub(crate) fn find(&self, host: &str, raw_path: &str) -> Result<Option<Arc<Entry>>, Refusal> {
        let snapshot = self.inner.snapshot.load();
        if let Some(routes) = snapshot.by_host.get(host)
            && let Some(entry) = path::find(routes, raw_path)?
        {
            return Ok(Some(Arc::clone(entry)));
        }
        Ok(path::find(&snapshot.any_host, raw_path)?.cloned())
    }

    fn change<R>(&self, change: impl FnOnce(&mut Snapshot) -> R) -> R {
        let _guard = self.inner.writing.lock();
        let mut next = Snapshot::clone(&self.inner.snapshot.load());
        let result = change(&mut next);
        self.inner.snapshot.store(Arc::new(next));
        result
    }
}

impl Default for RouteTable {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

// === impl Snapshot ===

impl Snapshot {
    fn routes(&self, host: Option<&str>) -> Option<&Routes> {
        match host {
            None => Some(&self.any_host),
            Some(host) => self.by_host.get(host),
        }
    }
}

// === impl Entry ===

impl Entry {
    /// Notes traffic. Written only when it is newer by `at_least_ms`, so that busy routes do not fight over the word.
    pub(crate) fn touch(&self, at_least_ms: i64) {
        let now = millis((self.clock)());
        if now.saturating_sub(self.last_activity.load(Ordering::Relaxed)) >= at_least_ms {
            self.last_activity.fetch_max(now, Ordering::Relaxed);
        }
    }

    fn route(&self) -> Route {
        Route {
            spec: self.spec.clone(),
            target: self.target.clone(),
            data: Arc::clone(&self.data),
            last_activity: from_millis(self.last_activity.load(Ordering::Relaxed)),
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("spec", &self.spec).field("target", &self.target).finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("snapshot", &self.snapshot).finish_non_exhaustive()
    }
}

fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn from_millis(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;

    fn spec(text: &str) -> Routespec {
        Routespec::parse(text).unwrap()
    }

    fn target(port: u16) -> Target {
        Target::parse(&format!("http://127.0.0.1:{port}")).unwrap()
    }

    fn found(table: &RouteTable, host: &str, path: &str) -> Option<u16> {
        table.find(host, path).unwrap().map(|entry| entry.target.port())
    }

    #[test]
    fn add_overwrites_and_remove_reports() {
        let table = RouteTable::new();
        table.add(spec("/a/"), target(1), Value::from(1));
        table.add(spec("/a/"), target(2), Value::from(2));
        assert_eq!(table.list().len(), 1);
        let route = table.get(&spec("/a/")).unwrap();
        assert_eq!((route.target.port(), &*route.data), (2, &Value::from(2)));
        assert!(table.remove(&spec("/a/")));
        assert!(!table.remove(&spec("/a/")));
        assert_eq!(table.get(&spec("/a/")), None);
    }

    #[test]
    fn a_route_with_the_host_wins_over_one_for_any_host() {
        let table = RouteTable::new();
        table.add(spec("/"), target(1), Value::Null);
        table.add(spec("/user/ada/"), target(2), Value::Null);
        table.add(spec("ada.hub.org/"), target(3), Value::Null);
        assert_eq!(found(&table, "hub.org", "/user/ada/lab"), Some(2));
        assert_eq!(found(&table, "ada.hub.org", "/user/ada/lab"), Some(3));
        assert!(table.remove(&spec("ada.hub.org/")));
        assert_eq!(found(&table, "ada.hub.org", "/"), Some(1));
    }

    #[test]
    fn list_is_ordered_by_routespec() {
        let table = RouteTable::new();
        for text in ["/user/b/", "/", "/user/a/"] {
            table.add(spec(text), target(1), Value::Null);
        }
        let specs: Vec<_> = table.list().iter().map(|route| route.spec.to_string()).collect();
        assert_eq!(specs, ["/", "/user/a/", "/user/b/"]);
    }

    #[test]
    fn activity_moves_forward_only_and_by_the_asked_step() {
        let now = Arc::new(AtomicI64::new(10_000));
        let read = Arc::clone(&now);
        let table = RouteTable::with_clock(move || from_millis(read.load(Ordering::SeqCst)));
        table.add(spec("/a/"), target(1), Value::Null);
        let entry = table.find("h", "/a/").unwrap().unwrap();
        let activity = || millis(table.get(&spec("/a/")).unwrap().last_activity);
        for (at, step, wanted) in
            [(10_500, 1_000, 10_000), (11_000, 1_000, 11_000), (11_005, 1, 11_005), (9_000, 1, 11_005)]
        {
            now.store(at, Ordering::SeqCst);
            entry.touch(step);
            assert_eq!(activity(), wanted, "at {at}");
        }
    }
}
