//! Every page's route, and nothing else.

use super::{
    accept_share, account, awake, claim, csp_report, delete, home, invitation, login, logout, oauth, panel, places,
    sharing, spawn, spawn_pending, statics, stop, ticket, token, user_url,
};
use crate::context::Context;
use crate::front::router::{Router, any, get, post};

/// The pages of a hub at `base_url` (which begins and ends with a slash), to be served behind the proxy only. What
/// lies outside the base is sent into it.
pub fn router(base_url: &str) -> Router<Context> {
    let below = base_url.trim_end_matches('/');
    if below.is_empty() {
        return at_the_root();
    }
    Router::new().nest(below, at_the_root()).fallback(places::elsewhere)
}

fn at_the_root() -> Router<Context> {
    Router::new()
        .merge(doors())
        .merge(servers())
        .merge(keys())
        .merge(shared())
        .merge(panel())
        .merge(plain())
        .fallback(places::elsewhere)
        .method_not_allowed_fallback(places::method_not_allowed)
}

/// Getting in and out.
fn doors() -> Router<Context> {
    Router::new()
        .route("/hub/login", get(login::get).post(login::post))
        .route("/hub/logout", get(logout::get).post(logout::post).head(logout::head))
        .route("/hub/invitation", get(invitation::get).post(invitation::post))
        .route("/hub/claim", get(claim::get).post(claim::post))
        .route("/hub/ticket", get(ticket::get).head(ticket::head))
        .route("/hub/api/oauth2/authorize", get(oauth::get).post(oauth::post).head(oauth::head))
}

/// Servers: looking, starting, stopping.
fn servers() -> Router<Context> {
    Router::new()
        .route("/hub/home", get(home::get))
        .route("/hub/servers", post(home::add))
        .route("/hub/spawn", get(spawn::get).post(spawn::post))
        .route("/hub/spawn/{name}", get(spawn::get).post(spawn::post))
        .route("/hub/spawn/{name}/{server}", get(spawn::get).post(spawn::post))
        .route("/hub/spawn-pending", get(spawn_pending::get))
        .route("/hub/spawn-pending/{name}", get(spawn_pending::get))
        .route("/hub/spawn-pending/{name}/{server}", get(spawn_pending::get))
        .route("/hub/stop/{name}", post(stop::post))
        .route("/hub/stop/{name}/{server}", post(stop::post))
        .route("/hub/delete/{name}/{server}", post(delete::post))
        .route("/hub/awake/{name}", get(awake::get).post(awake::post))
        .route("/hub/awake/{name}/{server}", get(awake::get).post(awake::post))
        .route("/hub/user-redirect", get(places::user_redirect))
        .route("/hub/user-redirect/", get(places::user_redirect))
        .route("/hub/user-redirect/{*path}", get(places::user_redirect))
        .route("/hub/user/{*path}", any(user_url::inside))
        .route("/user/{*path}", any(user_url::outside))
}

/// What lets others in.
fn keys() -> Router<Context> {
    Router::new()
        .route("/hub/token", get(token::get).post(token::create))
        .route("/hub/token/revoke", post(token::revoke))
        .route("/hub/account", get(account::get))
        .route("/hub/account/password", post(account::change_password))
        .route("/hub/account/sessions/revoke", post(account::revoke_session))
}

/// Servers that others may use.
fn shared() -> Router<Context> {
    Router::new()
        .route("/hub/sharing", get(sharing::get).post(sharing::give))
        .route("/hub/sharing/revoke", post(sharing::revoke))
        .route("/hub/sharing/leave", post(sharing::leave))
        .route("/hub/sharing/ask", post(sharing::ask))
        .route("/hub/sharing/answer", post(sharing::answer))
        .route("/hub/accept-share", get(accept_share::get).post(accept_share::post))
}

/// Looking after people and servers.
fn panel() -> Router<Context> {
    Router::new()
        .route("/hub/admin", get(panel::add_slash))
        .route("/hub/admin/", get(panel::get))
        .route("/hub/admin/{*path}", get(panel::file))
}

/// What needs nobody to be signed in.
fn plain() -> Router<Context> {
    Router::new()
        .route("/hub", get(places::add_slash))
        .route("/hub/", get(places::root))
        .route("/hub/health", get(places::health))
        .route("/hub/security/csp-report", post(csp_report::post))
        .route("/hub/error/{code}", get(places::error))
        .route("/hub/logo", get(statics::logo))
        .route("/hub/static/{*path}", get(statics::get))
}
