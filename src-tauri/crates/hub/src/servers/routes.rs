//! Whether the proxy's routes are those of the servers that are ready. They are, as long as nobody else changes them:
//! asked for by JupyterHub's `POST /proxy`.

use labdeck_model::{ServerKey, ServerState};
use labdeck_proxy::{Routespec, Target};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::Result;

/// Adds what is missing and removes what leads to a server that rests.
///
/// # Errors
/// When the store fails.
pub async fn check_routes(ctx: &Context) -> Result<()> {
    for row in super::list_rows(ctx).await? {
        let Ok(spec) = Routespec::parse(&row.key.path_below(&ctx.config.base_url)) else { continue };
        let state = super::state_of(ctx, &row);
        let known = ctx.routes.get(&spec);
        if state.is_stopped() && known.as_ref().is_some_and(|route| is_of(&route.data, &row.key)) {
            tracing::warn!(route.spec = %spec, "Removed a route to {}, which rests", row.key);
            ctx.routes.remove(&spec);
        }
        if known.is_none()
            && let Some(target) = target_of(&state)
        {
            tracing::warn!(route.spec = %spec, "Added the route to {}, which was missing", row.key);
            ctx.routes.add(spec, target, data_of(&row.key));
        }
    }
    Ok(())
}

/// What is kept with the route of a server: JupyterHub's fields.
pub(super) fn data_of(key: &ServerKey) -> Value {
    json!({ "user": key.user, "server_name": key.server, "jupyterhub": true })
}

fn is_of(data: &Value, key: &ServerKey) -> bool {
    data["jupyterhub"] == true && data["user"] == key.user.as_str() && data["server_name"] == key.server.as_str()
}

fn target_of(state: &ServerState) -> Option<Target> {
    state.url().filter(|_| state.is_ready()).and_then(|url| Target::parse(url).ok())
}
