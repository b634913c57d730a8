//! Asking for a start: who may have which server with which stack on which driver.

use labdeck_model::{DisplayName, ServerKey, Stack};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::{stacks, users};
use serde_json::Value;

use crate::authz::{Caller, Who};
use crate::config::NamedServers;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::homes;
use crate::lifecycle::{Denied, Patience, Refused, StartOptions, StartRefused, StartTicket};
use crate::resources::{self, Choice};
use crate::spawners::{DOCKER, For};

/// What somebody wants of a start.
#[derive(Debug, Clone, Default)]
pub struct StartWish {
    /// What the server's user chose; `null` repeats the last choice.
    pub user_options: Value,
    /// A name for people.
    pub display_name: Option<String>,
    /// What happens where there is no room for it now.
    pub patience: Patience,
}

/// Starts a server, or joins a start that is under way.
///
/// # Errors
/// 404 for nobody, 400 for a start that makes no sense now or a choice that is not offered, 403, 429, 503.
pub async fn start(ctx: &Context, caller: &Caller, key: &ServerKey, wish: StartWish) -> Result<StartTicket> {
    // Said before anything is looked at that would only matter for a start.
    if ctx.registry.find(key).is_some_and(|known| known.state().is_ready()) {
        return Err(refusal(&StartRefused::State(Refused::Running), key));
    }
    let options = start_options(ctx, caller, key, wish).await?;
    ctx.registry.start(key, options).map_err(|refused| counted(ctx, &refused, key))
}

/// Stops a server and starts it again, as one thing; with the options it ran with, where none are wished. A server at
/// rest is started.
///
/// # Errors
/// As [`start`].
pub async fn restart(ctx: &Context, caller: &Caller, key: &ServerKey, wish: StartWish) -> Result<StartTicket> {
    let options = start_options(ctx, caller, key, wish).await?;
    if super::state_of(ctx, &super::get_row(ctx, key).await?).is_active() {
        let by = &options.asked_by;
        super::history::note(&ctx.store, key, "restart_asked", format!("{by} asked for a restart.")).await;
    }
    ctx.registry.restart(key, options).map_err(|refused| counted(ctx, &refused, key))
}

/// Everything that a start needs, from what somebody wants.
async fn start_options(ctx: &Context, caller: &Caller, key: &ServerKey, wish: StartWish) -> Result<StartOptions> {
    let row = prepare(ctx, key, &wish).await?;
    let (options, choice) = match wish.user_options {
        Value::Null => (row.user_options.clone(), Choice::Repeated),
        options => (options, Choice::Made),
    };
    let whom = if caller.is_admin() && caller.is(&key.user) { For::Lead } else { whom_of(ctx, key).await? };
    // The driver with the files: a server that never got any may go elsewhere.
    let kept = row.home.as_ref().and(row.spawner_kind.as_deref());
    let spawner = ctx.spawners.choose(kept, whom)?;
    let stack = if spawner.kind() == DOCKER { choose_software(ctx, &options, choice).await? } else { None };
    let common = ctx.config.common(spawner.kind());
    let base = stack.as_ref().map_or(common.limits, |stack| stack.limits);
    let mut grant = resources::choose(ctx, key, &options, choice, base).await?;
    grant.unenforced = spawner.unenforced(&grant.limits).await;
    let groups = resources::groups_of(ctx, key).await?;
    let mounts = homes::mounts(ctx, key, &*spawner, &options, choice).await?;
    grant.unenforced.extend(spawner.unenforced_mounts(&mounts).await);
    let (patience, asked_by) = (wish.patience, asker(caller));
    Ok(StartOptions { spawner, stack, user_options: options, grant, mounts, groups, patience, asked_by })
}

/// Makes the server's row if there is none, within the limits for named servers.
///
/// # Errors
/// 404 for nobody, 400 where named servers are off or the user has as many as allowed.
pub async fn prepare(ctx: &Context, key: &ServerKey, wish: &StartWish) -> Result<SpawnerRow> {
    // An empty one is none, as JupyterHub reads it.
    let display_name = wish.display_name.as_deref().filter(|name| !name.is_empty());
    let (key, display_name) = (key.clone(), display_name.map(DisplayName::parse).transpose()?);
    let named_servers = ctx.config.named_servers;
    let (row, fresh) = ctx
        .store
        .write(move |tx| {
            let missing = || Error::not_found(format!("There is nobody called {}.", key.user));
            let user = users::find_by_name(tx, &key.user)?.ok_or_else(missing)?;
            let existing = spawners::find(tx, user.id, &key.server)?;
            if existing.is_none() && !key.server.is_default() {
                let mine = spawners::list_for_user(tx, user.id)?;
                check_room(named_servers, &key, &mine)?;
            }
            let fresh = existing.is_none();
            let row = match existing {
                Some(row) => row,
                None => spawners::upsert(tx, user.id, &key.server)?,
            };
            match display_name {
                Some(name) => spawners::set_display_name(tx, row.id, name.as_str())?,
                None if fresh => spawners::set_display_name(tx, row.id, key.server.as_str())?,
                None => {}
            }
            Ok::<_, Error>((row, fresh))
        })
        .await?;
    if fresh && ctx.registry.forget(&row.key).is_err() {
        // Somebody else began to start it since the row was written.
        tracing::debug!(server.key = %row.key, "The server {} is active already", row.key);
    }
    Ok(row)
}

pub(super) fn check_room(named_servers: NamedServers, key: &ServerKey, mine: &[SpawnerRow]) -> Result<()> {
    let named = mine.iter().filter(|row| !row.key.server.is_default()).count();
    match named_servers {
        NamedServers::Off => Err(Error::invalid("Named servers are not enabled.")),
        NamedServers::UpTo(limit) if named >= usize::try_from(limit).unwrap_or(usize::MAX) => {
            Err(Error::invalid(format!(
                "User {} already has the maximum of {limit} named servers.  One must be deleted before a new server can be created",
                key.user
            )))
        }
        NamedServers::UpTo(_) | NamedServers::Unlimited => Ok(()),
    }
}

/// Whether the server is an admin's own.
async fn whom_of(ctx: &Context, key: &ServerKey) -> Result<For> {
    let user = crate::accounts::get(ctx, &key.user).await?;
    Ok(if user.admin { For::Lead } else { For::Person })
}

/// The stack, with the image that was chosen beside it or in its place. What was chosen at an earlier start and is not
/// offered any more is the default.
async fn choose_software(ctx: &Context, options: &Value, choice: Choice) -> Result<Option<Stack>> {
    let Some(chosen) = still_allowed(crate::stacks::choose_image(&ctx.config.docker, options), choice)? else {
        return choose_stack(ctx, options, choice).await;
    };
    if options.get("stack").and_then(resources::first_text).is_none() {
        return Ok(Some(crate::stacks::unnamed_stack(chosen, ctx.config.docker.common.limits)));
    }
    Ok(choose_stack(ctx, options, choice).await?.map(|stack| Stack { image: chosen.image, ..stack }))
}

/// The stack named by the options, else the default one. No stack at all leaves it to the configuration's image.
async fn choose_stack(ctx: &Context, options: &Value, choice: Choice) -> Result<Option<Stack>> {
    let wanted = options.get("stack").and_then(resources::first_text);
    let fallback = ctx.config.docker.image.is_some();
    ctx.store
        .read(move |read| {
            if let Some(name) = wanted {
                let found = stacks::find(read, &name)?.filter(|stack| stack.offered);
                let missing = || Error::invalid(format!("The stack {name:?} is not offered. Choose another one."));
                if let Some(stack) = still_allowed(found.ok_or_else(missing).map(Some), choice)? {
                    return Ok(Some(stack));
                }
            }
            match stacks::find_default(read)? {
                Some(stack) => Ok(Some(stack)),
                None if fallback => Ok(None),
                None => Err(Error::new(
                    Kind::Unavailable,
                    "No stack is offered yet. The lead adds one in the window, under Stacks.",
                )),
            }
        })
        .await
}

/// A choice that is not allowed is refused when it is made, and dropped when it is repeated: nobody chose it now.
fn still_allowed<T>(chosen: Result<Option<T>>, choice: Choice) -> Result<Option<T>> {
    match (chosen, choice) {
        (Err(error), Choice::Repeated) if matches!(error.kind(), Kind::Invalid) => Ok(None),
        (chosen, Choice::Made | Choice::Repeated) => chosen,
    }
}

/// A refusal for now, which is one of JupyterHub's figures (`ServerSpawnFailureReason`).
fn counted(ctx: &Context, refused: &StartRefused, key: &ServerKey) -> Error {
    let reason = match refused {
        StartRefused::Limit(Denied::Limited { .. } | Denied::NoRoom { .. }) => Some("throttled"),
        StartRefused::Limit(Denied::Full) => Some("too-many-users"),
        StartRefused::State(Refused::Stopping | Refused::Checking) => Some("already-pending"),
        StartRefused::State(Refused::Running)
        | StartRefused::Never(_)
        | StartRefused::Leaving(_)
        | StartRefused::HubEnding => None,
    };
    if let Some(reason) = reason {
        ctx.metrics.start_refused(reason);
    }
    refusal(refused, key)
}

fn refusal(refused: &StartRefused, key: &ServerKey) -> Error {
    let words = refused.words(key);
    match (refused, refused.retry_after()) {
        (_, Some(after)) => Error::new(Kind::Limited(after), words),
        (StartRefused::Limit(_), None) => Error::new(Kind::Limited(std::time::Duration::from_secs(60)), words),
        (StartRefused::State(_) | StartRefused::Never(_), None) => Error::invalid(words),
        (StartRefused::Leaving(_), None) => Error::conflict(words),
        (StartRefused::HubEnding, None) => Error::new(Kind::Unavailable, words),
    }
}

/// Who asks, as a server's history names them.
pub(super) fn asker(caller: &Caller) -> String {
    match &caller.who {
        Who::Window => "The lead".to_owned(),
        Who::User(user) => user.name.to_string(),
        Who::Service(service) => format!("The service {}", service.name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_remembered_choice_that_is_withdrawn_is_the_default_and_a_new_one_is_refused() {
        let docker = Config::from_toml("t", "[docker_spawner]\nallowed_images = [\"a/b:1\"]").unwrap().docker;
        let image = |name: &str, choice| {
            let chosen = crate::stacks::choose_image(&docker, &json!({ "image": name }));
            still_allowed(chosen, choice).map(|found| found.map(|found| found.image.to_string()))
        };
        for choice in [Choice::Made, Choice::Repeated] {
            assert_eq!(image("a/b:1", choice).unwrap().as_deref(), Some("a/b:1"));
        }
        assert_eq!(image("a/gone:1", Choice::Repeated).unwrap(), None);
        assert!(image("a/gone:1", Choice::Made).is_err());
        let fails = || Err::<Option<()>, _>(Error::new(Kind::Unavailable, "No stack."));
        assert!(still_allowed(fails(), Choice::Repeated).is_err(), "only a refusal is dropped");
    }
}
