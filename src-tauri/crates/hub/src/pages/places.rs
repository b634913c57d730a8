//! The addresses that lead to others: the hub's root, everything outside the hub, `user-redirect`; and the pages that
//! are none.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use labdeck_model::{ServerKey, quote_path_part};

use super::caller::{AnyCaller, PageCaller};
use super::error::PageResult;
use super::login::default_page;
use super::reply::redirect;
use super::view::{ErrorPage, Shell};

/// `GET {hub}` without its slash.
pub(super) async fn add_slash(AnyCaller(page): AnyCaller) -> Response {
    let query = page.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    redirect(StatusCode::MOVED_PERMANENTLY, &page.hub(&query))
}

/// `GET {hub}`: to the server or home, or to the sign-in first.
pub(super) async fn root(page: PageCaller) -> Response {
    page.answer(enter(&page).await)
}

async fn enter(page: &PageCaller) -> PageResult {
    let reader = page.require_login()?;
    let to = match page.next() {
        Some(next) => next,
        None => default_page(page, &reader).await?,
    };
    Ok(page.redirect(&to))
}

/// `GET {hub}user-redirect/…`: an address that means something for everybody, at one's own server.
pub(super) async fn user_redirect(page: PageCaller) -> Response {
    page.answer(to_own_server(&page))
}

fn to_own_server(page: &PageCaller) -> PageResult {
    let reader = page.require_login()?;
    let below = page.here().strip_prefix(&page.hub("user-redirect")).unwrap_or_default();
    let own = ServerKey::default_of(reader.name.clone()).path_below(page.base());
    let next = quote_path_part(&format!("{}{}", own.trim_end_matches('/'), below));
    Ok(page.redirect(&format!("{}/{}?next={next}", page.hub("spawn"), quote_path_part(reader.name.as_str()))))
}

/// Whatever has no page: outside the hub it may lie inside, inside it is nothing.
pub(super) async fn elsewhere(page: PageCaller) -> Response {
    let below = page.here().strip_prefix(page.base()).unwrap_or_else(|| below_no_prefix(page.here(), page.base()));
    let in_hub = page.uri.path().starts_with(&page.hub(""));
    match (page.reads(), in_hub) {
        (true, false) if is_folder_without_slash(page.uri.path(), page.base()) => {
            let query = page.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            redirect(StatusCode::MOVED_PERMANENTLY, &format!("{}/{query}", page.uri.path()))
        }
        (true, false) => page.redirect(&page.hub(below)),
        (false, false) => page.refuse(StatusCode::METHOD_NOT_ALLOWED, ""),
        (_, true) => page.answer(Err(crate::error::Error::not_found("").into())),
    }
}

/// Where an address would lie in the hub that is older than the hub's prefix, or lies beside it.
fn below_no_prefix<'a>(address: &'a str, base: &str) -> &'a str {
    let door = address.split('?').next().is_some_and(|path| path == "/hub" || path == base.trim_end_matches('/'));
    let address = address.trim_start_matches('/');
    if door { "" } else { address.strip_prefix("hub/").unwrap_or(address) }
}

/// `{base}services/x`.
fn is_folder_without_slash(path: &str, base: &str) -> bool {
    let name = path.strip_prefix(base).and_then(|rest| rest.strip_prefix("services/"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// A method that a page does not know.
pub(super) async fn method_not_allowed(AnyCaller(page): AnyCaller) -> Response {
    page.refuse(StatusCode::METHOD_NOT_ALLOWED, "")
}

/// `GET {hub}error/{code}`: what an outside proxy shows where a server does not answer. 200, as JupyterHub does.
pub(super) async fn error(
    axum::extract::Path(code): axum::extract::Path<String>,
    AnyCaller(page): AnyCaller,
) -> Response {
    let Some(code) = code.parse::<u16>().ok().filter(|code| (400..600).contains(code)) else {
        return page.refuse(StatusCode::NOT_FOUND, "");
    };
    // Shown to whoever asked the proxy, at another address: without a name and without a form.
    let shell = Shell { user: None, xsrf: String::new(), ..page.shell() };
    page.html_without_forms(StatusCode::OK, page.ctx.pages.error(&shell, &ErrorPage::of_status(code)))
}

/// `GET {hub}health`.
pub(super) async fn health() -> Response {
    StatusCode::OK.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_from_before_the_prefix_are_found_below_it() {
        for (old, now) in [
            ("/", ""),
            ("/hub", ""),
            ("/lab?a=1", ""),
            ("/hub/home?a=1", "home?a=1"),
            ("/user/ada/lab", "user/ada/lab"),
            ("/labs/hub/", "labs/hub/"),
        ] {
            assert_eq!(below_no_prefix(old, "/lab/"), now, "{old}");
        }
    }

    #[test]
    fn only_a_services_name_lacks_a_slash() {
        assert!(is_folder_without_slash("/lab/services/reports", "/lab/"));
        for other in ["/lab/services/", "/lab/services/reports/", "/lab/services/reports/x", "/lab/x", "/services/x"] {
            assert!(!is_folder_without_slash(other, "/lab/"), "{other}");
        }
    }
}
