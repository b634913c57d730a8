//! What a service that the hub starts finds in its environment: JupyterHub's contract (6.1, `services/service.py`, as
//! recorded). Pure.

use std::collections::BTreeMap;

use labdeck_model::{Secret, quote_path_part};
use labdeck_store::tables::services::ServiceRow;

/// Where the hub is, and the token of this run.
#[derive(Debug)]
pub(super) struct HubSide<'a> {
    pub(super) base_url: &'a str,
    pub(super) api_url: String,
    pub(super) token: Secret<String>,
    /// Its OAuth client and where codes are sent to.
    pub(super) client: Option<(String, String)>,
}

/// The path that a service has at the public address.
pub(super) fn prefix(base_url: &str, name: &str) -> String {
    format!("{base_url}services/{}/", quote_path_part(name))
}

/// The variables of one run.
pub(super) fn of(row: &ServiceRow, hub: &HubSide<'_>) -> BTreeMap<String, Secret<String>> {
    let name = row.name.as_str();
    let access = format!(r#"["access:services", "access:services!service={name}"]"#);
    let allowed = serde_json::to_string(&row.facts.oauth_client_allowed_scopes).unwrap_or_else(|_| "[]".to_owned());
    let (client_id, callback) =
        hub.client.clone().unwrap_or_else(|| (format!("service-{name}"), "oauth_callback".to_owned()));
    let mut facts = vec![
        ("JUPYTERHUB_SERVICE_NAME", name.to_owned()),
        ("JUPYTERHUB_API_URL", hub.api_url.clone()),
        ("JUPYTERHUB_BASE_URL", hub.base_url.to_owned()),
        ("JUPYTERHUB_HOST", String::new()),
        ("JUPYTERHUB_CLIENT_ID", client_id),
        ("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED", "0".to_owned()),
        ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", access.clone()),
        ("JUPYTERHUB_OAUTH_SCOPES", access),
        ("JUPYTERHUB_OAUTH_CALLBACK_URL", callback),
        ("JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES", allowed),
        ("JUPYTERHUB_SERVER_NAME", String::new()),
        ("JUPYTERHUB_USER", String::new()),
        ("JUPYTERHUB_PUBLIC_URL", String::new()),
        ("JUPYTERHUB_PUBLIC_HUB_URL", String::new()),
    ];
    if let Some(url) = &row.facts.url {
        facts.push(("JUPYTERHUB_SERVICE_URL", url.clone()));
        facts.push(("JUPYTERHUB_SERVICE_PREFIX", prefix(hub.base_url, name)));
    }
    let configured = row.facts.environment.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
    let mut all: BTreeMap<_, _> = configured.collect();
    all.extend(facts.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))));
    for name in ["JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN"] {
        all.insert(name.to_owned(), hub.token.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use labdeck_model::{ServiceId, ServiceName};
    use labdeck_store::tables::services::ServiceFacts;

    use super::*;

    /// The recording of JupyterHub 6.1.1 for a service without an address. It has `JUPYTERHUB_SERVICE_URL` with a port
    /// 0 there as well, at which nothing can listen.
    const RECORDED: &str = r#"JPY_API_TOKEN=d8a7
JUPYTERHUB_API_TOKEN=d8a7
JUPYTERHUB_API_URL=http://127.0.0.1:18065/jhub/hub/api
JUPYTERHUB_BASE_URL=/jhub/
JUPYTERHUB_CLIENT_ID=service-idle-culler
JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED=0
JUPYTERHUB_HOST=
JUPYTERHUB_OAUTH_ACCESS_SCOPES=["access:services", "access:services!service=idle-culler"]
JUPYTERHUB_OAUTH_CALLBACK_URL=oauth_callback
JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES=[]
JUPYTERHUB_OAUTH_SCOPES=["access:services", "access:services!service=idle-culler"]
JUPYTERHUB_PUBLIC_HUB_URL=
JUPYTERHUB_PUBLIC_URL=
JUPYTERHUB_SERVER_NAME=
JUPYTERHUB_SERVICE_NAME=idle-culler
JUPYTERHUB_USER="#;

    fn row(facts: ServiceFacts) -> ServiceRow {
        ServiceRow { id: ServiceId(1), name: ServiceName::parse("idle-culler").unwrap(), facts }
    }

    fn hub(client: Option<(String, String)>) -> HubSide<'static> {
        let api_url = "http://127.0.0.1:18065/jhub/hub/api".to_owned();
        HubSide { base_url: "/jhub/", api_url, token: Secret::new("d8a7".to_owned()), client }
    }

    #[test]
    fn the_environment_is_the_recorded_one() {
        let all = of(&row(ServiceFacts::default()), &hub(None));
        let lines: Vec<_> = all.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
        assert_eq!(lines.join("\n"), RECORDED);
    }

    #[test]
    fn an_address_is_told_and_the_configuration_cannot_say_who_the_service_is() {
        let environment = [("COURSE", "a"), ("JUPYTERHUB_API_TOKEN", "x")];
        let facts = ServiceFacts {
            url: Some("http://127.0.0.1:9000".to_owned()),
            environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..ServiceFacts::default()
        };
        let all = of(&row(facts), &hub(Some(("service-x".to_owned(), "/jhub/services/x/cb".to_owned()))));
        let told = |name: &str| all[name].expose().clone();
        assert_eq!(told("JUPYTERHUB_SERVICE_URL"), "http://127.0.0.1:9000");
        assert_eq!(told("JUPYTERHUB_SERVICE_PREFIX"), "/jhub/services/idle-culler/");
        assert_eq!((told("COURSE").as_str(), told("JUPYTERHUB_API_TOKEN").as_str()), ("a", "d8a7"));
        assert_eq!(told("JUPYTERHUB_OAUTH_CALLBACK_URL"), "/jhub/services/x/cb");
    }
}
