//! Every route of the API, one screen per resource.

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;

use super::{
    activity, frame, groups, info, labdeck, metrics, oauth2, public, servers, services, share_codes, shares, tokens,
    users, whole,
};
use crate::context::Context;
use crate::error::Error;
use crate::front::router::{Router, delete, get, patch, post, put};

/// The API of a hub at `base_url` (which begins and ends with a slash): at `{base}hub/api`, which clients also write
/// with a slash at its end.
pub fn router(base_url: &str) -> Router<Context> {
    let version = get(info::version).options(info::options_of_version);
    // Where JupyterHub has them too, and Prometheus is told to look.
    let figures = get(metrics::get);
    Router::new()
        .nest(&format!("{base_url}hub/api"), calls())
        .route(&format!("{base_url}hub/api/"), version)
        .route(&format!("{base_url}hub/metrics"), figures)
        .layer(from_fn_with_state(Arc::from(base_url), frame::frame))
}

fn calls() -> Router<Context> {
    Router::new()
        .route("/", get(info::version).options(info::options_of_version))
        .route("/health", get(info::health))
        .route("/info", get(info::info))
        .route("/metrics", get(metrics::get).options(info::options))
        .route("/user", get(info::user).options(info::options))
        .route("/oauth2/token", post(oauth2::token))
        .merge(users())
        .merge(whole())
        .merge(groups())
        .merge(servers())
        .merge(tokens())
        .merge(sharing())
        .merge(services())
        .nest("/labdeck", labdeck().layer(from_fn(public::guard)))
        .fallback(unknown)
}

fn users() -> Router<Context> {
    Router::new()
        .route("/users", get(users::list).post(users::create_several).options(info::options))
        .route(
            "/users/{name}",
            get(users::get).post(users::create_one).patch(users::update).delete(users::delete).options(info::options),
        )
        .route("/users/{name}/activity", post(activity::report))
}

fn groups() -> Router<Context> {
    Router::new()
        .route("/groups", get(groups::list).post(groups::create_several).options(info::options))
        .route(
            "/groups/{name}",
            get(groups::get).post(groups::create_one).delete(groups::delete).options(info::options),
        )
        .route("/groups/{name}/users", post(groups::add_users).delete(groups::remove_users).options(info::options))
        .route("/groups/{name}/properties", put(groups::set_properties).options(info::options))
}

fn whole() -> Router<Context> {
    Router::new()
        .route("/proxy", get(whole::routes).post(whole::check_routes).patch(whole::change_proxy))
        .route("/shutdown", post(whole::shutdown))
        .route("/authorizations/token", post(whole::old_token))
        .route("/authorizations/token/{token}", get(whole::who_holds))
        .route("/authorizations/cookie/{cookie_name}/{cookie_value}", get(whole::who_is_signed_in))
        .route("/users/{name}/admin-access", post(whole::admin_access))
}

fn servers() -> Router<Context> {
    Router::new()
        .route(
            "/users/{name}/server",
            get(servers::get)
                .put(servers::create)
                .post(servers::start)
                .patch(servers::change)
                .delete(servers::stop)
                .options(info::options),
        )
        .route("/users/{name}/server/progress", get(servers::progress))
        .route(
            "/users/{name}/servers/{server}",
            get(servers::get)
                .put(servers::create)
                .post(servers::start)
                .patch(servers::change)
                .delete(servers::stop)
                .options(info::options),
        )
        .route("/users/{name}/servers/{server}/progress", get(servers::progress))
        // JupyterHub's clients may leave the name of the default server empty.
        .route(
            "/users/{name}/servers/",
            get(servers::get)
                .put(servers::create)
                .post(servers::start)
                .patch(servers::change)
                .delete(servers::stop)
                .options(info::options),
        )
}

fn tokens() -> Router<Context> {
    Router::new()
        .route("/users/{name}/tokens", get(tokens::list).post(tokens::create).options(info::options))
        .route("/users/{name}/tokens/{id}", get(tokens::get).delete(tokens::delete).options(info::options))
}

fn sharing() -> Router<Context> {
    Router::new()
        .route("/shares/{owner}", get(shares::list_all))
        .route(
            "/shares/{owner}/{server}",
            get(shares::list).post(shares::grant).patch(shares::reduce).delete(shares::delete),
        )
        .route("/shares/{owner}/", get(shares::list).post(shares::grant).patch(shares::reduce).delete(shares::delete))
        .route("/users/{name}/shared", get(shares::with_user))
        .route("/users/{name}/shared/{owner}/{server}", get(shares::one_with_user).delete(shares::leave))
        .route("/users/{name}/shared/{owner}/", get(shares::one_with_user).delete(shares::leave))
        .route("/groups/{name}/shared", get(shares::with_group))
        .route("/groups/{name}/shared/{owner}/{server}", get(shares::one_with_group).delete(shares::leave_group))
        .route("/groups/{name}/shared/{owner}/", get(shares::one_with_group).delete(shares::leave_group))
        .route("/share-codes/{owner}", get(share_codes::list_all))
        .route(
            "/share-codes/{owner}/{server}",
            get(share_codes::list).post(share_codes::create).delete(share_codes::delete),
        )
        .route("/share-codes/{owner}/", get(share_codes::list).post(share_codes::create).delete(share_codes::delete))
}

fn services() -> Router<Context> {
    Router::new().route("/services", get(services::list).options(info::options)).route(
        "/services/{name}",
        get(services::get).post(services::create).delete(services::delete).options(info::options),
    )
}

fn labdeck() -> Router<Context> {
    use labdeck::{downloads, environment, events, folders, homes, hub, people, resources, servers, stacks};
    Router::new()
        .route("/overview", get(hub::overview))
        .route("/claim", post(hub::claim))
        .route("/hub", patch(hub::change))
        .route("/tickets", post(hub::ticket))
        .route("/quit", post(hub::quit))
        .route("/events", get(events::events))
        .route("/users/{name}/invitation", post(people::invite))
        .route("/visits", get(people::visits))
        .route("/users/{name}/start-options", get(resources::start_options))
        .route("/resources", get(resources::state).patch(resources::change))
        .route("/sizes", get(resources::sizes))
        .route("/sizes/{name}", put(resources::put_size).delete(resources::delete_size))
        .route("/images", get(stacks::images))
        .route("/stacks", get(stacks::list))
        .route("/stacks/{name}", put(stacks::put).delete(stacks::delete))
        .route("/pulls", post(stacks::pull))
        .route("/folders", get(folders::list))
        .route("/folders/{name}", put(folders::put).delete(folders::delete))
        .route("/folders/{name}/fix", post(folders::fix))
        .route("/homes", get(homes::list))
        .route("/homes/{id}", delete(homes::erase))
        .route("/homes/{id}/archive", get(homes::download).post(homes::archive))
        .route("/homes/{id}/restore", post(homes::restore))
        .route("/downloads", post(downloads::save))
        .route("/downloads/{id}/show", post(downloads::show))
        .route("/environment", get(environment::state))
        .route("/environment/repair", post(environment::repair))
        .route("/environment/upgrade", post(environment::upgrade))
        .route("/jobs", get(stacks::jobs))
        .route("/jobs/{id}", delete(stacks::cancel))
        .route("/servers", get(servers::list))
        .route("/servers/{name}/{server}/log", get(servers::log))
        .route("/servers/{name}/{server}/usage", get(servers::usage))
        .route("/servers/{name}/{server}/restart", post(servers::restart))
        .merge(labdeck_why())
        .merge(labdeck_roles())
        .merge(labdeck_services())
}

fn labdeck_roles() -> Router<Context> {
    use labdeck::{panel, roles, shares};
    Router::new()
        .route("/panel", get(panel::panel))
        .route("/shares", get(shares::list))
        .route("/scopes", get(roles::scopes))
        .route("/roles", get(roles::list))
        .route("/roles/{role}/users/{name}", put(roles::give_user).delete(roles::take_user))
        .route("/roles/{role}/groups/{name}", put(roles::give_group).delete(roles::take_group))
}

fn labdeck_why() -> Router<Context> {
    use labdeck::{idle, why};
    Router::new()
        .route("/servers/{name}/{server}/log/follow", get(why::follow))
        .route("/servers/{name}/{server}/log/download", get(why::download))
        .route("/servers/{name}/{server}/diagnosis", get(why::get))
        .route("/servers/{name}/{server}/events", get(why::events))
        .route("/servers/{name}/{server}/fix/{id}", post(why::fix))
        .route("/servers/{name}/{server}/message", post(why::message))
        .route("/servers/{name}/{server}/awake", post(idle::awake))
        .route("/messages", post(why::messages))
        .route("/idle-rules", get(idle::rules).put(idle::set_rules))
        .route("/users/{name}/idle-rule", get(idle::person).put(idle::set_person).delete(idle::clear_person))
}

fn labdeck_services() -> Router<Context> {
    use labdeck::services;
    Router::new()
        .route("/services", get(services::list))
        .route("/services/{name}/log", get(services::log))
        .route("/services/{name}/restart", post(services::restart))
}

async fn unknown() -> impl IntoResponse {
    super::ApiError(Error::not_found("Not Found"))
}
