//! Another name for a person. Tokens, sessions, the password, servers with their files, groups, roles and shares stay
//! theirs; what was narrowed to the old name is narrowed to the new one, and whoever gets the old one next has nothing
//! of it.

use labdeck_model::{Event, UserName};
use labdeck_store::Tx;
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users::{self, UserRow};

use crate::config::Config;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::lifecycle::Leaver;
use crate::{python, servers};

/// Gives a person another name; one that means the same changes nothing.
///
/// # Errors
/// 404 for nobody; 400 for a name that is none or is taken; 409 while a server of theirs is active, and where the
/// configuration names either of the two, which it would go on to do.
pub async fn rename(ctx: &Context, name: &UserName, new: &str) -> Result<UserRow> {
    let row = super::users::get(ctx, name).await?;
    let refused = |error| Error::invalid(format!("Invalid username: {} ({error})", python::repr_text(new)));
    let new = UserName::parse(new).map_err(refused)?;
    if new == *name {
        return Ok(row);
    }
    if let Some(named) = [name, &new].into_iter().find(|name| is_named(&ctx.config, name)) {
        return Err(Error::conflict(format!("The configuration file names {named}. Change it there before renaming.")));
    }
    let busy = || Error::conflict("Somebody renames or removes one of the two. Try again in a moment.");
    let _old = ctx.registry.leave(Leaver::ChangedUser(name.clone())).ok_or_else(busy)?;
    let _new = ctx.registry.leave(Leaver::ChangedUser(new.clone())).ok_or_else(busy)?;
    let id = row.id;
    let mine = ctx.store.read(move |read| Ok::<_, Error>(spawners::list_for_user(read, id)?)).await?;
    for server in &mine {
        if servers::state_of(ctx, server).is_active() {
            return Err(Error::conflict(format!(
                "The server {} is active. Stop it before renaming {name}.",
                server.key
            )));
        }
        servers::still_at(ctx, server, "{username}", "{raw_username}")?;
    }
    let (olds, wanted) = (mine.clone(), new.clone());
    ctx.store.write(move |tx| write(tx, &row, &wanted, &olds)).await?;
    for server in &mine {
        servers::clear_away(ctx, server).await;
    }
    let now = ctx.store.read(move |read| Ok::<_, Error>(spawners::list_for_user(read, id)?)).await?;
    for server in &now {
        servers::announce(ctx, &server.key).await;
    }
    super::users::get(ctx, &new).await
}

fn write(tx: &mut Tx<'_>, row: &UserRow, new: &UserName, servers: &[SpawnerRow]) -> Result<()> {
    if users::find_by_name(tx, new)?.is_some() {
        return Err(Error::invalid(format!("User {new} already exists, username must be unique")));
    }
    for server in servers {
        servers::follow_rename(tx, server)?;
        tx.emit(Event::ServerDeleted { user: row.name.clone(), name: server.key.server.to_string() });
    }
    users::rename(tx, row.id, new)?;
    tx.require_sync();
    tx.emit(Event::UserDeleted { user: row.name.clone() });
    tx.emit(Event::UserChanged { user: new.clone() });
    tx.emit(Event::GroupsChanged);
    Ok(())
}

/// Whether the next start would make this person anew, or give them something by this name.
fn is_named(config: &Config, name: &UserName) -> bool {
    let rules = &config.rules;
    rules.admin_users.contains(name)
        || rules.allowed_users.contains(name)
        || config.roles.iter().any(|role| role.users.contains(name))
        || config.api_tokens.iter().any(|token| token.user == *name)
}
