//! What single-user servers report of themselves: when the user and each server were last active.

use labdeck_model::{ServerName, Timestamp, UserName};
use labdeck_store::Tx;
use labdeck_store::tables::{spawners, users};

use crate::context::Context;
use crate::error::{Error, Result};

/// Moments of one report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// The user's.
    pub of_user: Option<Timestamp>,
    /// The servers'.
    pub of_servers: Vec<(ServerName, Timestamp)>,
}

/// Writes a report down, whole or not at all; an earlier moment than the one known changes nothing.
///
/// # Errors
/// 404 for nobody; 400 for a server that this user has not.
pub async fn report_activity(ctx: &Context, name: &UserName, activity: Activity) -> Result<()> {
    let name = name.clone();
    ctx.store.write(move |tx| note(tx, &name, &activity)).await
}

fn note(tx: &mut Tx<'_>, name: &UserName, activity: &Activity) -> Result<()> {
    let user = users::find_by_name(tx, name)?.ok_or_else(|| Error::not_found("No such user"))?;
    if let Some(at) = activity.of_user {
        users::touch_activity(tx, user.id, at)?;
    }
    for (server, at) in &activity.of_servers {
        let unknown = || Error::invalid(format!("No such server '{server}' for user {name}"));
        let row = match spawners::find(tx, user.id, server)? {
            // Everybody has a default server, also before its first start.
            None if server.is_default() => spawners::upsert(tx, user.id, server)?,
            found => found.ok_or_else(unknown)?,
        };
        spawners::touch_activity(tx, row.id, *at)?;
    }
    Ok(())
}
