//! How many of what there are, for Prometheus.

use std::time::Duration;

use labdeck_store::tables::users::{self, UserQuery};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::metrics::Counts;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The numbers of this moment. JupyterHub counts active users once an hour.
///
/// # Errors
/// When the store fails.
pub async fn count(ctx: &Context) -> Result<Counts> {
    let running = ctx.registry.all().iter().filter(|server| server.state().is_ready()).count();
    let (total_users, active_users) = ctx
        .store
        .read(|read| {
            let active = |days: u32| users::count_active_since(read, read.now().before(DAY * days));
            Ok::<_, Error>((users::count(read, &UserQuery::default())?, [active(1)?, active(7)?, active(30)?]))
        })
        .await?;
    Ok(Counts { running_servers: u64::try_from(running).unwrap_or(u64::MAX), total_users, active_users })
}
