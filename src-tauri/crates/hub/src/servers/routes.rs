//! Whether the proxy's routes are those of the servers that are ready. They are, as long as nobody else changes them:
//! asked for by JupyterHub's `POST /proxy`.

use labdeck_model::{ServerKey, ServerState};
use labdeck_proxy::{RouteTable, Routespec, SessionNames, Target};
use labdeck_store::tables::session_names::{self, SessionNamesRow};
use labdeck_store::tables::spawners;
use labdeck_store::{Store, StoreError};
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
            let read = || find_session_names(ctx.store.clone(), row.key.clone());
            add_route(&ctx.routes, spec, target, &row.key, read).await?;
        }
    }
    Ok(())
}

/// Adds the route of a server, with the session names that `read` finds. They are read once more when the route is
/// there: whoever was shut out between the two found no route to say so to.
pub(super) async fn add_route<F>(
    routes: &RouteTable,
    spec: Routespec,
    target: Target,
    key: &ServerKey,
    read: impl Fn() -> F,
) -> Result<(), StoreError>
where
    F: Future<Output = Result<Option<SessionNames>, StoreError>>,
{
    routes.add_with_sessions(spec.clone(), target, data_of(key), read().await?);
    if let Some(names) = read().await? {
        routes.renew_sessions(&spec, names);
    }
    Ok(())
}

/// Under which names a server knows its visitors, where they were ever renewed: it may run since before the hub does, and
/// remember somebody who was shut out meanwhile.
pub(super) async fn find_session_names(store: Store, key: ServerKey) -> Result<Option<SessionNames>, StoreError> {
    let found = store.read(move |read| {
        let Some(server) = spawners::find_by_key(read, &key)? else { return Ok::<_, StoreError>(None) };
        session_names::find(read, server.id)
    });
    Ok(found.await?.map(names_of))
}

/// As the proxy has them.
pub fn names_of(SessionNamesRow { number, mark, known }: SessionNamesRow) -> SessionNames {
    SessionNames { number, known, mark }
}

/// What is kept with the route of a server: JupyterHub's fields.
fn data_of(key: &ServerKey) -> Value {
    json!({ "user": key.user, "server_name": key.server, "jupyterhub": true })
}

fn is_of(data: &Value, key: &ServerKey) -> bool {
    data["jupyterhub"] == true && data["user"] == key.user.as_str() && data["server_name"] == key.server.as_str()
}

fn target_of(state: &ServerState) -> Option<Target> {
    state.url().filter(|_| state.is_ready()).and_then(|url| Target::parse(url).ok())
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn session_names_are_read_again_when_the_route_is_there() {
        let (routes, key) = (RouteTable::new(), ServerKey::default_of("ada".parse().unwrap()));
        let spec = Routespec::parse("/user/ada/").unwrap();
        let was_there = Mutex::new(Vec::new());
        let read = || {
            was_there.lock().push(routes.get(&spec).is_some());
            std::future::ready(Ok(None))
        };
        let target = Target::parse("http://127.0.0.1:9").unwrap();
        add_route(&routes, spec.clone(), target, &key, read).await.unwrap();
        assert_eq!(*was_there.lock(), [false, true]);
    }
}
