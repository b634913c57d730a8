//! The environment of a single-user server: JupyterHub's `JUPYTERHUB_*` contract, built from a [`SpawnRequest`].
//! Owns names and forms of the variables (JupyterHub 6.1 `spawner.py`, `get_env`; recorded in the golden exchanges);
//! drivers add what belongs to their own world (`HOME`, `PATH`).

use std::collections::BTreeMap;

use labdeck_model::quote_path_part;

use crate::SpawnRequest;

/// Builds the variables of a server that shall listen on `listen` (`http://0.0.0.0:8888`, no path).
pub fn server_environment(request: &SpawnRequest, listen: &str) -> BTreeMap<String, String> {
    let (key, hub) = (&request.key, &request.hub);
    let prefix = key.path_below(&hub.base_url);
    let access = access_scopes(request);
    let token = hub.api_token.expose();
    let public = hub.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    let facts: [(&str, String); 21] = [
        ("JUPYTERHUB_API_TOKEN", token.clone()),
        ("JPY_API_TOKEN", token.clone()),
        ("JUPYTERHUB_CLIENT_ID", key.oauth_client_id()),
        ("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED", "0".into()),
        ("JUPYTERHUB_HOST", String::new()),
        ("JUPYTERHUB_OAUTH_CALLBACK_URL", format!("{prefix}oauth_callback")),
        ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", access.clone()),
        ("JUPYTERHUB_OAUTH_SCOPES", access),
        ("JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES", "[]".into()),
        ("JUPYTERHUB_USER", key.user.to_string()),
        ("JUPYTERHUB_SERVER_NAME", key.server.to_string()),
        ("JUPYTERHUB_API_URL", hub.api_url.clone()),
        ("JUPYTERHUB_ACTIVITY_URL", format!("{}/users/{}/activity", hub.api_url, quote_path_part(key.user.as_str()))),
        ("JUPYTERHUB_BASE_URL", hub.base_url.clone()),
        ("JUPYTERHUB_SERVICE_PREFIX", prefix.clone()),
        ("JUPYTERHUB_SERVICE_URL", format!("{listen}{prefix}")),
        ("JUPYTERHUB_PUBLIC_URL", public.map(|url| format!("{url}{prefix}")).unwrap_or_default()),
        ("JUPYTERHUB_PUBLIC_HUB_URL", public.map(|url| format!("{url}{}hub/", hub.base_url)).unwrap_or_default()),
        ("JUPYTERHUB_DEFAULT_URL", request.default_url.clone().unwrap_or_default()),
        ("MEM_LIMIT", request.limits.memory_bytes.map(|bytes| bytes.to_string()).unwrap_or_default()),
        ("CPU_LIMIT", request.limits.cpus.map(|cpus| cpus.to_string()).unwrap_or_default()),
    ];
    let mut environment = configured(request);
    environment.extend(facts.into_iter().filter(|(name, value)| !(value.is_empty() && optional(name))).map(own));
    environment
}

/// What the configuration adds, without names that no environment can hold and without the one that would make the
/// server take itself for a service. Settings that JupyterHub lets an administrator make by a variable
/// (`JUPYTERHUB_ACTIVITY_INTERVAL`, …) stay; the facts are put over them.
fn configured(request: &SpawnRequest) -> BTreeMap<String, String> {
    let mut kept = request.environment.clone();
    kept.retain(|name, value| {
        !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0') && name != "JUPYTERHUB_SERVICE_NAME"
    });
    kept
}

/// Whether a variable is left out, rather than empty, when there is nothing to say.
fn optional(name: &str) -> bool {
    matches!(name, "JUPYTERHUB_DEFAULT_URL" | "MEM_LIMIT" | "CPU_LIMIT")
}

/// JSON as Python writes it: a blank after the comma.
fn access_scopes(request: &SpawnRequest) -> String {
    let (user, full) = (&request.key.user, request.key.full_name());
    format!(r#"["access:servers!server={full}", "access:servers!user={user}"]"#)
}

fn own((name, value): (&str, String)) -> (String, String) {
    (name.to_owned(), value)
}

#[cfg(test)]
pub(crate) mod tests {
    use labdeck_model::{ResourceLimits, ServerKey, ServerName, UserName};
    use serde_json::Value;

    use super::*;
    use crate::HubFacts;

    pub(crate) fn request(user: &str, server: &str) -> SpawnRequest {
        SpawnRequest {
            key: ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap()),
            home: "home-of-the-test".to_owned(),
            hub_id: "test".into(),
            stack: None,
            limits: ResourceLimits::NONE,
            hub: HubFacts {
                api_url: "http://127.0.0.1:18005/hub/api".into(),
                base_url: "/".into(),
                api_token: "f0f8".to_owned().into(),
                public_url: None,
            },
            cmd: None,
            args: Vec::new(),
            environment: BTreeMap::new(),
            user_options: Value::Null,
            default_url: None,
            mounts: Vec::new(),
            gpus: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// The recording of JupyterHub 6.1.1 for alice's named server, without what a local process adds.
    const RECORDED: &str = r#"JPY_API_TOKEN=f0f8
JUPYTERHUB_ACTIVITY_URL=http://127.0.0.1:18005/hub/api/users/alice/activity
JUPYTERHUB_API_TOKEN=f0f8
JUPYTERHUB_API_URL=http://127.0.0.1:18005/hub/api
JUPYTERHUB_BASE_URL=/
JUPYTERHUB_CLIENT_ID=jupyterhub-user-alice-gpu1
JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED=0
JUPYTERHUB_HOST=
JUPYTERHUB_OAUTH_ACCESS_SCOPES=["access:servers!server=alice/gpu1", "access:servers!user=alice"]
JUPYTERHUB_OAUTH_CALLBACK_URL=/user/alice/gpu1/oauth_callback
JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES=[]
JUPYTERHUB_OAUTH_SCOPES=["access:servers!server=alice/gpu1", "access:servers!user=alice"]
JUPYTERHUB_PUBLIC_HUB_URL=
JUPYTERHUB_PUBLIC_URL=
JUPYTERHUB_SERVER_NAME=gpu1
JUPYTERHUB_SERVICE_PREFIX=/user/alice/gpu1/
JUPYTERHUB_SERVICE_URL=http://127.0.0.1:18020/user/alice/gpu1/
JUPYTERHUB_USER=alice"#;

    #[test]
    fn the_environment_is_the_recorded_one() {
        let lines: Vec<String> = server_environment(&request("alice", "gpu1"), "http://127.0.0.1:18020")
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(lines.join("\n"), RECORDED);
    }

    #[test]
    fn configuration_adds_variables_but_cannot_say_who_the_server_is() {
        let mut asked = request("ada", "");
        for (name, value) in
            [("JUPYTERHUB_API_TOKEN", "x"), ("JUPYTERHUB_SERVICE_NAME", "x"), ("COURSE", "a"), ("A=B", "x")]
        {
            asked.environment.insert(name.into(), value.into());
        }
        let built = server_environment(&asked, "http://0.0.0.0:8888");
        assert_eq!(built["JUPYTERHUB_API_TOKEN"], "f0f8");
        assert_eq!(built["COURSE"], "a");
        assert!(!built.contains_key("JUPYTERHUB_SERVICE_NAME") && !built.contains_key("A=B"));
    }

    #[test]
    fn limits_and_public_address_are_told() {
        let mut asked = request("zoë", "");
        asked.limits = ResourceLimits { memory_bytes: Some(2048), cpus: Some(1.5), ..ResourceLimits::NONE };
        asked.hub.base_url = "/lab/".into();
        asked.hub.public_url = Some("https://hub.lab.org/".into());
        let built = server_environment(&asked, "http://0.0.0.0:8888");
        assert_eq!((built["MEM_LIMIT"].as_str(), built["CPU_LIMIT"].as_str()), ("2048", "1.5"));
        assert_eq!(built["JUPYTERHUB_PUBLIC_URL"], "https://hub.lab.org/lab/user/zo%C3%AB/");
        assert_eq!(built["JUPYTERHUB_PUBLIC_HUB_URL"], "https://hub.lab.org/lab/hub/");
        assert_eq!(built["JUPYTERHUB_SERVICE_URL"], "http://0.0.0.0:8888/lab/user/zo%C3%AB/");
        assert!(built["JUPYTERHUB_ACTIVITY_URL"].ends_with("/users/zo%C3%AB/activity"));
    }
}
