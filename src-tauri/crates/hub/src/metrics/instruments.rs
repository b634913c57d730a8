//! [`Metrics`]: the instruments. Names, labels and bounds are JupyterHub 6.1's (`metrics.py`).

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, Opts, Registry, TextEncoder,
};

use super::{Turn, process};

/// The bounds of prometheus_client, which are JupyterHub's where it names no others.
const USUAL: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Starts take longer.
const STARTS: [f64; 12] = [0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0];
/// Nothing below what is slept is of interest.
const LOOP: [f64; 15] = [0.05, 0.055, 0.06, 0.065, 0.07, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The form of the text, as Prometheus knows it.
pub const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Success,
    /// Not.
    Failure,
}

/// Numbers that are asked for when somebody looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Servers that are ready.
    pub running_servers: u64,
    /// Everybody.
    pub total_users: u64,
    /// Those who were active in the last 24 hours, 7 days, 30 days.
    pub active_users: [u64; 3],
}

/// All instruments of a hub.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    starts: HistogramVec,
    stops: HistogramVec,
    proxy_add: HistogramVec,
    proxy_delete: HistogramVec,
    logins: HistogramVec,
    logouts: Histogram,
    check_routes: Histogram,
    proxy_poll: Histogram,
    hub_startup: Histogram,
    init_spawners: Histogram,
    event_loop: Histogram,
    running_servers: Gauge,
    total_users: Gauge,
    active_users: GaugeVec,
}

/// Where instruments are made: those that cannot be made are a mistake of ours or a prefix that is no name.
struct Maker {
    prefix: String,
    registry: Registry,
}

// === impl Maker ===

impl Maker {
    fn keep<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> prometheus::Result<C> {
        let made = made?;
        self.registry.register(Box::new(made.clone()))?;
        Ok(made)
    }

    fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> prometheus::Result<Histogram> {
        self.keep(Histogram::with_opts(self.opts(name, help, bounds)))
    }

    fn histograms(&self, name: &str, help: &str, bounds: &[f64], labels: &[&str]) -> prometheus::Result<HistogramVec> {
        self.keep(HistogramVec::new(self.opts(name, help, bounds), labels))
    }

    fn opts(&self, name: &str, help: &str, bounds: &[f64]) -> HistogramOpts {
        HistogramOpts::new(name, help).namespace(self.prefix.clone()).buckets(bounds.to_vec())
    }

    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<Gauge> {
        self.keep(Gauge::with_opts(Opts::new(name, help).namespace(self.prefix.clone())))
    }
}

// === impl Metrics ===

impl Metrics {
    /// The instruments, as the environment wants them: `JUPYTERHUB_METRICS_PREFIX`, and bounds for starts and stops.
    ///
    /// # Errors
    /// When the prefix cannot begin a name.
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> prometheus::Result<Self> {
        let prefix = variable("JUPYTERHUB_METRICS_PREFIX").unwrap_or_else(|| "jupyterhub".to_owned());
        let bounds = |name: &str, usual: &[f64]| {
            variable(name).and_then(|text| parse_bounds(&text)).unwrap_or_else(|| usual.to_vec())
        };
        let start_bounds = bounds("JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS_BUCKETS", &STARTS);
        let stop_bounds = bounds("JUPYTERHUB_SERVER_STOP_DURATION_SECONDS_BUCKETS", &USUAL);
        let make = Maker { prefix, registry: Registry::new() };
        let status = &["status"];
        let active = Opts::new("active_users", "Users who were active in the period").namespace(make.prefix.clone());
        let polls = make.histograms("server_poll_duration_seconds", "Looks at a server", &USUAL, status)?;
        for value in ["running", "stopped"] {
            polls.with_label_values(&[value]);
        }
        let csp = Opts::new("csp_reports_total", "Reports of violated content policies").namespace(make.prefix.clone());
        make.keep(IntCounter::with_opts(csp))?;
        let requests = ["method", "handler", "code"];
        let metrics = Self {
            requests: make.histograms("request_duration_seconds", "Requests to the hub", &USUAL, &requests)?,
            starts: make.histograms(
                "server_spawn_duration_seconds",
                "Starts of servers",
                &start_bounds,
                &["status", "reason"],
            )?,
            stops: make.histograms("server_stop_seconds", "Stops of servers", &stop_bounds, status)?,
            proxy_add: make.histograms("proxy_add_duration_seconds", "Routes added", &USUAL, status)?,
            proxy_delete: make.histograms("proxy_delete_duration_seconds", "Routes removed", &USUAL, status)?,
            logins: make.histograms("login_duration_seconds", "Attempts to sign in", &USUAL, status)?,
            logouts: make.histogram("logout_duration_seconds", "Sign-outs", &USUAL)?,
            check_routes: make.histogram("check_routes_duration_seconds", "Checks of all routes", &USUAL)?,
            proxy_poll: make.histogram("proxy_poll_duration_seconds", "Reading all routes", &USUAL)?,
            hub_startup: make.histogram("hub_startup_duration_seconds", "The start of the hub", &USUAL)?,
            init_spawners: make.histogram("init_spawners_duration_seconds", "Finding servers again", &USUAL)?,
            event_loop: make.histogram("event_loop_interval_seconds", "How late tasks come to run", &LOOP)?,
            running_servers: make.gauge("running_servers", "Servers that are ready")?,
            total_users: make.gauge("total_users", "Users")?,
            active_users: make.keep(GaugeVec::new(active, &["period"]))?,
            registry: make.registry,
        };
        metrics.begin();
        Ok(metrics)
    }

    /// Makes every row that may come, so that a graph knows it before it first happens.
    fn begin(&self) {
        for value in ["success", "failure"] {
            for rows in [&self.stops, &self.proxy_add, &self.proxy_delete, &self.logins] {
                rows.with_label_values(&[value]);
            }
        }
        for value in ["success", "failure", "error"] {
            self.starts.with_label_values(&[value, ""]);
        }
        for reason in ["throttled", "too-many-users", "already-pending"] {
            self.starts.with_label_values(&["failure", reason]);
        }
    }

    /// A request was answered. `handler` is the route, not the path.
    pub fn request(&self, method: &str, handler: &str, code: u16, took: Duration) {
        self.requests.with_label_values(&[method, handler, &code.to_string()]).observe(took.as_secs_f64());
    }

    /// Something that the hub did with a server came to its end.
    pub fn turn(&self, turn: Turn) {
        match turn {
            Turn::Started(took) => self.starts.with_label_values(&["success", ""]).observe(took.as_secs_f64()),
            Turn::StartFailed(took) => self.starts.with_label_values(&["failure", ""]).observe(took.as_secs_f64()),
            Turn::Stopped(took) => observe(&self.stops, Outcome::Success, took),
            Turn::StopFailed(took) => observe(&self.stops, Outcome::Failure, took),
        }
    }

    /// A start was refused for now.
    pub fn start_refused(&self, reason: &'static str) {
        self.starts.with_label_values(&["failure", reason]).observe(0.0);
    }

    /// A route was added, or could not be.
    pub fn route_added(&self, outcome: Outcome, took: Duration) {
        observe(&self.proxy_add, outcome, took);
    }

    /// A route was taken away, or could not be.
    pub fn route_deleted(&self, outcome: Outcome, took: Duration) {
        observe(&self.proxy_delete, outcome, took);
    }

    /// Somebody tried to sign in.
    pub fn login(&self, outcome: Outcome, took: Duration) {
        observe(&self.logins, outcome, took);
    }

    /// Somebody signed out.
    pub fn logout(&self, took: Duration) {
        self.logouts.observe(took.as_secs_f64());
    }

    /// All routes were checked.
    pub fn routes_checked(&self, took: Duration) {
        self.check_routes.observe(took.as_secs_f64());
    }

    /// All routes were read.
    pub fn routes_read(&self, took: Duration) {
        self.proxy_poll.observe(took.as_secs_f64());
    }

    /// The hub has started.
    pub fn started(&self, took: Duration) {
        self.hub_startup.observe(took.as_secs_f64());
    }

    /// Servers of earlier runs were looked for.
    pub fn servers_found(&self, took: Duration) {
        self.init_spawners.observe(took.as_secs_f64());
    }

    /// A short sleep took so long.
    pub fn slept(&self, took: Duration) {
        self.event_loop.observe(took.as_secs_f64());
    }

    /// Everything as text in the form [`TEXT_FORMAT`].
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub fn text(&self, counts: Counts) -> prometheus::Result<String> {
        self.running_servers.set(counts.running_servers as f64);
        self.total_users.set(counts.total_users as f64);
        for (period, count) in ["24h", "7d", "30d"].into_iter().zip(counts.active_users) {
            self.active_users.with_label_values(&[period]).set(count as f64);
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(format!("{}{}", String::from_utf8_lossy(&text), process::text()))
    }
}

fn observe(rows: &HistogramVec, outcome: Outcome, took: Duration) {
    let status = match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
    };
    rows.with_label_values(&[status]).observe(took.as_secs_f64());
}

/// Bounds as JupyterHub's variables write them: `0.5,1,2.5,inf`. The last one is always there.
fn parse_bounds(text: &str) -> Option<Vec<f64>> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    let numbers: Vec<f64> = numbers.ok()?.into_iter().filter(|number: &f64| number.is_finite()).collect();
    let rising = numbers.windows(2).all(|pair| pair.first() < pair.last());
    (rising && !numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_rows_are_jupyterhubs() {
        let metrics = Metrics::new(|_| None).unwrap();
        metrics.turn(Turn::Started(Duration::from_secs(3)));
        metrics.request("GET", "/hub/home", 200, Duration::from_millis(3));
        let text = metrics.text(Counts { total_users: 3, ..Counts::default() }).unwrap();
        for line in [
            "jupyterhub_total_users 3",
            "jupyterhub_active_users{period=\"7d\"} 0",
            "jupyterhub_csp_reports_total 0",
            "jupyterhub_server_spawn_duration_seconds_bucket{reason=\"\",status=\"success\",le=\"2.5\"} 0",
            "jupyterhub_server_spawn_duration_seconds_bucket{reason=\"\",status=\"success\",le=\"5\"} 1",
            "jupyterhub_server_spawn_duration_seconds_count{reason=\"throttled\",status=\"failure\"} 0",
            "jupyterhub_request_duration_seconds_count{code=\"200\",handler=\"/hub/home\",method=\"GET\"} 1",
            "jupyterhub_server_stop_seconds_count{status=\"failure\"} 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_environment_names_prefix_and_bounds() {
        let told = |name: &str| match name {
            "JUPYTERHUB_METRICS_PREFIX" => Some("lab".to_owned()),
            "JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS_BUCKETS" => Some("1, 7,inf".to_owned()),
            "JUPYTERHUB_SERVER_STOP_DURATION_SECONDS_BUCKETS" => Some("nonsense".to_owned()),
            _ => None,
        };
        let text = Metrics::new(told).unwrap().text(Counts::default()).unwrap();
        assert!(text.contains("lab_server_spawn_duration_seconds_bucket{reason=\"\",status=\"success\",le=\"7\"} 0"));
        assert!(text.contains("lab_server_stop_seconds_bucket{status=\"success\",le=\"0.005\"} 0"));
        assert!(Metrics::new(|_| Some("no name".to_owned())).is_err());
    }
}
