//! The home page: a user's servers, each with what can be done with it, and who else was in them.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, ServerName, ServerView};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::server::Catalogue;
use super::sharing;
use super::view::{Care, Doing, HomePage, NewServer, ServerCard, ServerLinks, Visit};
use crate::accounts;
use crate::api::{public_text, status_of};
use crate::config::NamedServers;
use crate::error::{Error, Result};
use crate::servers::{self, StartWish};

/// More visits than this nobody reads on the way to work.
const SHOWN_VISITS: u32 = 10;

/// `GET {hub}home`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page).await)
}

async fn show(page: &PageCaller) -> PageResult {
    let reader = page.require_login()?;
    draw(page, &reader, StatusCode::OK, NewServer::default()).await
}

/// `POST {hub}servers`: another server beside the default one. It is made, not started.
pub(super) async fn add(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(make(&page, &fields).await)
}

async fn make(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_login()?;
    let name = fields.text("name").trim();
    match make_named(page, &reader, name).await {
        Ok(()) => Ok(page.redirect(&page.hub("home"))),
        Err(error) => {
            let form = NewServer { name: name.to_owned(), error: Some(public_text(&error)), left: None };
            draw(page, &reader, status_of(error.kind()), form).await
        }
    }
}

async fn make_named(page: &PageCaller, reader: &Reader<'_>, name: &str) -> Result<()> {
    let server = ServerName::parse(name)?;
    if server.is_default() {
        return Err(Error::invalid("Give it a name, like gpu."));
    }
    let key = ServerKey::new(reader.name.clone(), server);
    reader.caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    if servers::find_row(&page.ctx, &key).await?.is_some() {
        return Err(Error::conflict(format!("You have a server called {} already.", key.server)));
    }
    servers::prepare(&page.ctx, &key, &StartWish::default()).await?;
    Ok(())
}

async fn draw(page: &PageCaller, reader: &Reader<'_>, status: StatusCode, form: NewServer) -> PageResult {
    let catalogue = Catalogue::load(&page.ctx).await?;
    let views = servers::list_views(&page.ctx, reader.id).await?;
    let (default, named): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| view.name.is_empty());
    let ran_in = default.first().and_then(|view| view.labdeck_spawner.clone());
    let new_server = new_server(page.ctx.config.named_servers, named.len(), form);
    let home = HomePage {
        notice: None,
        server: match default.first() {
            Some(view) => card(page, reader, &catalogue, view),
            None => never_started(page, reader),
        },
        named: named.iter().map(|view| card(page, reader, &catalogue, view)).collect(),
        new_server,
        several_stacks: catalogue.has_several(ran_in.as_deref()),
        requests: sharing::requests(page, reader).await?,
        visits: visits(page, reader, SHOWN_VISITS).await?,
    };
    Ok(page.html(status, page.ctx.pages.home(&page.shell(), &home)))
}

/// The form for one more, while there is room or something to say about it.
fn new_server(allowed: NamedServers, has: usize, form: NewServer) -> Option<NewServer> {
    match allowed {
        NamedServers::Off => None,
        NamedServers::Unlimited => Some(form),
        NamedServers::UpTo(limit) => {
            let left = limit.saturating_sub(u32::try_from(has).unwrap_or(u32::MAX));
            (left > 0 || form.error.is_some()).then_some(NewServer { left: Some(left), ..form })
        }
    }
}

fn card(page: &PageCaller, reader: &Reader<'_>, catalogue: &Catalogue, view: &ServerView) -> ServerCard {
    let server = ServerName::parse(&view.name).unwrap_or_else(|_| ServerName::default_server());
    let links = ServerLinks::new(page.base(), &ServerKey::new(reader.name.clone(), server));
    let title = catalogue.title(view.labdeck_stack.as_deref());
    ServerCard::new(links, view, title, page.moment())
}

/// The card of a default server that was never asked for.
fn never_started(page: &PageCaller, reader: &Reader<'_>) -> ServerCard {
    ServerCard {
        name: String::new(),
        title: "Your server".to_owned(),
        word: "Off".to_owned(),
        doing: Doing::Off,
        since: None,
        stack: None,
        stack_title: None,
        failure: None,
        stopped: None,
        care: Care::default(),
        links: ServerLinks::new(page.base(), &ServerKey::default_of(reader.name.clone())),
    }
}

/// Who else opened the reader's servers.
///
/// # Errors
/// When the store fails.
pub(super) async fn visits(page: &PageCaller, reader: &Reader<'_>, limit: u32) -> Result<Vec<Visit>> {
    let moment = page.moment();
    let rows = accounts::list_visits(&page.ctx, reader.id, limit).await?;
    let shown = rows.into_iter().map(|row| Visit {
        visitor: row.visitor.to_string(),
        server: row.server.to_string(),
        at: moment.words(row.at),
    });
    Ok(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_for_one_more_is_there_while_there_is_room() {
        let left = |allowed, has| new_server(allowed, has, NewServer::default()).map(|form| form.left);
        assert_eq!(left(NamedServers::Off, 0), None);
        assert_eq!(left(NamedServers::Unlimited, 9), Some(None));
        assert_eq!(left(NamedServers::UpTo(2), 1), Some(Some(1)));
        assert_eq!(left(NamedServers::UpTo(2), 2), None);
        let refused = NewServer { error: Some("no".to_owned()), ..NewServer::default() };
        assert!(new_server(NamedServers::UpTo(2), 2, refused).is_some());
    }
}
