//! Keeping a server awake: until when no rule stops it.

use std::time::Duration;

use labdeck_model::{ServerKey, ServerView};
use labdeck_store::tables::spawners;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::{announce, find_view, history};

/// How long people may keep their own server awake at once: a day, so that forgetting it is not for ever.
pub const OWN_HOURS: u32 = 24;
/// How long the lead may keep one awake: the longest holidays.
pub const LEAD_HOURS: u32 = 24 * 60;

/// Keeps a server awake for so many hours from now, at most `limit`; `None` lets the rules rule again.
///
/// # Errors
/// 404; 400 for more hours than allowed.
pub async fn keep_awake(ctx: &Context, key: &ServerKey, hours: Option<u32>, limit: u32) -> Result<ServerView> {
    if let Some(hours) = hours.filter(|&hours| hours == 0 || hours > limit) {
        return Err(Error::invalid(format!("A server can be kept awake for 1 to {limit} hours at once, not {hours}.")));
    }
    let missing = || Error::not_found(format!("There is no server {key}."));
    let of = key.clone();
    ctx.store
        .write(move |tx| {
            let row = spawners::find_by_key(tx, &of)?;
            let row = row.ok_or_else(|| Error::not_found(format!("There is no server {of}.")))?;
            let until = hours.map(|hours| tx.now().after(Duration::from_secs(u64::from(hours) * 3600)));
            Ok::<_, Error>(spawners::set_awake_until(tx, row.id, until)?)
        })
        .await?;
    ctx.board.set_stop(key, None);
    let words = match hours {
        Some(1) => "It is kept awake for 1 hour.".to_owned(),
        Some(hours) => format!("It is kept awake for {hours} hours."),
        None => "It is no longer kept awake.".to_owned(),
    };
    history::note(&ctx.store, key, "awake", words).await;
    announce(ctx, key).await;
    find_view(ctx, key).await?.ok_or_else(missing)
}
