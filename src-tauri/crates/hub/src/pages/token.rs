//! The page of tokens for scripts, and of the programs that hold a user's sign-in.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use labdeck_model::{ServerKey, ServerName, TokenId};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::view::{AppRow, TokenPage, TokenRow};
use crate::api::{public_text, status_of};
use crate::error::{Error, Result};
use crate::seed::SERVICE_CLIENT;
use crate::servers;
use crate::tokens::{self, TokenWish};

/// A note is a line.
const MAX_NOTE_CHARS: usize = 200;
/// A hundred years; more is a slip.
const MAX_SECONDS: u64 = 100 * 366 * 24 * 3600;

/// `GET {hub}token`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page).await)
}

async fn show(page: &PageCaller) -> PageResult {
    let reader = page.require_full_login()?;
    draw(page, &reader, StatusCode::OK, TokenPage::default()).await
}

/// `POST {hub}token`: the new token is on the answer's page, this once.
pub(super) async fn create(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(make(&page, &fields).await)
}

async fn make(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    match make_token(page, &reader, fields).await {
        Ok(token) => {
            draw(page, &reader, StatusCode::OK, TokenPage { new_token: Some(token), ..TokenPage::default() }).await
        }
        Err(error) => {
            let (note, scopes) = (fields.text("note").to_owned(), fields.text("scopes").to_owned());
            let again = TokenPage { note, scopes, error: Some(public_text(&error)), ..TokenPage::default() };
            draw(page, &reader, status_of(error.kind()), again).await
        }
    }
}

async fn make_token(page: &PageCaller, reader: &Reader<'_>, fields: &Fields) -> Result<String> {
    let note = fields.text("note").trim();
    if note.chars().count() > MAX_NOTE_CHARS {
        return Err(Error::invalid("The note may have 200 characters at most."));
    }
    let lifetime = lifetime(fields.text("expires_in"))?;
    let wish = TokenWish { note: note.to_owned(), scopes: scopes(fields.text("scopes")), lifetime };
    let (_, token) = tokens::create(&page.ctx, reader.name, wish).await?;
    Ok(token.expose().clone())
}

/// Scopes with blanks between them; none mean everything that the reader may.
fn scopes(text: &str) -> Option<Vec<String>> {
    let scopes: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
    (!scopes.is_empty()).then_some(scopes)
}

/// Nothing chosen is as long as the hub allows.
fn lifetime(text: &str) -> Result<Option<Duration>> {
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (1..=MAX_SECONDS).contains(seconds));
    let wrong = || Error::invalid("How long it works must be a whole number of seconds, at least 1.");
    seconds.map(|seconds| Some(Duration::from_secs(seconds))).ok_or_else(wrong)
}

/// `POST {hub}token/revoke`: one token, or all of a program.
pub(super) async fn revoke(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(take_back(&page, &fields).await)
}

async fn take_back(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let gone = || Error::not_found("It was revoked already.");
    let id = match fields.find("client_id") {
        // With one of a program's tokens all of them go.
        Some(client) => {
            let mine = tokens::list(&page.ctx, reader.name).await?;
            mine.into_iter().find(|row| row.client_id.as_deref() == Some(client)).map(|row| row.id)
        }
        None => fields.text("token_id").strip_prefix('a').and_then(|number| number.parse().ok()).map(TokenId),
    };
    tokens::delete(&page.ctx, reader.name, id.ok_or_else(gone)?).await?;
    Ok(page.redirect(&page.hub("token")))
}

async fn draw(page: &PageCaller, reader: &Reader<'_>, status: StatusCode, form: TokenPage) -> PageResult {
    let moment = page.moment();
    let own = own_clients(page, reader).await?;
    let mut tokens = Vec::new();
    let mut apps: Vec<AppRow> = Vec::new();
    let rows = tokens::list(&page.ctx, reader.name).await?;
    let names = tokens::client_names(&page.ctx, &rows).await?;
    for row in rows {
        match row.client_id {
            // Without it the server itself could not speak to the hub.
            None if row.spawner_id.is_some() => {}
            // One's own server is no program of somebody else.
            Some(client_id) if own.contains(&client_id) => {}
            None => tokens.push(TokenRow {
                id: format!("a{}", row.id),
                note: row.note,
                scopes: if row.scopes == ["inherit"] { Vec::new() } else { row.scopes },
                created: moment.words(row.created),
                last_used: row.last_activity.map(|at| moment.words(at)),
                expires: row.expires_at.map(|at| moment.words(at)),
            }),
            Some(client_id) => {
                let last_used = row.last_activity.map(|at| moment.words(at));
                let description = names.get(&client_id).map_or_else(|| client_id.clone(), |name| app_name(name));
                add_app(&mut apps, AppRow { client_id, description, created: moment.words(row.created), last_used });
            }
        }
    }
    tokens.reverse();
    let longest = page.ctx.config.token_max_lifetime.map(|longest| longest.as_secs());
    let shown = TokenPage { longest, tokens, apps, ..form };
    Ok(page.html(status, page.ctx.pages.token(&page.shell(), &shown)))
}

/// The OAuth clients of the reader's own servers.
async fn own_clients(page: &PageCaller, reader: &Reader<'_>) -> Result<Vec<String>> {
    let views = servers::list_views(&page.ctx, reader.id).await?;
    let names = views.iter().filter_map(|view| ServerName::parse(&view.name).ok());
    Ok(names.map(|name| ServerKey::new(reader.name.clone(), name).oauth_client_id()).collect())
}

/// People know services of this hub, and need not be told whose kind they are.
fn app_name(client: &str) -> String {
    client.strip_prefix(SERVICE_CLIENT).map_or_else(|| client.to_owned(), |name| format!("Service {name}"))
}

/// One row for each program: since its first token, used when its newest was.
fn add_app(apps: &mut Vec<AppRow>, row: AppRow) {
    match apps.iter_mut().find(|app| app.client_id == row.client_id) {
        Some(known) => {
            let later = |known: &AppRow| known.last_used.as_ref().map(|when| when.datetime.clone());
            if row.last_used.as_ref().map(|when| when.datetime.clone()) > later(known) {
                known.last_used = row.last_used;
            }
        }
        None => apps.push(row),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::Timestamp;
    use time::UtcOffset;

    use super::*;
    use crate::pages::view::Moment;

    #[test]
    fn lifetimes_are_whole_seconds() {
        assert_eq!(lifetime("").unwrap(), None);
        assert_eq!(lifetime("3600").unwrap(), Some(Duration::from_secs(3600)));
        for bad in ["0", "-1", "NaN", "1e308", "1.5", "99999999999999999999"] {
            assert!(lifetime(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_programs_tokens_are_one_row() {
        let moment = Moment { now: Timestamp::from_unix_micros(0), offset: UtcOffset::UTC };
        let row = |used: Option<i64>| AppRow {
            client_id: "x".to_owned(),
            description: "X".to_owned(),
            created: moment.words(Timestamp::from_unix_micros(0)),
            last_used: used.map(|at| moment.words(Timestamp::from_unix_micros(at * 1_000_000))),
        };
        let mut apps = Vec::new();
        for used in [None, Some(90), Some(30), None] {
            add_app(&mut apps, row(used));
        }
        assert_eq!(apps.len(), 1);
        assert_eq!(apps[0].last_used, row(Some(90)).last_used);
    }
}
