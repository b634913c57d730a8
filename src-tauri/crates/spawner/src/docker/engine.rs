//! [`Engine`]: the connection to the container engine. Owns where it is, how a failed call is understood and how the
//! engine stands; every other file of the driver gets its client here.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::models::SystemInfo;
use labdeck_model::EngineState;
use parking_lot::Mutex;
use tokio::time::timeout;

use super::kind::Abilities;
use super::locate::{Located, Surroundings, TlsFiles};
use super::mounts::Place;
use crate::SpawnError;

/// How long the engine may take to say what it is. A healthy one needs milliseconds.
const HELLO_DEADLINE: Duration = Duration::from_secs(5);

/// How long one call may take. Fetching and following take longer; they are streams.
const CALL_DEADLINE_S: u64 = 120;

/// The connection, made when it is first needed and again after the engine was away.
#[derive(Debug)]
pub(super) struct Engine {
    told: Option<Located>,
    connected: Mutex<Option<Connected>>,
}

/// A client that was answered, and what the engine is.
#[derive(Debug, Clone)]
pub(super) struct Connected {
    pub(super) client: Docker,
    pub(super) version: String,
    /// As Go writes it: `amd64`, `arm64`.
    pub(super) arch: String,
    pub(super) cpus: u32,
    pub(super) memory_bytes: u64,
    /// Whether it can hand NVIDIA's cards to containers, by its runtime or by the container device interface.
    pub(super) has_nvidia: bool,
    /// Where it keeps images and volumes, on its machine.
    pub(super) storage: Option<PathBuf>,
    pub(super) abilities: Abilities,
}

// === impl Engine ===

impl Engine {
    /// At that address; `None` looks where engines are.
    pub(super) fn new(host: Option<String>, tls: Option<TlsFiles>) -> Self {
        let told = match (host, tls) {
            (Some(address), tls) => Some(Located { address, tls }),
            (None, Some(tls)) => Some(Located { tls: Some(tls), ..Surroundings::of_process().find() }),
            (None, None) => None,
        };
        Self { told, connected: Mutex::new(None) }
    }

    /// A client that was answered before, or a new one.
    pub(super) async fn connect(&self) -> Result<Connected, SpawnError> {
        if let Some(connected) = self.connected.lock().clone() {
            return Ok(connected);
        }
        let connected = self.hello().await.map_err(self.failed("connecting to it"))?;
        *self.connected.lock() = Some(connected.clone());
        Ok(connected)
    }

    /// The engine as it last answered, if it did since it was away.
    pub(super) fn known(&self) -> Option<Connected> {
        self.connected.lock().clone()
    }

    pub(super) async fn client(&self) -> Result<Docker, SpawnError> {
        Ok(self.connect().await?.client)
    }

    async fn hello(&self) -> Result<Connected, EngineError> {
        let greeting = async {
            let client = open(&self.located())?.negotiate_version().await?;
            let (version, info) = tokio::try_join!(client.version(), client.info())?;
            let abilities = Abilities::of(&version, &info);
            Ok(Connected {
                client,
                abilities,
                version: version.version.unwrap_or_default(),
                arch: version.arch.unwrap_or_default(),
                cpus: info.ncpu.and_then(|cpus| u32::try_from(cpus).ok()).unwrap_or(1),
                memory_bytes: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
                has_nvidia: has_nvidia(&info),
                storage: info.docker_root_dir.filter(|folder| folder.starts_with('/')).map(PathBuf::from),
            })
        };
        timeout(HELLO_DEADLINE, greeting).await.unwrap_or(Err(EngineError::RequestTimeoutError))
    }

    /// How the engine stands now.
    pub(super) async fn state(&self) -> EngineState {
        // Asked anew each time: a cached client says nothing about the present.
        match self.hello().await {
            Ok(connected) => {
                let version = connected.version.clone();
                *self.connected.lock() = Some(connected);
                EngineState::Running { version }
            }
            Err(_) => {
                self.forget();
                self.why_silent().await
            }
        }
    }

    /// Drops the connection, so that the next call greets again (the engine may come back as another version).
    pub(super) fn forget(&self) {
        *self.connected.lock() = None;
    }

    #[cfg(unix)]
    async fn why_silent(&self) -> EngineState {
        let address = self.address();
        let Some(socket) = address.strip_prefix("unix://") else { return EngineState::NotRunning };
        match tokio::net::UnixStream::connect(socket).await {
            Ok(_) => EngineState::NotRunning,
            Err(refused) => judge(refused.kind(), is_installed()),
        }
    }

    #[cfg(not(unix))]
    async fn why_silent(&self) -> EngineState {
        judge(ErrorKind::NotFound, is_installed())
    }

    /// Where the engine is: the configured place, or where engines are found.
    fn located(&self) -> Located {
        self.told.clone().unwrap_or_else(|| Surroundings::of_process().find())
    }

    fn address(&self) -> String {
        self.located().address
    }

    /// The engine's socket, where it is one of this machine.
    pub(super) fn socket(&self) -> Option<PathBuf> {
        self.address().strip_prefix("unix://").map(PathBuf::from)
    }

    /// Where it keeps images and volumes, as it last said.
    pub(super) fn storage(&self) -> Option<PathBuf> {
        self.known()?.storage
    }

    /// The name or address of the machine that the engine is on, where that is another one.
    pub(super) fn host(&self) -> Option<String> {
        host_of(&self.address())
    }

    /// Whether the engine's folders are this machine's.
    pub(super) fn place(&self) -> Place {
        if self.host().is_some() { Place::Elsewhere } else { Place::Here }
    }

    /// Turns a failed call into its meaning.
    pub(super) fn failed(&self, doing: &'static str) -> impl FnOnce(EngineError) -> SpawnError + '_ {
        move |error| {
            if is_gone(&error) {
                self.forget();
                return SpawnError::EngineGone(Box::new(error));
            }
            SpawnError::Engine { doing, said: said(&error) }
        }
    }
}

/// NVIDIA's toolkit registers a runtime of its own, or describes the cards as devices (CDI). With neither, the engine may
/// still find the toolkit's hook: it does not say so, and a start shows it.
fn has_nvidia(info: &SystemInfo) -> bool {
    let by_runtime = info.runtimes.as_ref().is_some_and(|runtimes| runtimes.keys().any(|name| name.contains("nvidia")));
    let mut devices = info.discovered_devices.iter().flatten().filter_map(|device| device.id.as_deref());
    by_runtime || devices.any(|id| id.starts_with("nvidia.com/gpu"))
}

/// The engine's own words, one line.
pub(super) fn said(error: &EngineError) -> String {
    let text = match error {
        EngineError::DockerResponseServerError { message, .. } => message.clone(),
        EngineError::DockerStreamError { error } | EngineError::DockerContainerWaitError { error, .. } => error.clone(),
        other => other.to_string(),
    };
    text.trim().replace('\n', " ")
}

/// The status of an answer that was a refusal.
pub(super) fn status(error: &EngineError) -> Option<u16> {
    match error {
        EngineError::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Whether an error means that there is no engine to talk to, rather than that it refused.
pub(super) fn is_gone(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::IOError { .. }
            | EngineError::HyperLegacyError { .. }
            | EngineError::HyperResponseError { .. }
            | EngineError::SocketNotFoundError(_)
            | EngineError::RequestTimeoutError
            | EngineError::APIVersionParseError {}
    )
}

/// A filter of the engine's list calls: all of these labels.
pub(super) fn by_labels(labels: &[(&str, &str)]) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), labels.iter().map(|(name, value)| format!("{name}={value}")).collect())])
}

/// What a socket that cannot be opened says about the engine.
fn judge(refused: ErrorKind, installed: bool) -> EngineState {
    match refused {
        ErrorKind::PermissionDenied => EngineState::NoPermission,
        ErrorKind::NotFound if !installed => EngineState::NotInstalled,
        _ => EngineState::NotRunning,
    }
}

fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A desktop session's PATH often lacks the folders for administrators, where the engine itself lies.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/bin", "/snap/bin"].map(PathBuf::from));
    folders.into_iter().any(|folder| ["dockerd", "docker"].iter().any(|name| folder.join(name).is_file()))
}

/// The host of `tcp://host:port`; an IPv6 address without its brackets.
fn host_of(address: &str) -> Option<String> {
    let rest = ["tcp://", "http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme))?;
    let place = rest.split('/').next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => place.rsplit_once(':').map_or(place, |(host, _)| host),
    };
    // By loopback the engine is here, or somebody made it look so.
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    (!host.is_empty() && !here).then(|| host.to_owned())
}

/// A client for a place; nobody is asked yet.
fn open(located: &Located) -> Result<Docker, EngineError> {
    match &located.tls {
        Some(TlsFiles { ca, cert, key }) => {
            Docker::connect_with_ssl(&located.address, key, cert, ca, CALL_DEADLINE_S, bollard::API_DEFAULT_VERSION)
        }
        None => Docker::connect_with_host(&located.address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_socket_is_told_by_its_cause() {
        assert_eq!(judge(ErrorKind::NotFound, false), EngineState::NotInstalled);
        assert_eq!(judge(ErrorKind::NotFound, true), EngineState::NotRunning);
        assert_eq!(judge(ErrorKind::ConnectionRefused, true), EngineState::NotRunning);
        assert_eq!(judge(ErrorKind::PermissionDenied, false), EngineState::NoPermission);
    }

    #[test]
    fn the_engines_machine_is_read_from_its_address() {
        assert_eq!(host_of("tcp://10.0.0.9:2376").as_deref(), Some("10.0.0.9"));
        assert_eq!(host_of("https://gpu.lab:2376/x").as_deref(), Some("gpu.lab"));
        assert_eq!(host_of("tcp://[fd00::1]:2376").as_deref(), Some("fd00::1"));
        for here in ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "tcp://[::1]:1", "tcp://localhost:2375"] {
            assert_eq!(host_of(here), None, "{here}");
        }
    }

    #[test]
    fn the_toolkit_is_seen_by_its_runtime_or_its_devices() {
        let told = |text: &str| has_nvidia(&serde_json::from_str::<SystemInfo>(text).unwrap());
        // As engine 20.10 answers without and with the toolkit, and engine 28 with CDI.
        assert!(!told(r#"{"Runtimes":{"io.containerd.runc.v2":{"path":"runc"},"runc":{"path":"runc"}}}"#));
        assert!(told(r#"{"Runtimes":{"nvidia":{"path":"nvidia-container-runtime"},"runc":{"path":"runc"}}}"#));
        assert!(told(r#"{"DiscoveredDevices":[{"Source":"cdi","ID":"nvidia.com/gpu=all"}]}"#));
        assert!(!told(r#"{"DiscoveredDevices":[{"Source":"cdi","ID":"vendor.com/nic=0"}]}"#));
        assert!(!told("{}"));
    }

    #[test]
    fn a_refusal_is_not_an_absence() {
        let refusal = EngineError::DockerResponseServerError { status_code: 404, message: "no such image".into() };
        assert!(!is_gone(&refusal));
        assert_eq!(status(&refusal), Some(404));
        assert!(is_gone(&EngineError::SocketNotFoundError("/x".into())));
    }
}
