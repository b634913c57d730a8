//! The way from the public address to services. Owns which routes there are: a projection of what is stored, made anew
//! whenever that changes and whenever somebody asks for it. Routes of servers are the lifecycle's.

use std::collections::BTreeMap;

use labdeck_proxy::{Routespec, Target};
use labdeck_store::StoreError;
use labdeck_store::tables::services;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use super::environment::prefix;
use crate::context::Context;

/// Brings the proxy's routes to services in line with what is stored.
///
/// # Errors
/// When the store fails.
pub async fn reconcile(ctx: &Context) -> Result<(), StoreError> {
    let begun = Instant::now();
    let rows = ctx.store.read(services::list).await?;
    let mut wanted = BTreeMap::new();
    for row in rows {
        let Some(url) = &row.facts.url else { continue };
        match (Routespec::parse(&prefix(&ctx.config.base_url, row.name.as_str())), target(url)) {
            (Ok(spec), Some(target)) => {
                wanted.insert(spec, (target, row.name));
            }
            (_, _) => tracing::warn!(service.name = %row.name, "The service {} cannot be led to at {url}", row.name),
        }
    }
    for route in ctx.routes.list().into_iter().filter(|route| route.data.get("service").is_some()) {
        match wanted.get(&route.spec) {
            Some((target, _)) if *target == route.target => drop(wanted.remove(&route.spec)),
            Some(_) => {}
            None => drop(ctx.routes.remove(&route.spec)),
        }
    }
    for (spec, (target, name)) in wanted {
        ctx.routes.add(spec, target, json!({ "service": name, "jupyterhub": true }));
    }
    ctx.metrics.routes_checked(begun.elapsed());
    Ok(())
}

/// Where the proxy leads: the address without its path, since the path that the visitor asked for is passed on whole.
fn target(url: &str) -> Option<Target> {
    let url = Url::parse(url).ok()?;
    Target::parse(&url.origin().ascii_serialization()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_address_is_not_put_in_front() {
        assert_eq!(target("http://127.0.0.1:9000/x/").unwrap().as_str(), "http://127.0.0.1:9000");
        assert_eq!(target("http://[::1]:9000").unwrap().as_str(), "http://[::1]:9000");
        assert!(target("ftp://x").is_none());
    }
}
