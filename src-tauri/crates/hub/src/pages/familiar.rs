//! The variables by which templates for JupyterHub know a page, beside our own (`page`, `shell`): names and meanings of
//! 6.1.1, as far as there is such a thing here. Only a lead's templates read them.

use minijinja::context;
use minijinja::value::Value;
use serde_json::json;

use super::environment::Frame;
use super::view::{
    AcceptSharePage, Doing, ErrorPage, HomePage, LoginPage, NotRunningPage, OAuthPage, Shell, SpawnPage,
    SpawnPendingPage,
};

/// On every page.
pub(super) fn common(frame: &Frame, shell: &Shell) -> Value {
    let user = shell.user.as_ref().map(|user| json!({ "name": user.name, "admin": user.admin }));
    let services: Vec<_> = shell
        .services
        .iter()
        .map(|service| json!({ "name": service.name, "href": service.url, "url": service.url }))
        .collect();
    let admin_access = shell.user.as_ref().is_some_and(|user| user.admin);
    context! {
        user => Value::from_serialize(&user),
        services => Value::from_serialize(&services),
        xsrf => shell.xsrf,
        xsrf_token => shell.xsrf,
        csp_nonce => shell.nonce,
        parsed_scopes => shell.scopes,
        expanded_scopes => shell.scopes,
        login_service => "",
        version_hash => "",
        logo_url => frame.variables.get("logo_url").and_then(|url| url.as_str()).unwrap_or_default(),
        admin_access,
    }
}

/// `login.html`.
pub(super) fn login(frame: &Frame, page: &LoginPage) -> Value {
    let action = format!("{}hub/login", frame.base_url);
    let authenticator_login_url = match &page.next {
        Some(next) => format!("{action}?next={}", labdeck_model::quote_path_part(next)),
        None => action,
    };
    let waits = page.retry_after_seconds.map(|seconds| format!("Too many tries. The next one counts in {seconds} s."));
    context! {
        username => page.username,
        next => page.next,
        login_error => waits.or_else(|| page.error.clone()).unwrap_or_default(),
        authenticator_login_url,
        authenticator => context! { request_otp => false, otp_prompt => "OTP:" },
        custom_html => "",
    }
}

/// `error.html` and those of single statuses.
pub(super) fn error(page: &ErrorPage) -> Value {
    context! {
        status_code => page.status,
        status_message => page.title,
        message => page.message,
        message_html => "",
        extra_error_html => "",
        exception => Value::UNDEFINED,
    }
}

/// `home.html`.
pub(super) fn home(page: &HomePage) -> Value {
    let ready = page.server.doing == Doing::Ready;
    context! {
        url => if ready { &page.server.links.open } else { &page.server.links.start },
        default_server => context! { name => "", ready, active => page.server.doing != Doing::Off },
        allow_named_servers => page.new_server.is_some() || !page.named.is_empty(),
        named_server_limit_per_user => 0,
    }
}

/// `spawn.html`. The choices themselves are in `spawner_options_form`.
pub(super) fn spawn(page: &SpawnPage) -> Value {
    let url = match &page.next {
        Some(next) => format!("{}?next={}", page.links.start, labdeck_model::quote_path_part(next)),
        None => page.links.start.clone(),
    };
    context! {
        for_user => context! { name => page.owner },
        spawner => context! { name => page.name },
        error_message => page.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default(),
        url,
    }
}

/// `spawn_pending.html`.
pub(super) fn spawn_pending(shell: &Shell, page: &SpawnPendingPage) -> Value {
    let token = labdeck_model::quote_path_part(&shell.xsrf);
    context! {
        spawner => context! { name => page.name, pending => "spawn" },
        progress_url => format!("{}?_xsrf={token}", page.links.progress),
    }
}

/// `not_running.html`.
pub(super) fn not_running(page: &NotRunningPage) -> Value {
    context! {
        server_name => page.name,
        spawn_url => page.links.start,
        failed => page.failure.is_some(),
        failed_message => page.failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default(),
        failed_html_message => "",
        implicit_spawn_seconds => 0,
    }
}

/// `oauth.html`.
pub(super) fn oauth(page: &OAuthPage) -> Value {
    let scope_descriptions: Vec<_> = page
        .scopes
        .iter()
        .map(|line| json!({ "scope": line.scope, "description": line.description, "filter": "" }))
        .collect();
    context! {
        oauth_client => context! { description => page.client, identifier => page.client, redirect_uri => page.returns_to },
        scope_descriptions => Value::from_serialize(&scope_descriptions),
        allowed_scopes => page.scopes.iter().map(|line| line.scope.clone()).collect::<Vec<_>>(),
    }
}

/// `accept-share.html`.
pub(super) fn accept_share(page: &AcceptSharePage) -> Value {
    let scope_descriptions: Vec<_> =
        page.allows.iter().map(|words| json!({ "scope": "", "description": words, "filter": "" })).collect();
    let next_url = if page.next.is_empty() { &page.url } else { &page.next };
    context! {
        code => page.code,
        owner => context! { name => page.owner },
        spawner => context! { name => page.server },
        spawner_ready => page.ready,
        spawner_url => page.url,
        scope_descriptions => Value::from_serialize(&scope_descriptions),
        next_url,
    }
}
