//! `{hub}api/oauth2/authorize`: a browser comes from a server or a service and takes a code back.
//! Own servers are not asked about; others are, once.

use axum::extract::Query;
use axum::response::Response;
use http::StatusCode;

use super::caller::PageCaller;
use super::error::{PageResult, Stop};
use super::form::{Fields, PostedForm};
use super::view::{ErrorPage, OAuthPage, ScopeLine};
use crate::error::{Error, Kind, Result};
use crate::oauth::{self, AuthorizeError, AuthorizeRequest, ClientOf, Consent, with_query};
use crate::tickets;

/// `GET`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(authorize(&page, None).await)
}

/// `POST`: the person agreed.
pub(super) async fn post(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(authorize(&page, Some(&fields)).await)
}

/// `HEAD`: whoever only looks gets no code.
pub(super) async fn head() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn authorize(page: &PageCaller, agreed: Option<&Fields>) -> PageResult {
    // Any session counts here: a ticket's has the right to its own server and to nothing else.
    let caller = page.caller.as_ref().ok_or(Stop::SignIn)?;
    let Some((name, session)) = caller.user_name().zip(caller.session()) else { return Err(Stop::SignIn) };
    let request = oauth::complete(&page.ctx, read(page)?).await?;
    let consent = match oauth::authorize(&page.ctx, caller, request.clone()).await {
        Ok(consent) => consent,
        Err(error) => return refused(page, &request, error),
    };
    let ticked = agreed.filter(|fields| fields.find("scopes").is_some());
    let consent = match ticked {
        // Agreeing to nothing is no agreement.
        None if consent.must_ask => return Ok(ask(page, &consent)),
        None => consent,
        // Only what the form names is granted: rights may have grown since it was shown.
        Some(fields) => match consent.narrowed(fields.all("scopes")) {
            Ok(consent) => consent,
            Err(error) => return refused(page, &request, error),
        },
    };
    if let ClientOf::Server(key) = &consent.of
        && !page.is_limited()
    {
        // A ticket's visit was written down when it was taken.
        tickets::note_visit(&page.ctx, name, key).await?;
    }
    let to = oauth::grant(&page.ctx, caller, &request, &consent, &session.oauth_session_id).await?;
    Ok(page.redirect_away(&to))
}

fn read(page: &PageCaller) -> Result<AuthorizeRequest> {
    let read = Query::<AuthorizeRequest>::try_from_uri(&page.uri);
    read.map(|Query(request)| request).map_err(|_| Error::invalid("The parameters of this request cannot be read."))
}

/// Only an address that was checked hears of an error; everything else is shown.
fn refused(page: &PageCaller, request: &AuthorizeRequest, error: AuthorizeError) -> PageResult {
    match error {
        AuthorizeError::SentBack(word, description) => {
            let pairs =
                [("error", Some(word)), ("error_description", description), ("state", request.state.as_deref())];
            Ok(page.redirect_away(&with_query(&request.redirect_uri, &pairs)))
        }
        // A ticket's session is not all that the person behind it may be.
        AuthorizeError::Shown(error) if error.kind() == Kind::Forbidden && page.is_limited() => Err(Stop::SignIn),
        AuthorizeError::Closed(_) if page.is_limited() => Err(Stop::SignIn),
        AuthorizeError::Closed(key) if page.may_ask() && !page.prefers_json() => {
            let closed = ErrorPage::of_closed_server(403, key.user.as_str(), key.server.as_str());
            Ok(page.error_page(StatusCode::FORBIDDEN, &closed))
        }
        AuthorizeError::Closed(key) => {
            Err(Error::forbidden(format!("You do not have permission to access the server {key}.")).into())
        }
        AuthorizeError::Shown(error) => Err(error.into()),
    }
}

fn ask(page: &PageCaller, consent: &Consent) -> Response {
    let (client, access) = match &consent.of {
        ClientOf::Server(key) => (
            format!("{key}’s server"),
            format!(
                "Open {key}’s server. It is somebody else’s: what runs in it can act with your sign-in of this hub while you have it open"
            ),
        ),
        ClientOf::Service(name) => (name.to_string(), format!("Open the service {name} as you")),
    };
    let line = |scope: String| ScopeLine { description: describe(&scope, &access), scope };
    let asked = OAuthPage {
        client,
        returns_to: consent.client.redirect_uri.clone(),
        action: page.here().to_owned(),
        scopes: consent.scopes.to_texts().into_iter().map(line).collect(),
    };
    page.html_leading_away(StatusCode::OK, page.ctx.pages.oauth(&page.shell(), &asked))
}

/// A scope in words, as far as there are any; the scope itself stands beside them.
fn describe(scope: &str, access: &str) -> String {
    let (base, _) = scope.split_once('!').unwrap_or((scope, ""));
    match base {
        "access:servers" | "access:services" => access.to_owned(),
        "read:users:name" => "Know your name".to_owned(),
        "read:users:groups" => "Know which groups you are in".to_owned(),
        "read:users" => "Read your account".to_owned(),
        "servers" => "Start and stop servers".to_owned(),
        "read:servers" => "See servers".to_owned(),
        "tokens" => "Make tokens".to_owned(),
        other => format!("Use the right {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_put_into_words() {
        assert_eq!(describe("access:servers!server=ada/", "Open it"), "Open it");
        assert_eq!(describe("read:users:name!user=bob", ""), "Know your name");
        assert_eq!(describe("list:users", ""), "Use the right list:users");
    }
}
