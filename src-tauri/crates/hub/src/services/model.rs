//! How services look: JupyterHub's model, cut down to what the caller may see, and what Labdeck tells beside it (state,
//! health, log). Owns no decisions.

use labdeck_model::scope::{Owner, ScopeBase, Target};
use labdeck_model::{ServiceName, Timestamp};
use labdeck_store::tables::roles::{self, Holder};
use labdeck_store::tables::services::ServiceRow;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::board::{Entry, Health, Phase};
use super::environment::prefix;
use crate::authz::{Caller, identify_scopes};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tasks;

/// A service, its process and whether it answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView {
    /// Its name.
    name: String,
    /// Whether the configuration names it; if not, it can be removed.
    from_config: bool,
    /// Whether it may do everything.
    admin: bool,
    /// Whether it stands in the pages' menu.
    display: bool,
    /// Where it listens.
    url: Option<String>,
    /// Its path at the public address, if it has an address.
    prefix: Option<String>,
    /// What it does now.
    state: ServiceState,
    /// The number of its process.
    pid: Option<u32>,
    /// Since when it runs.
    since: Option<Timestamp>,
    /// When it is started again.
    next_start: Option<Timestamp>,
    /// How often it was started again since the hub started.
    restarts: u32,
    /// How it ended last.
    last_exit: Option<ServiceExit>,
    /// Whether it answers; null for one without an address, or that was not asked yet.
    healthy: Option<bool>,
    /// What was seen in place of an answer.
    trouble: Option<String>,
}

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Somebody else starts it.
    External,
    /// It is being started.
    Starting,
    /// It runs.
    Running,
    /// It ended and waits for its next start.
    Waiting,
    /// It was ended with the hub.
    Stopped,
}

/// How a run of a service ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceExit {
    /// When.
    at: Timestamp,
    /// Its exit code.
    code: Option<i32>,
    /// The signal that ended it.
    signal: Option<i32>,
    /// In a sentence.
    message: String,
}

/// JupyterHub's models of those services that the caller may list, by name.
///
/// # Errors
/// 403 without the right; when the store fails.
pub async fn list_models(ctx: &Context, caller: &Caller) -> Result<Map<String, Value>> {
    let access = caller.reach(&ScopeBase::ListServices)?;
    let mut models = Map::new();
    for entry in ctx.services.all() {
        if access.admits(Target::Service(&entry.row.name), &caller.members) {
            models.insert(entry.row.name.to_string(), model(ctx, caller, &entry).await?);
        }
    }
    Ok(models)
}

/// JupyterHub's model of one.
///
/// # Errors
/// 404 for none; when the store fails.
pub async fn get_model(ctx: &Context, caller: &Caller, name: &ServiceName) -> Result<Value> {
    model(ctx, caller, &find(ctx, name)?).await
}

/// JupyterHub's model of the service that asks, which may tell its own name in any case.
///
/// # Errors
/// When the store fails.
pub async fn own_model(ctx: &Context, caller: &Caller, own: &ServiceRow) -> Result<Value> {
    let mut asker = caller.clone();
    asker.scopes = asker.scopes.union(&identify_scopes(&Owner::service(own.name.clone())));
    match ctx.services.find(&own.name) {
        Some(entry) => model(ctx, &asker, &entry).await,
        // Removed in this moment.
        None => Ok(json!({ "kind": "service", "name": own.name, "admin": own.facts.admin })),
    }
}

/// What Labdeck knows of those that the caller may list.
///
/// # Errors
/// 403 without the right.
pub fn list_views(ctx: &Context, caller: &Caller) -> Result<Vec<ServiceView>> {
    caller.reach(&ScopeBase::ListServices)?;
    let readable = |entry: &Entry| caller.may(&ScopeBase::ReadServices, Target::Service(&entry.row.name));
    Ok(ctx.services.all().iter().filter(|entry| readable(entry)).map(|entry| view(ctx, entry)).collect())
}

/// The last lines of a service's log; none for one that somebody else starts.
///
/// # Errors
/// 404 for none; when the log cannot be read.
pub async fn log_lines(ctx: &Context, name: &ServiceName, lines: usize) -> Result<Vec<String>> {
    let entry = find(ctx, name)?;
    if entry.run.is_none() {
        return Ok(Vec::new());
    }
    let (programs, name) = (ctx.services.programs.clone(), name.to_string());
    let read = tasks::blocking(move || programs.log_lines(&name, lines)).await;
    read.map_err(|error| Error::internal("reading the log of a service").caused_by(error))
}

fn find(ctx: &Context, name: &ServiceName) -> Result<Entry> {
    ctx.services.find(name).ok_or_else(|| Error::not_found(format!("No such service: {name}")))
}

/// Field by field as far as a scope covers it (JupyterHub 6.1, `service_model`).
async fn model(ctx: &Context, caller: &Caller, entry: &Entry) -> Result<Value> {
    let (row, facts) = (&entry.row, &entry.row.facts);
    let may = |scope: ScopeBase| caller.may(&scope, Target::Service(&row.name));
    let mut model = Map::new();
    let mut put = |name: &str, value: Value| drop(model.insert(name.to_owned(), value));
    if may(ScopeBase::ReadServicesName) || may(ScopeBase::ReadRolesServices) || may(ScopeBase::ReadServices) {
        put("kind", json!("service"));
        put("name", json!(row.name));
        put("admin", json!(facts.admin));
    }
    if may(ScopeBase::ReadRolesServices) {
        put("roles", json!(role_names(ctx, entry).await?));
    }
    if may(ScopeBase::ReadServices) {
        let led = facts.url.as_ref().map(|_| prefix(&ctx.config.base_url, row.name.as_str()));
        put("url", json!(facts.url.as_deref().unwrap_or_default()));
        put("prefix", json!(led.unwrap_or_default()));
        put("command", json!(facts.command));
        put("pid", json!(entry.pid().unwrap_or_default()));
        put("info", json!(facts.info));
        put("display", json!(facts.display));
    }
    Ok(Value::Object(model))
}

async fn role_names(ctx: &Context, entry: &Entry) -> Result<Vec<String>> {
    let id = entry.row.id;
    let rows = ctx.store.read(move |read| Ok::<_, Error>(roles::list_for(read, Holder::Service(id))?)).await?;
    let mut names: Vec<_> = rows.into_iter().map(|role| role.name.to_string()).collect();
    names.extend(entry.row.facts.admin.then(|| "admin".to_owned()));
    names.sort();
    names.dedup();
    Ok(names)
}

fn view(ctx: &Context, entry: &Entry) -> ServiceView {
    let (row, facts) = (&entry.row, &entry.row.facts);
    let phase = entry.run.as_ref().map(|run| &run.phase);
    let (state, since, next_start) = match phase {
        None => (ServiceState::External, None, None),
        Some(Phase::Starting) => (ServiceState::Starting, None, None),
        Some(Phase::Running { since, .. }) => (ServiceState::Running, Some(*since), None),
        Some(Phase::Waiting { until }) => (ServiceState::Waiting, None, Some(*until)),
        Some(Phase::Stopped) => (ServiceState::Stopped, None, None),
    };
    let (healthy, trouble) = match &entry.health {
        Health::Unknown => (None, None),
        Health::Up => (Some(true), None),
        Health::Down(seen) => (Some(false), Some(seen.clone())),
    };
    let last_exit = entry.run.as_ref().and_then(|run| run.last_end.clone()).map(|end| ServiceExit {
        at: end.at,
        code: end.exit.and_then(|exit| exit.code),
        signal: end.exit.and_then(|exit| exit.signal),
        message: end.words,
    });
    ServiceView {
        name: row.name.to_string(),
        from_config: facts.from_config,
        admin: facts.admin,
        display: facts.display,
        url: facts.url.clone(),
        prefix: facts.url.as_ref().map(|_| prefix(&ctx.config.base_url, row.name.as_str())),
        state,
        pid: entry.pid(),
        since,
        next_start,
        restarts: entry.run.as_ref().map_or(0, |run| run.restarts),
        last_exit,
        healthy,
        trouble,
    }
}
