//! What each listener serves, and the gate that every request passes first: the pages and the API behind the proxy,
//! the API alone elsewhere (`ARCHITECTURE.md` 4). Called by [`crate::Hub`] only.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::time::Instant;

use crate::context::Context;
use crate::front::router::{Route, Router};
use crate::front::{self, Gate, Listener, Routes};
use crate::{api, pages};

/// For the listener behind the proxy: pages and API.
pub(crate) fn hub(ctx: &Context) -> Routes {
    gated(ctx, served(&ctx.config.base_url, Listener::Hub), Listener::Hub, Some(ctx.hub_address.to_string()))
}

/// For the window: the API alone, at exactly this `Host`.
pub(crate) fn control(ctx: &Context, host: &str) -> Routes {
    let origins = front::window_origins();
    let api = served(&ctx.config.base_url, Listener::Control).layer(from_fn_with_state(origins, front::cors));
    gated(ctx, api, Listener::Control, Some(host.to_owned()))
}

/// For the command line: the API alone.
pub(crate) fn socket(ctx: &Context) -> Routes {
    gated(ctx, served(&ctx.config.base_url, Listener::Socket), Listener::Socket, None)
}

/// For servers in containers: the API alone, by tokens.
pub(crate) fn containers(ctx: &Context) -> Routes {
    gated(ctx, served(&ctx.config.base_url, Listener::Containers), Listener::Containers, None)
}

/// Every route that a listener of a hub at `base_url` (which begins and ends with a slash) serves.
pub fn routes(base_url: &str, listener: Listener) -> Vec<Route> {
    served(base_url, listener).into_routes()
}

fn served(base_url: &str, listener: Listener) -> Router<Context> {
    match listener {
        Listener::Hub => api::router(base_url).merge(pages::router(base_url)),
        Listener::Control | Listener::Socket | Listener::Containers => api::router(base_url),
    }
}

fn gated(ctx: &Context, router: Router<Context>, listener: Listener, host: Option<String>) -> Routes {
    // The place for reports is a page, and pages are served behind the proxy only.
    let reports_to = (listener == Listener::Hub).then(|| format!("{}hub/security/csp-report", ctx.config.base_url));
    let gate = Gate { listener, host, proxy_secret: ctx.proxy_secret.clone(), reports_to };
    let claimed = from_fn_with_state(ctx.clone(), front::only_the_claim);
    let gate = from_fn_with_state(Arc::new(gate), Gate::check);
    let measured = from_fn_with_state(ctx.clone(), measured);
    router.layer(measured).layer(claimed).layer(gate).with_state(ctx.clone())
}

/// Tells the figures of a request. The route counts and not the path, of which there are as many as visitors like.
async fn measured(State(ctx): State<Context>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = match request.method().as_str() {
        known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    ctx.metrics.request(&method, &route, response.status().as_u16(), begun.elapsed());
    response
}
