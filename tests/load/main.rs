//! Many simulated servers: a whole hub in this process with a driver whose servers are entries in a map
//! (`scripted`), and what its servers do for real over HTTP: each reports its activity once in five minutes. Prints
//! what that costs the hub, and fails when it is more than the bar allows. `scripts/bench-servers.sh` runs it.
//!
//! The clients run on this program's first thread and nothing of the hub does, so the hub's processor time is the
//! program's without that thread's.
//!
//! LABDECK_LOAD_SERVERS   how many servers (1000)
//! LABDECK_LOAD_SECONDS   over how long they report (300)
#![allow(clippy::expect_used, clippy::print_stdout, clippy::panic, reason = "a measurement tells and fails by words")]

mod scripted;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream;
use http::Method;
use labdeck_hub::Machine;
use labdeck_hub::config::{Config, ConfigInputs};
use labdeck_hub::overview::AtQuit;
use labdeck_hub::resources::{Gauge, MachineMemory, NoCards};
use labdeck_server::{Composition, Options};
use labdeck_testkit::{Browser, ControlSocket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use scripted::{Scripted, Voice, answer_all};

/// What all reports may cost: of one core, over the time in which they come.
const BAR: f64 = 0.05;
/// How many starts are under way at once.
const STARTS_AT_ONCE: usize = 20;
/// What Linux counts processor time in, on every machine that it runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A machine that is never full.
#[derive(Debug)]
struct Roomy;

impl Gauge for Roomy {
    fn memory(&self) -> MachineMemory {
        MachineMemory { total_bytes: 1 << 50, available_bytes: Some(1 << 50) }
    }

    fn cpus(&self) -> usize {
        64
    }
}

fn main() {
    let setting = |name: &str, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
    };
    let (count, seconds) = (setting("LABDECK_LOAD_SERVERS", 1000), setting("LABDECK_LOAD_SECONDS", 300));
    let hub_runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let code = clients.block_on(async {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let driver = Scripted::at(&format!("http://{}", door.local_addr().expect("its address")));
        drop(labdeck_hub::tasks::spawn("load.door", answer_all(door)));
        let starting = hub_runtime.spawn(start_hub(data.clone(), Arc::clone(&driver)));
        let hub = starting.await.expect("the hub starts");
        let fits = measure(&hub, &data, &driver, count, Duration::from_secs(seconds)).await;
        hub_runtime.spawn(hub.stop(AtQuit::Leave)).await.expect("the hub ends");
        i32::from(!fits)
    });
    hub_runtime.shutdown_timeout(Duration::from_secs(5));
    drop(folder);
    std::process::exit(code);
}

async fn start_hub(data: std::path::PathBuf, driver: Arc<Scripted>) -> Composition {
    std::fs::DirBuilder::new().mode(0o700).create(&data).expect("a folder");
    std::fs::write(data.join("secret-store"), "file").expect("a file");
    let file = data.join("labdeck.toml");
    let text = "[hub]\nbind_url = \"http://127.0.0.1:0\"\nauthenticator_class = \"dummy\"\nspawner_class = \"simple\"\n\
                concurrent_spawn_limit = 0\n[dummy_authenticator]\npassword = \"pw\"\n[authenticator]\n\
                allow_all = true\nadmin_users = [\"boss\"]\n";
    std::fs::write(&file, text).expect("the settings");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).expect("private");
    let inputs = ConfigInputs { file: Some(file), ..ConfigInputs::default() };
    let config = Config::load(&inputs).unwrap_or_else(|error| panic!("{error}"));
    let machine = Some(Machine { gauge: Arc::new(Roomy), cards: Arc::new(NoCards) });
    let options = Options { config, data_dir: data, desktop: None, machine, spawners: vec![driver] };
    let hub = Composition::start(options).await.expect("the hub starts");
    hub.open_front().await.expect("the public port");
    hub
}

/// Whether the bar was met.
async fn measure(hub: &Composition, data: &Path, driver: &Scripted, count: u64, span: Duration) -> bool {
    let admin = admin(hub, data);
    let names: Vec<_> = (0..count).map(|number| format!("u{number:04}")).collect();
    admin.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": names }))).await;
    let (since, spent) = (Instant::now(), hub_seconds());
    let starts = stream::iter(&names).map(|name| start(&admin, name)).buffer_unordered(STARTS_AT_ONCE);
    starts.collect::<Vec<()>>().await;
    let cpu = hub_seconds() - spent;
    let each = cpu * 1000.0 / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    println!("start of {count} servers     {:6.1} s, {cpu:.2} s of processor, {each:.1} ms each", seconds(since));

    let idle = span.min(Duration::from_secs(60));
    let spent = hub_seconds();
    tokio::time::sleep(idle).await;
    println!("at rest, nobody looks       {:6.2} % of one core", 100.0 * (hub_seconds() - spent) / idle.as_secs_f64());

    look(&admin).await;
    let voices: Vec<_> = driver.voices().into_iter().collect();
    assert_eq!(voices.len(), names.len(), "servers that run");
    let (before, spent) = (labdeck_model::Clock::now(&labdeck_model::SystemClock).to_string(), hub_seconds());
    let mut took = reports(&voices, span).await;
    let cpu = hub_seconds() - spent;
    took.sort();
    let at = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
    println!(
        "{count} reports in {} s      {cpu:6.2} s of processor = {:.2} % of one core (bar: 5 %)",
        span.as_secs(),
        100.0 * cpu / span.as_secs_f64()
    );
    println!("one report                  median {:.1?}, 99 in 100 below {:.1?}", at(50), at(99));
    look(&admin).await;
    println!("memory of hub and clients   {:6.1} MB", resident_bytes() / 1e6);
    assert_eq!(reported(&admin, &before).await, names.len(), "servers whose report arrived");
    cpu <= BAR * span.as_secs_f64()
}

fn admin(hub: &Composition, data: &Path) -> Browser {
    let socket = ControlSocket::new(data.join("control.sock"));
    socket.call(&Method::POST, "/hub/api/users", &json!({ "usernames": ["boss"] }));
    let made = socket.call(&Method::POST, "/hub/api/users/boss/tokens", &json!({})).1;
    let local = hub.hub().context().front.state().local_url;
    Browser::new(&local).with_token(made["token"].as_str().expect("a token"))
}

async fn start(admin: &Browser, name: &str) {
    let answer = admin.json(Method::POST, &format!("/hub/api/users/{name}/server"), None).await;
    assert_eq!(answer.status.as_u16(), 201, "{name}: {}", answer.body);
}

/// What the two long lists take.
async fn look(admin: &Browser) {
    for path in ["/hub/api/users?limit=200", "/hub/api/labdeck/servers"] {
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..5 {
            let since = Instant::now();
            let page = admin.json(Method::GET, path, None).await;
            took.push(since.elapsed());
            assert_eq!(page.status.as_u16(), 200, "{path}: {}", page.body);
            bytes = page.body.len();
        }
        took.sort();
        println!("GET {path:28} {:6.1?} (median of 5), {} KB", took[2], bytes / 1000);
    }
}

/// Each server reports once, evenly over the span and on a connection of its own; gives what each took.
async fn reports(voices: &[(String, Voice)], span: Duration) -> Vec<Duration> {
    let begin = tokio::time::Instant::now();
    let total = u32::try_from(voices.len()).unwrap_or(u32::MAX).max(1);
    let all = voices.iter().zip(0..total).map(|((user, voice), number)| async move {
        tokio::time::sleep_until(begin + span * number / total).await;
        let since = Instant::now();
        report(user, voice).await;
        since.elapsed()
    });
    let took = futures_util::future::join_all(all).await;
    tokio::time::sleep_until(begin + span).await;
    took
}

/// As `jupyterhub-singleuser` does it.
async fn report(user: &str, voice: &Voice) {
    let address = voice.api_url.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let now = labdeck_model::Clock::now(&labdeck_model::SystemClock).to_string();
    let body = json!({ "servers": { "": { "last_activity": now } }, "last_activity": now }).to_string();
    let request = format!(
        "POST /hub/api/users/{user}/activity HTTP/1.1\r\nHost: {address}\r\nAuthorization: token {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        voice.token,
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.expect("the hub's listener");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{user}: {answer}");
}

/// How many servers are known to have been active after a moment.
async fn reported(admin: &Browser, after: &str) -> usize {
    let mut count = 0;
    let mut offset = 0;
    loop {
        let page = admin.api(Method::GET, &format!("/hub/api/users?limit=200&offset={offset}"), None).await;
        let users = page.as_array().expect("users").clone();
        if users.is_empty() {
            return count;
        }
        offset += users.len();
        let active = |user: &&Value| user["servers"][""]["last_activity"].as_str().is_some_and(|at| at >= after);
        count += users.iter().filter(active).count();
    }
}

/// The processor time of this program without its first thread's, in seconds.
fn hub_seconds() -> f64 {
    let spent = |path: String| {
        let stat = std::fs::read_to_string(path).expect("Linux");
        let rest = stat.rsplit_once(") ").expect("a name in brackets").1;
        let ticks = |field: usize| rest.split(' ').nth(field).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
        f64::from(ticks(11) + ticks(12)) / TICKS_PER_SECOND
    };
    let pid = std::process::id();
    spent("/proc/self/stat".to_owned()) - spent(format!("/proc/self/task/{pid}/stat"))
}

fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0
}

fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}
