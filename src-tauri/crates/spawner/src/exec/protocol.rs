//! The messages between the hub and the program that starts servers, version 1. Owns their JSON and what of an answer
//! is refused; what is done with them, `driver` knows.

use std::collections::BTreeMap;

use labdeck_model::{ResourceLimits, ServerKey, ServerName, UserName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Exit, Liveness, MountSource, MountWish, SpawnRequest, env};

/// The version that both sides write.
pub(super) const VERSION: u32 = 1;
/// Largest state that the hub keeps for a server, as JSON.
const STATE_BYTES: usize = 64 << 10;
/// Most lines of a log that are taken over, and most characters of one.
const LOG_LINES: usize = 5000;
const LINE_CHARS: usize = 2000;

/// One question. What a verb has no use for is left out.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    pub(super) labdeck: u32,
    pub(super) verb: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<Start<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) home: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lines: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<&'a ResourceLimits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hub_id: Option<&'a str>,
}

/// Which server of whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    user: String,
    #[serde(default)]
    server: String,
}

/// What to bring up.
#[derive(Debug, Serialize)]
pub(super) struct Start<'a> {
    user: &'a str,
    server: &'a str,
    /// Tame and unique: good for folders, units, jobs.
    name: String,
    home: &'a str,
    hub_id: &'a str,
    /// What to run; `null` leaves it to the program.
    cmd: Option<&'a [String]>,
    args: &'a [String],
    /// The server's variables, the token among them; without `JUPYTERHUB_SERVICE_URL`, which the program adds.
    environment: BTreeMap<String, String>,
    /// What follows host and port in `JUPYTERHUB_SERVICE_URL`.
    service_prefix: String,
    limits: &'a ResourceLimits,
    gpus: &'a [String],
    groups: &'a [String],
    folders: Vec<Folder<'a>>,
    user_options: &'a Value,
}

#[derive(Debug, Serialize)]
struct Folder<'a> {
    name: &'a str,
    /// The folder of this computer; `null` for one that the program keeps.
    path: Option<&'a str>,
    target: &'a str,
    writable: bool,
}

/// One line of the answer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Line {
    /// Only in the last one.
    pub(super) labdeck: Option<u32>,
    pub(super) progress: Option<String>,
    pub(super) percent: Option<f64>,
    /// What is needed to find the server again.
    pub(super) state: Option<Value>,
    /// `null` is a result too.
    #[serde(default, deserialize_with = "present")]
    pub(super) result: Option<Value>,
    pub(super) error: Option<Complaint>,
}

/// Why the program could not do it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Complaint {
    #[serde(default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) remedy: String,
    #[serde(default)]
    pub(super) log: Vec<String>,
}

/// The answer to `poll` and `wait`, and a part of that to `list`.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    status: String,
    code: Option<i64>,
    #[serde(default)]
    out_of_memory: bool,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    log: Vec<String>,
}

/// One entry of the answer to `list`.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    key: Key,
    pub(super) state: Value,
    #[serde(flatten)]
    pub(super) status: Status,
}

/// The answer to `sample`.
#[derive(Debug, Deserialize)]
pub(super) struct Sampled {
    pub(super) cpus: f64,
    pub(super) memory_bytes: u64,
    pub(super) memory_limit_bytes: Option<u64>,
}

// === impl Question ===

impl<'a> Question<'a> {
    pub(super) fn new(verb: &'static str) -> Self {
        Self {
            labdeck: VERSION,
            verb,
            start: None,
            state: None,
            key: None,
            home: None,
            mode: None,
            lines: None,
            limits: None,
            hub_id: None,
        }
    }

    /// About a server that was started.
    pub(super) fn about(verb: &'static str, state: &'a Value) -> Self {
        Self { state: Some(state), ..Self::new(verb) }
    }

    pub(super) fn start(request: &'a SpawnRequest) -> Self {
        Self { start: Some(Start::of(request)), ..Self::new("start") }
    }
}

impl<'a> Start<'a> {
    fn of(request: &'a SpawnRequest) -> Self {
        let mut environment = env::server_environment(request, "");
        environment.remove("JUPYTERHUB_SERVICE_URL");
        Self {
            user: request.key.user.as_str(),
            server: request.key.server.as_str(),
            name: request.key.object_name(),
            home: &request.home,
            hub_id: &request.hub_id,
            cmd: request.cmd.as_deref(),
            args: &request.args,
            environment,
            service_prefix: request.key.path_below(&request.hub.base_url),
            limits: &request.limits,
            gpus: &request.gpus,
            groups: &request.groups,
            folders: request.mounts.iter().map(Folder::of).collect(),
            user_options: &request.user_options,
        }
    }
}

impl<'a> Folder<'a> {
    fn of(mount: &'a MountWish) -> Self {
        let path = match &mount.source {
            MountSource::Host(path) => Some(path.as_str()),
            MountSource::Volume => None,
        };
        Self { name: &mount.name, path, target: &mount.target, writable: mount.writable }
    }
}

// === impl Key ===

impl Key {
    pub(super) fn of(key: &ServerKey) -> Self {
        Self { user: key.user.to_string(), server: key.server.to_string() }
    }
}

impl Listed {
    /// Whose it is, if it can be one of the hub's.
    pub(super) fn key(&self) -> Option<ServerKey> {
        let (user, server) = (UserName::parse(&self.key.user).ok()?, ServerName::parse(&self.key.server).ok()?);
        Some(ServerKey::new(user, server))
    }
}

// === impl Status ===

impl Status {
    /// What it means; an unknown word is no answer.
    pub(super) fn liveness(&self) -> Result<Liveness, String> {
        match self.status.as_str() {
            "running" => Ok(Liveness::Running),
            "gone" => Ok(Liveness::Gone),
            "exited" => Ok(Liveness::Exited(Exit {
                code: self.code,
                out_of_memory: self.out_of_memory,
                detail: cut(&self.detail),
                log: lines(self.log.clone(), 40),
                ..Exit::default()
            })),
            other => Err(format!("the status is {:?}, and not running, exited or gone", cut(other))),
        }
    }
}

fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// Where a server listens: `http`, a host and a port, nothing else.
pub(super) fn address(result: &Value) -> Result<String, String> {
    let Some(url) = result.get("url").and_then(Value::as_str) else { return Err("the result has no url".into()) };
    let url = url.trim_end_matches('/');
    let rest = url.strip_prefix("http://").unwrap_or_default();
    let port = rest.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>().ok())?);
    let plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    if plain && port.is_some_and(|port| port > 0) {
        return Ok(url.to_owned());
    }
    Err(format!("the url is {:?}, and not like http://127.0.0.1:12345", cut(url)))
}

/// A state that the hub can keep.
pub(super) fn keepable(state: Value) -> Result<Value, String> {
    let size = state.to_string().len();
    if size > STATE_BYTES {
        return Err(format!("the state has {size} bytes, and {STATE_BYTES} at most can be kept"));
    }
    if state.is_object() { Ok(state) } else { Err("the state is no object".into()) }
}

/// The last lines, each of a length that can be shown.
pub(super) fn lines(all: Vec<String>, wanted: usize) -> Vec<String> {
    let skipped = all.len().saturating_sub(wanted.min(LOG_LINES));
    all.into_iter().skip(skipped).map(|line| line.chars().take(LINE_CHARS).collect()).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::env::tests::request;

    #[test]
    fn a_start_says_all_that_a_server_needs() {
        let mut asked = request("ada", "gpu");
        asked.mounts = vec![MountWish {
            name: "course".into(),
            source: MountSource::Host("/srv/course".into()),
            target: "/home/jovyan/course".into(),
            writable: false,
        }];
        let text = serde_json::to_value(Question::start(&asked)).unwrap();
        assert_eq!((&text["labdeck"], &text["verb"]), (&json!(1), &json!("start")));
        let start = &text["start"];
        assert_eq!((&start["user"], &start["service_prefix"]), (&json!("ada"), &json!("/user/ada/gpu/")));
        assert_eq!(start["environment"]["JUPYTERHUB_API_TOKEN"], "f0f8");
        assert!(start["environment"].get("JUPYTERHUB_SERVICE_URL").is_none(), "only the program knows the port");
        assert_eq!(start["folders"][0]["path"], "/srv/course");
        assert!(text.get("state").is_none() && text.get("mode").is_none());
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let read = |url: Value| address(&json!({ "url": url }));
        assert_eq!(read(json!("http://10.0.0.5:8888/")).unwrap(), "http://10.0.0.5:8888");
        assert_eq!(read(json!("http://[::1]:1")).unwrap(), "http://[::1]:1");
        for bad in
            ["", "https://x:1", "http://x", "http://x:0", "http://x:1/path", "http://a@b:1", "http://:1", "file:///x:1"]
        {
            assert!(read(json!(bad)).is_err(), "{bad}");
        }
        assert!(read(json!(7)).is_err());
    }

    #[test]
    fn a_status_is_one_of_three_words() {
        let read = |value: Value| serde_json::from_value::<Status>(value).unwrap().liveness();
        assert_eq!(read(json!({"status": "running"})), Ok(Liveness::Running));
        let Ok(Liveness::Exited(exit)) = read(json!({"status": "exited", "code": 3, "log": ["a"]})) else { panic!() };
        assert_eq!((exit.code, exit.log.len()), (Some(3), 1));
        assert!(read(json!({"status": "fine"})).unwrap_err().contains("fine"));
    }

    #[test]
    fn what_is_too_large_is_cut_or_refused() {
        assert!(keepable(json!({"x": "y".repeat(STATE_BYTES)})).is_err());
        assert!(keepable(json!("text")).is_err());
        assert_eq!(
            serde_json::from_str::<Line>(r#"{"labdeck": 1, "result": null}"#).unwrap().result,
            Some(Value::Null)
        );
        assert_eq!(lines(vec!["a".into(), "b".repeat(9999)], 1), ["b".repeat(LINE_CHARS)]);
    }
}
