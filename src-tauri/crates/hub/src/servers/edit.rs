//! Making a server without starting it, and changing one that rests: its name, the name for people, its options. What
//! was saved in it stays with it, and so does what was shared of it.

use labdeck_model::{DisplayName, Event, ServerKey, ServerName};
use labdeck_spawner::docker::VolumeSource;
use labdeck_store::Tx;
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users;
use serde_json::Value;

use super::ports::{home_of, revoke};
use super::start::check_room;
use crate::config::NamedServers;
use crate::context::{Context, Inner};
use crate::error::{Error, Result};
use crate::lifecycle::Leaver;
use crate::python;

/// What is to be other about a server; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerChange {
    /// Its name.
    pub name: Option<String>,
    /// What people read.
    pub display_name: Option<String>,
    /// What its user chooses for the next start: an object.
    pub user_options: Option<Value>,
}

/// Makes a named server, which is not started.
///
/// # Errors
/// 404 for nobody; 409 for one that exists, as the default server always does; 400 for a bad name or options, and where
/// named servers are off or the user has as many as allowed.
pub async fn create(ctx: &Context, key: &ServerKey, wish: &ServerChange) -> Result<SpawnerRow> {
    crate::accounts::get(ctx, &key.user).await?;
    if key.server.is_default() {
        return Err(Error::conflict(format!("User {} already has a default server", key.user)));
    }
    let display_name = parse_display_name(wish.display_name.as_deref())?;
    let options = wish.user_options.clone().filter(|options| !options.is_null());
    options.as_ref().map_or(Ok(()), check_options)?;
    let (named_servers, wanted) = (ctx.config.named_servers, key.clone());
    let row = ctx
        .store
        .write(move |tx| {
            let missing = || Error::not_found(format!("There is nobody called {}.", wanted.user));
            let user = users::find_by_name(tx, &wanted.user)?.ok_or_else(missing)?;
            if spawners::find(tx, user.id, &wanted.server)?.is_some() {
                return Err(taken(&wanted));
            }
            check_room(named_servers, &wanted, &spawners::list_for_user(tx, user.id)?)?;
            let row = spawners::upsert(tx, user.id, &wanted.server)?;
            let shown = display_name.as_ref().map_or(wanted.server.as_str(), DisplayName::as_str);
            spawners::set_display_name(tx, row.id, shown)?;
            if let Some(options) = &options {
                spawners::set_user_options(tx, row.id, options)?;
            }
            Ok(row)
        })
        .await?;
    super::announce(ctx, key).await;
    super::get_row(ctx, &row.key).await
}

/// Changes a server that rests; answers it as it is then.
///
/// # Errors
/// 404 for none; 400 for an empty change, a bad name or options, one that is active, and where named servers are off or
/// none may be added; 409 for a name that is taken, or while it is started or removed.
pub async fn change(ctx: &Context, key: &ServerKey, wish: &ServerChange) -> Result<SpawnerRow> {
    if *wish == ServerChange::default() {
        return Err(Error::invalid("Must specify at least one field to modify."));
    }
    let display_name = parse_display_name(wish.display_name.as_deref())?;
    if let Some(options) = &wish.user_options {
        if !options.is_object() {
            return Err(Error::invalid("user_options must be a dict"));
        }
        check_options(options)?;
    }
    if (wish.name.is_some() || display_name.is_some()) && ctx.config.named_servers == NamedServers::Off {
        return Err(Error::invalid("Named servers are not enabled."));
    }
    let new = wish.name.as_deref().map(|name| parse_name(key, name)).transpose()?;
    let named = || python::repr_text(key.server.as_str());
    let missing = || Error::not_found(format!("User {} has no such server {}", key.user, named()));
    let row = super::find_known(ctx, key).await?.ok_or_else(missing)?;
    let _held = hold(ctx, [Some(key), new.as_ref()].into_iter().flatten())?;
    if super::state_of(ctx, &row).is_active() {
        return Err(Error::invalid(format!("{key} is active. Please stop it before modifying it.")));
    }
    if new.is_some() {
        still_at(ctx, &row, "{servername}", "raw_servername")?;
    }
    let (named_servers, options, renamed) = (ctx.config.named_servers, wish.user_options.clone(), new.clone());
    let old = row.clone();
    ctx.store
        .write(move |tx| {
            let old = if old.is_unmade() { spawners::upsert(tx, old.user_id, &old.key.server)? } else { old };
            if let Some(new) = &renamed {
                rename(tx, &old, new, named_servers)?;
            }
            if let Some(name) = &display_name {
                spawners::set_display_name(tx, old.id, name.as_str())?;
            }
            if let Some(options) = &options {
                spawners::set_user_options(tx, old.id, options)?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    let key = new.as_ref().unwrap_or(key);
    if *key != row.key {
        super::clear_away(ctx, &row).await;
        let words = format!("Its name was {} before.", row.key);
        super::history::note(&ctx.store, key, "renamed", words).await;
    }
    super::announce(ctx, key).await;
    super::get_row(ctx, key).await
}

fn rename(tx: &mut Tx<'_>, row: &SpawnerRow, new: &ServerKey, named_servers: NamedServers) -> Result<()> {
    if spawners::find(tx, row.user_id, &new.server)?.is_some() {
        return Err(taken_by_rename(new));
    }
    if row.key.server.is_default() {
        // The default server comes anew at its next start, so this makes one more.
        check_room(named_servers, new, &spawners::list_for_user(tx, row.user_id)?)?;
    }
    follow_rename(tx, row)?;
    spawners::rename(tx, row.id, &new.server)?;
    tx.emit(Event::ServerDeleted { user: row.key.user.clone(), name: row.key.server.to_string() });
    Ok(())
}

/// What must be done about a server that gets another key: its files stay where they are, and nothing that was issued
/// for the old address is good for whoever gets that next.
///
/// # Errors
/// When the store fails.
pub fn follow_rename(tx: &mut Tx<'_>, row: &SpawnerRow) -> Result<(), labdeck_store::StoreError> {
    if row.spawner_kind.is_some() {
        spawners::set_home(tx, row.id, Some(&home_of(row)))?;
    }
    revoke(tx, row)
}

/// Refuses to rename what the configuration looks for by its name: its files would stay behind.
///
/// # Errors
/// 409.
pub fn still_at(ctx: &Inner, row: &SpawnerRow, part: &str, raw: &str) -> Result<()> {
    let of_processes = ctx.config.local.home_dir.as_ref().is_some_and(|text| text.contains(part));
    let of_volumes = ctx.config.docker.containers.volumes.iter().any(|volume| match &volume.source {
        VolumeSource::Volume { name, .. } => name.as_str().contains(part) || name.as_str().contains(raw),
        VolumeSource::Host(path) => path.as_str().contains(part) || path.as_str().contains(raw),
        _ => false,
    });
    if row.spawner_kind.is_some() && (of_processes || of_volumes) {
        return Err(Error::conflict(format!(
            "The configuration looks for the files of {} under its name, by {part} in home_dir or volumes. They would stay behind.",
            row.key
        )));
    }
    Ok(())
}

fn hold<'a>(ctx: &Context, keys: impl Iterator<Item = &'a ServerKey>) -> Result<Vec<crate::lifecycle::Leaving>> {
    keys.map(|key| {
        let leaver = Leaver::ChangedServer(key.clone());
        let busy = || Error::conflict(format!("Somebody changes or removes the server {key}. Try again in a moment."));
        ctx.registry.leave(leaver).ok_or_else(busy)
    })
    .collect()
}

fn parse_name(key: &ServerKey, name: &str) -> Result<ServerKey> {
    let name = ServerName::parse(name)?;
    let new = ServerKey::new(key.user.clone(), name);
    // Its own name is taken, too: by itself.
    if new == *key || new.server.is_default() { Err(taken_by_rename(&new)) } else { Ok(new) }
}

fn parse_display_name(text: Option<&str>) -> Result<Option<DisplayName>> {
    Ok(text.filter(|text| !text.is_empty()).map(DisplayName::parse).transpose()?)
}

/// An object, without the keys that JupyterHub keeps for itself.
///
/// # Errors
/// 400.
pub fn check_options(options: &Value) -> Result<()> {
    let Some(fields) = options.as_object() else {
        return Err(Error::invalid("user_options must be an object or null"));
    };
    match fields.keys().find(|key| key.starts_with("__jupyterhub_")) {
        Some(key) => Err(Error::invalid(format!("user_options may not hold {key:?}: such keys are JupyterHub's own"))),
        None => Ok(()),
    }
}

fn taken_by_rename(key: &ServerKey) -> Error {
    Error::conflict(format!("User {} already has server {}", key.user, python::repr_text(key.server.as_str())))
}

fn taken(key: &ServerKey) -> Error {
    match key.server.as_str() {
        "" => Error::conflict(format!("User {} already has a default server", key.user)),
        name => Error::conflict(format!("User {} already has server {name}", key.user)),
    }
}
