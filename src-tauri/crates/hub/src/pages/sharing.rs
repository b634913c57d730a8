//! The page *Sharing*: what the reader shares, what others share with them.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use labdeck_model::{ServerKey, ServerName, UserName};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::view::{GivenRow, LinkRow, Notice, ReceivedRow, RequestRow, ServerChoice, SharingPage};
use crate::api::{public_text, status_of};
use crate::error::{Error, Result};
use crate::servers;
use crate::sharing::{self, Answer, CodeName, Overview, Whom};

/// A year: as long as JupyterHub's links live at most.
const LONGEST_LINK: Duration = Duration::from_secs(31_536_000);

/// `GET {hub}sharing`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page).await)
}

async fn show(page: &PageCaller) -> PageResult {
    let reader = page.require_full_login()?;
    let notice = page.query("done").and_then(|done| words_of(&done)).map(Notice::ready);
    draw(page, &reader, StatusCode::OK, SharingPage { notice, ..SharingPage::default() }).await
}

fn words_of(done: &str) -> Option<&'static str> {
    match done {
        "shared" => Some("It is shared. Tell them: it stands on their page Sharing."),
        "taken" => Some("It is taken back, also in tabs that are open."),
        "withdrawn" => Some("The link leads nowhere now. Those who followed it stay until you take that back."),
        "left" => Some("You left it."),
        "asked" => Some("You asked. When they share it with you, it stands here."),
        "allowed" => Some("It is shared with them now."),
        "declined" => Some("You said no. They are not told, and cannot ask again for some days."),
        _ => None,
    }
}

/// `POST {hub}sharing`.
pub(super) async fn give(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(share(&page, &fields).await)
}

async fn share(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    match share_as_asked(page, &reader, fields).await {
        Ok(None) => Ok(page.redirect(&format!("{}?done=shared", page.hub("sharing")))),
        Ok(Some(path)) => {
            let new_link = Some(format!("{}{path}", page.peer.origin().unwrap_or_default()));
            draw(page, &reader, StatusCode::OK, SharingPage { new_link, ..SharingPage::default() }).await
        }
        Err(error) => {
            let (name, words) = (fields.text("name").to_owned(), Some(public_text(&error)));
            let again = SharingPage { name, error: words, ..SharingPage::default() };
            draw(page, &reader, status_of(error.kind()), again).await
        }
    }
}

/// The path of the link, where one was asked for.
async fn share_as_asked(page: &PageCaller, reader: &Reader<'_>, fields: &Fields) -> Result<Option<String>> {
    let key = own(reader, fields)?;
    let lifetime = lifetime(fields.text("ends"))?;
    let name = fields.text("name").trim().to_owned();
    let with = match fields.text("whom") {
        "link" => {
            let lifetime = lifetime.unwrap_or(LONGEST_LINK).min(LONGEST_LINK);
            return sharing::link_own(&page.ctx, reader.caller, &key, lifetime).await.map(Some);
        }
        _ if name.is_empty() => return Err(Error::invalid("Type the name of the person or group.")),
        "group" => Whom::Group(name),
        _ => Whom::User(name),
    };
    sharing::share_own(&page.ctx, reader.caller, &key, with, lifetime).await.map(|()| None)
}

/// Nothing chosen is until it is taken back.
fn lifetime(text: &str) -> Result<Option<Duration>> {
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (60..=315_360_000).contains(seconds));
    let wrong = || Error::invalid("How long it is shared must be a whole number of seconds, at least 60.");
    seconds.map(|seconds| Some(Duration::from_secs(seconds))).ok_or_else(wrong)
}

/// One of the reader's own servers.
fn own(reader: &Reader<'_>, fields: &Fields) -> Result<ServerKey> {
    Ok(ServerKey::new(reader.name.clone(), ServerName::parse(fields.text("server"))?))
}

/// `POST {hub}sharing/revoke`: from a person, from a group, or a link.
pub(super) async fn revoke(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(take_back(&page, &fields).await)
}

async fn take_back(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let key = own(&reader, fields)?;
    let whom = match (fields.find("link"), fields.find("user"), fields.find("group")) {
        (Some(id), _, _) => {
            sharing::delete_codes(&page.ctx, &key, CodeName::Id(id.to_owned())).await?;
            return Ok(page.redirect(&format!("{}?done=withdrawn", page.hub("sharing"))));
        }
        (None, Some(user), _) => Whom::User(user.to_owned()),
        (None, None, Some(group)) => Whom::Group(group.to_owned()),
        (None, None, None) => return Err(Error::invalid("Nothing was named that could be taken back.").into()),
    };
    sharing::reduce(&page.ctx, &key, &whom, None).await?;
    Ok(page.redirect(&format!("{}?done=taken", page.hub("sharing"))))
}

/// `POST {hub}sharing/leave`.
pub(super) async fn leave(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(go(&page, &fields).await)
}

async fn go(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let owner = UserName::parse(fields.text("owner")).map_err(Error::from)?;
    let server = ServerName::parse(fields.text("server")).map_err(Error::from)?;
    sharing::delete_with_user(&page.ctx, reader.name, &ServerKey::new(owner, server)).await?;
    Ok(page.redirect(&format!("{}?done=left", page.hub("sharing"))))
}

/// `POST {hub}sharing/ask`: for somebody else's server.
pub(super) async fn ask(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(ask_for(&page, &fields).await)
}

async fn ask_for(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let owner = UserName::parse(fields.text("owner")).map_err(Error::from)?;
    let server = ServerName::parse(fields.text("server")).map_err(Error::from)?;
    sharing::ask(&page.ctx, reader.caller, &ServerKey::new(owner, server), fields.text("why")).await?;
    Ok(page.redirect(&format!("{}?done=asked", page.hub("sharing"))))
}

/// `POST {hub}sharing/answer`: to somebody who asks.
pub(super) async fn answer(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(answer_as_asked(&page, &fields).await)
}

async fn answer_as_asked(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let id = fields.text("request").parse().map_err(|_| Error::invalid("Nothing was named that could be answered."))?;
    let (answer, done) = match fields.text("answer") {
        "allow" => (Answer::Allow(lifetime(fields.text("ends"))?), "allowed"),
        "decline" => (Answer::Decline, "declined"),
        _ => return Err(Error::invalid("Say allow or decline.").into()),
    };
    sharing::answer(&page.ctx, reader.caller, id, answer).await?;
    Ok(page.redirect(&format!("{}?done={done}", page.hub("sharing"))))
}

/// Who asks the reader, as the pages show it.
///
/// # Errors
/// When the store fails.
pub(super) async fn requests(page: &PageCaller, reader: &Reader<'_>) -> Result<Vec<RequestRow>> {
    let moment = page.moment();
    let rows = sharing::list_requests(&page.ctx, reader.caller).await?;
    let shown = rows.into_iter().map(|row| RequestRow {
        id: row.id,
        user: row.user,
        server: row.server.server.to_string(),
        why: row.why,
        since: moment.words(row.since),
    });
    Ok(shown.collect())
}

async fn draw(page: &PageCaller, reader: &Reader<'_>, status: StatusCode, form: SharingPage) -> PageResult {
    let moment = page.moment();
    let Overview { given, links, received, may_share } = sharing::overview(&page.ctx, reader.caller).await?;
    let given = given.into_iter().map(|row| GivenRow {
        server: row.server.server.to_string(),
        kind: row.kind.to_owned(),
        with: row.with,
        allows: row.allows,
        since: moment.words(row.since),
        ends: row.ends.map(|at| moment.words(at)),
    });
    let links = links.into_iter().map(|row| LinkRow {
        server: row.server.server.to_string(),
        id: row.id,
        since: moment.words(row.since),
        ends: row.ends.map(|at| moment.words(at)),
        used: row.used,
    });
    // Through a group that one is in oneself, one's own servers are shared with one, too.
    let others = received.into_iter().filter(|row| row.server.user != *reader.name);
    let received = others.map(|row| ReceivedRow {
        owner: row.server.user.to_string(),
        url: row.server.path_below(page.base()),
        ready: page.ctx.registry.find(&row.server).is_some_and(|snapshot| snapshot.state().is_ready()),
        server: row.server.server.to_string(),
        allows: row.allows,
        group: (row.kind == "group").then_some(row.with),
        ends: row.ends.map(|at| moment.words(at)),
    });
    let (given, links, received) = (given.collect(), links.collect(), received.collect());
    let requests = requests(page, reader).await?;
    let servers = choices(page, reader).await?;
    let shown = SharingPage { may_share, servers, given, links, received, requests, ..form };
    Ok(page.html(status, page.ctx.pages.sharing(&page.shell(), &shown)))
}

/// The default server, whether it was ever started or not, then the named ones.
async fn choices(page: &PageCaller, reader: &Reader<'_>) -> Result<Vec<ServerChoice>> {
    let mut choices = vec![ServerChoice { name: String::new(), words: "My server".to_owned() }];
    let named = servers::list_views(&page.ctx, reader.id).await?.into_iter().filter(|view| !view.name.is_empty());
    choices.extend(named.map(|view| {
        let words = if view.display_name.is_empty() { view.name.clone() } else { view.display_name };
        ServerChoice { name: view.name, words }
    }));
    Ok(choices)
}
