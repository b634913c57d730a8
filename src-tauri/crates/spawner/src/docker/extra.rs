//! [`Extra`]: settings of the engine that have no name of ours, as dockerspawner's `extra_host_config` and
//! `extra_create_kwargs` bring them. Owns which of them a server may have (`extra_keys` lists them), in the names of
//! docker-py and of the engine, and how they are put over what is sent. Checked when the configuration is read.

use bollard::models::ContainerCreateBody;
use serde_json::{Map, Value};

use super::extra_keys::{CREATE, HOST, Key, Rule};
use super::shapes;
use super::template::{Names, Template};
use crate::SpawnError;
use labdeck_model::Failure;

/// Settings of the engine, checked, in the engine's own names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extra {
    create: Map<String, Value>,
    host: Map<String, Value>,
}

/// Which settings are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    /// Those that give a server no power over the machine.
    Harmless,
    /// All that the engine has: the configuration says in so many words that it knows what it does.
    Any,
}

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraProblem {
    /// As it was written.
    pub key: String,
    /// What is wrong with it and what to do; follows the name.
    pub words: String,
}

// === impl Extra ===

impl Extra {
    /// Checks both tables.
    ///
    /// # Errors
    /// Everything that is wrong: first of `host`, then of `create`.
    pub fn parse(
        host: &Map<String, Value>,
        create: &Map<String, Value>,
        accept: Accept,
    ) -> Result<Self, (Vec<ExtraProblem>, Vec<ExtraProblem>)> {
        let (mut host_problems, mut create_problems) = (Vec::new(), Vec::new());
        let host = check(host, HOST, accept, &mut host_problems);
        let create = check(create, CREATE, accept, &mut create_problems);
        if host_problems.is_empty() && create_problems.is_empty() {
            return Ok(Self { create, host });
        }
        Err((host_problems, create_problems))
    }

    /// Whether there is nothing to add.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.host.is_empty()
    }

    /// Whether it says as whom the server runs.
    pub(super) fn names_a_user(&self) -> bool {
        self.create.contains_key("User")
    }

    /// Puts the settings over a body: tables are joined, lists are lengthened, everything else is replaced.
    pub(super) fn apply(
        &self,
        body: ContainerCreateBody,
        names: &Names<'_>,
    ) -> Result<ContainerCreateBody, SpawnError> {
        if self.is_empty() {
            return Ok(body);
        }
        let refused = |error: serde_json::Error| {
            let words = format!("The configuration's own settings for containers cannot be used: {error}.");
            let remedy = "The lead checks extra_host_config and extra_create_kwargs in labdeck.toml.";
            SpawnError::Refused(Failure::new("extra_settings", words, remedy))
        };
        let mut whole = serde_json::to_value(body).map_err(refused)?;
        let mut create = self.create.clone();
        if !self.host.is_empty() {
            create.insert("HostConfig".to_owned(), Value::Object(self.host.clone()));
        }
        merge(&mut whole, fill_in(Value::Object(create), names));
        serde_json::from_value(whole).map_err(refused)
    }
}

fn check(
    given: &Map<String, Value>,
    keys: &'static [Key],
    accept: Accept,
    problems: &mut Vec<ExtraProblem>,
) -> Map<String, Value> {
    let mut good = Map::new();
    for (name, value) in given {
        match check_one(name, value, keys, accept) {
            Ok((engines, value)) => {
                good.insert(engines.to_owned(), value);
            }
            Err(words) => problems.push(ExtraProblem { key: name.clone(), words }),
        }
    }
    good
}

fn check_one(name: &str, value: &Value, keys: &'static [Key], accept: Accept) -> Result<(&'static str, Value), String> {
    let key = keys.iter().find(|key| key.python == name || key.engine == name).ok_or_else(|| {
        let known = keys.iter().filter(|key| matches!(key.rule, Rule::Harmless));
        let known: Vec<_> = known.map(|key| key.python).collect();
        format!("is no setting that containers have; there are {}", known.join(", "))
    })?;
    match (key.rule, accept) {
        (Rule::Elsewhere(words) | Rule::Never(words), _) => return Err(format!("cannot be set here: {words}")),
        (Rule::Power(words), Accept::Harmless) => {
            return Err(format!(
                "is refused: {words}. If that is wanted, set allow_any_host_config = true in [labdeck]"
            ));
        }
        (Rule::Power(_), Accept::Any) | (Rule::Harmless, _) => {}
    }
    let value = (key.shape)(value)?;
    // The hub's own labels are never somebody else's to set.
    if accept == Accept::Harmless || key.engine == "Labels" {
        shapes::check_power(key.engine, &value)?;
    }
    check_templates(&value)?;
    Ok((key.engine, value))
}

fn check_templates(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => Template::parse(text).map(drop).map_err(|error| format!("is no template: {error}")),
        Value::Array(items) => items.iter().try_for_each(check_templates),
        Value::Object(entries) => entries.values().try_for_each(check_templates),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn fill_in(value: Value, names: &Names<'_>) -> Value {
    match value {
        Value::String(text) => Value::String(Template::parse(&text).map_or(text, |template| template.render(names))),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| fill_in(item, names)).collect()),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(name, value)| (name, fill_in(value, names))).collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

/// Reference: dockerspawner 14, `_deep_merge`; lists of ours keep what they have.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(under), Value::Array(over)) => {
            let new: Vec<_> = over.into_iter().filter(|item| !under.contains(item)).collect();
            under.extend(new);
        }
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::HostConfig;
    use serde_json::json;

    use super::super::template::tests::key;
    use super::*;

    fn table(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn host_problem(value: &Value, accept: Accept) -> Option<String> {
        let (host, _) = Extra::parse(&table(value), &Map::new(), accept).err()?;
        assert_eq!(host.len(), 1, "{host:?}");
        Some(host[0].words.clone())
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn what_gives_power_over_the_machine_is_refused_by_name() {
        let rows = [
            json!({"privileged": true}),
            json!({"Privileged": true}),
            json!({"cap_add": ["SYS_ADMIN"]}),
            json!({"devices": ["/dev/sda:/dev/sda"]}),
            json!({"device_cgroup_rules": ["a *:* rwm"]}),
            json!({"device_requests": [{"count": -1, "capabilities": [["gpu"]]}]}),
            json!({"pid_mode": "host"}),
            json!({"ipc_mode": "host"}),
            json!({"PidMode": "container:x"}),
            json!({"userns_mode": "host"}),
            json!({"uts_mode": "host"}),
            json!({"network_mode": "host"}),
            json!({"CgroupnsMode": "host"}),
            json!({"cgroup_parent": "/"}),
            json!({"volumes_from": ["x"]}),
            json!({"binds": ["/:/host"]}),
            json!({"Binds": {"/var/run/docker.sock": "/var/run/docker.sock"}}),
            json!({"mounts": [{"type": "bind", "source": "/", "target": "/host"}]}),
            json!({"security_opt": ["seccomp=unconfined"]}),
            json!({"security_opt": ["apparmor:unconfined"]}),
            json!({"security_opt": ["no-new-privileges:false"]}),
            json!({"SecurityOpt": ["label=disable"]}),
            json!({"security_opt": ["systempaths=unconfined"]}),
            json!({"security_opt": ["seccomp=Unconfined"]}),
            json!({"security_opt": ["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"]}),
            json!({"security_opt": ["seccomp=/tmp/open.json"]}),
            json!({"security_opt": ["apparmor={username}"]}),
            json!({"security_opt": ["label=type:spc_t"]}),
            json!({"security_opt": ["label:type:SPC_T"]}),
            json!({"security_opt": ["label=type:unconfined_t"]}),
            json!({"security_opt": ["label=Disable"]}),
            json!({"masked_paths": []}),
            json!({"ReadonlyPaths": []}),
            json!({"sysctls": {"kernel.core_pattern": "|/x"}}),
            json!({"oom_kill_disable": true}),
            json!({"oom_score_adj": -1000}),
            json!({"port_bindings": {"22/tcp": 22}}),
            json!({"publish_all_ports": true}),
            json!({"auto_remove": true}),
            json!({"restart_policy": {"Name": "always"}}),
            json!({"group_add": ["0"]}),
            json!({"group_add": ["docker"]}),
            json!({"group_add": ["{username}"]}),
            json!({"runtime": "crun-privileged"}),
            json!({"pids_limit": -1}),
            json!({"ulimits": [{"name": "nofile", "soft": "many"}]}),
            json!({"tmpfs": {"/proc": ""}}),
            json!({"log_config": {"type": "syslog", "config": {"syslog-address": "tcp://evil:1"}}}),
        ];
        for row in rows {
            assert!(host_problem(&row, Accept::Harmless).is_some(), "{row}");
        }
        let create = [
            json!({"user": "root"}),
            json!({"user": "0:0"}),
            json!({"User": "000"}),
            json!({"user": "1000:0"}),
            json!({"user": "1000:root"}),
            json!({"user": "1000:"}),
            json!({"user": "1000:docker"}),
            json!({"labels": {"labdeck.user": "eve"}}),
            json!({"host_config": {"Privileged": true}}),
            json!({"volumes": ["/x"]}),
            json!({"networking_config": {}}),
            json!({"name": "x"}),
        ];
        for row in create {
            assert!(Extra::parse(&Map::new(), &table(&row), Accept::Harmless).is_err(), "{row}");
        }
    }

    #[test]
    fn the_switch_opens_power_but_not_what_breaks_the_hub() {
        assert_eq!(host_problem(&json!({"privileged": true}), Accept::Any), None);
        assert_eq!(host_problem(&json!({"devices": ["/dev/fuse:/dev/fuse:rw"]}), Accept::Any), None);
        assert_eq!(host_problem(&json!({"security_opt": ["seccomp=unconfined"]}), Accept::Any), None);
        for never in [json!({"auto_remove": true}), json!({"restart_policy": {"Name": "always"}})] {
            assert!(host_problem(&never, Accept::Any).is_some());
        }
        let words = host_problem(&json!({"privileged": true}), Accept::Harmless).unwrap();
        assert!(words.contains("allow_any_host_config"), "{words}");
        let unknown = host_problem(&json!({"priviledged": true}), Accept::Any).unwrap();
        assert!(unknown.contains("no setting"), "{unknown}");
    }

    #[test]
    fn profiles_by_name_and_plain_users_are_taken() {
        let options = ["no-new-privileges=true", "seccomp=builtin", "apparmor=docker-default", "label=level:s0:c1,c2"];
        assert_eq!(host_problem(&json!({"security_opt": options}), Accept::Harmless), None);
        for user in ["1000", "1000:100", "jovyan:users"] {
            assert!(Extra::parse(&Map::new(), &table(&json!({"user": user})), Accept::Harmless).is_ok(), "{user}");
        }
    }

    #[test]
    fn settings_of_docker_py_become_the_engines_and_lie_over_ours() {
        let host = table(&json!({
            "shm_size": "1g", "ulimits": [{"name": "nofile", "soft": 1024, "hard": 2048}],
            "extra_hosts": {"db": "10.0.0.5"}, "dns": ["1.1.1.1"], "tmpfs": {"/scratch": "size=64m"},
            "cap_drop": ["NET_RAW"], "security_opt": ["label=type:x"], "group_add": [44],
        }));
        let create = table(&json!({"hostname": "{username}-lab", "labels": {"course": "a"}}));
        let extra = Extra::parse(&host, &create, Accept::Harmless).unwrap();
        let body = ContainerCreateBody {
            labels: Some([("labdeck.hub".to_owned(), "h".to_owned())].into()),
            host_config: Some(HostConfig {
                cap_drop: Some(vec!["ALL".into()]),
                security_opt: Some(vec!["no-new-privileges".into()]),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let key = key("a.b", "");
        let made = extra.apply(body, &Names { key: &key, image: "i", prefix: "p" }).unwrap();
        assert_eq!(made.hostname.as_deref(), Some("a-2eb-lab"));
        assert_eq!(made.labels.unwrap().len(), 2);
        let host = serde_json::to_value(made.host_config.unwrap()).unwrap();
        assert_eq!(
            host,
            json!({
                "ShmSize": 1u64 << 30, "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 2048}],
                "ExtraHosts": ["db:10.0.0.5"], "Dns": ["1.1.1.1"], "Tmpfs": {"/scratch": "size=64m"},
                "CapDrop": ["ALL", "NET_RAW"], "SecurityOpt": ["no-new-privileges", "label=type:x"], "GroupAdd": ["44"],
            })
        );
    }
}
