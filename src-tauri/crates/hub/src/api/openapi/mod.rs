//! The OpenAPI document: every operation of [`super::router`], from the handlers' own attributes. The window's types
//! come from it.

mod finish;

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

use super::labdeck::{
    downloads, environment, events, folders, homes, hub, idle, panel, people, resources, roles, servers as all_servers,
    services as kept_services, shares as all_shares, stacks, why,
};
use super::{
    activity, error, groups, info, metrics, oauth2, servers, services, share_codes, shares, tokens, users, whole,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Labdeck",
        description = "The REST API of Labdeck's hub: JupyterHub's, and below `labdeck` what is its own."
    ),
    paths(
        info::version,
        info::health,
        info::info,
        info::user,
        metrics::get,
        oauth2::token,
        whole::routes,
        whole::check_routes,
        whole::change_proxy,
        whole::shutdown,
        whole::who_holds,
        whole::who_is_signed_in,
        whole::old_token,
        whole::admin_access,
        users::list,
        users::create_several,
        users::get,
        users::create_one,
        users::update,
        users::delete,
        activity::report,
        groups::list,
        groups::create_several,
        groups::get,
        groups::create_one,
        groups::delete,
        groups::add_users,
        groups::remove_users,
        groups::set_properties,
        roles::list,
        roles::scopes,
        panel::panel,
        all_shares::list,
        roles::give_user,
        roles::take_user,
        roles::give_group,
        roles::take_group,
        servers::get,
        servers::create,
        servers::change,
        servers::start,
        servers::stop,
        servers::progress,
        tokens::list,
        tokens::create,
        tokens::get,
        tokens::delete,
        shares::list_all,
        shares::list,
        shares::grant,
        shares::reduce,
        shares::delete,
        shares::with_user,
        shares::one_with_user,
        shares::leave,
        shares::with_group,
        shares::one_with_group,
        shares::leave_group,
        share_codes::list_all,
        share_codes::list,
        share_codes::create,
        share_codes::delete,
        services::list,
        services::get,
        services::create,
        services::delete,
        kept_services::list,
        kept_services::log,
        kept_services::restart,
        hub::overview,
        hub::claim,
        hub::change,
        hub::ticket,
        hub::quit,
        events::events,
        people::invite,
        people::visits,
        resources::state,
        resources::change,
        resources::sizes,
        resources::put_size,
        resources::delete_size,
        resources::start_options,
        stacks::images,
        stacks::list,
        stacks::put,
        stacks::delete,
        stacks::pull,
        folders::list,
        folders::put,
        folders::delete,
        folders::fix,
        homes::list,
        homes::erase,
        homes::archive,
        homes::download,
        homes::restore,
        downloads::save,
        downloads::show,
        environment::state,
        environment::repair,
        environment::upgrade,
        stacks::jobs,
        stacks::cancel,
        all_servers::list,
        all_servers::log,
        all_servers::usage,
        all_servers::restart,
        why::get,
        why::events,
        why::fix,
        why::follow,
        why::download,
        why::message,
        why::messages,
        idle::rules,
        idle::set_rules,
        idle::person,
        idle::set_person,
        idle::clear_person,
        idle::awake,
    ),
    components(schemas(crate::homes::Parting, error::ErrorBody))
)]
struct Document;

/// The document as JSON, with a line break at its end.
pub fn document() -> String {
    let mut document = Document::openapi();
    let token = ApiKeyValue::with_description("Authorization", "`token …`, with the token behind the word");
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::ApiKey(ApiKey::Header(token)));
    let mut document = serde_json::to_value(document).unwrap_or_default();
    finish::finish(&mut document);
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
