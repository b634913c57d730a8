//! Tickets as the window asks for them: which page, for whom; and their redemption by a browser.

use labdeck_model::{ServerKey, ServerName, Timestamp, UserName};
use labdeck_store::tables::visits;

use crate::accounts::{self, NewBrowser, SignedIn};
use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::session::{TicketTarget, issue_ticket, note_session, redeem_ticket};

/// Makes a ticket for a page of this hub. The window's tickets are the lead's.
///
/// # Errors
/// 400 for a path that is no page of a server and not the home page; 403 where the page would give more rights than
/// the caller has.
pub async fn issue(ctx: &Context, caller: &Caller, path: &str) -> Result<(String, Timestamp)> {
    let user = match &caller.who {
        Who::User(user) => user.clone(),
        Who::Window => accounts::lead(ctx).await?,
        Who::Service(_) => return Err(Error::forbidden("Services open no pages.")),
    };
    let target = target(path, &ctx.config.base_url)?;
    // The session of a page of the hub may what its user may on such pages, tokens and all.
    if matches!(target, TicketTarget::Hub { .. }) && !caller.acts_fully() {
        return Err(Error::forbidden("With limited rights servers can be opened, but no page of the hub."));
    }
    let (secret, end) = issue_ticket(&ctx.store, &user, &target, &ctx.config.base_url).await?;
    let origin = ctx.front.state().local_url;
    Ok((format!("{origin}hub/ticket?code={secret}"), end))
}

/// Takes a ticket: a session with the rights of its page, and where to go. A visit to somebody else's server is
/// written down before it happens.
///
/// # Errors
/// 404 for a ticket that is no longer good.
pub async fn redeem(ctx: &Context, secret: &str, browser: NewBrowser) -> Result<(SignedIn, String)> {
    let (ticket, user, path, rights) = redeem_ticket(&ctx.store, secret).await?;
    if let Ok(TicketTarget::Server { key, .. }) = target(&path, &ctx.config.base_url) {
        note_visit(ctx, &user.name, &key).await?;
    }
    let signed_in = accounts::open_session(ctx, user, rights, browser).await?;
    note_session(&ctx.store, ticket, &signed_in.session).await?;
    Ok((signed_in, path))
}

/// Writes down that somebody opened somebody else's server; its owner sees it on the home page.
///
/// # Errors
/// When it cannot be written: then there is no visit.
pub async fn note_visit(ctx: &Context, visitor: &UserName, key: &ServerKey) -> Result<()> {
    if *visitor == key.user {
        return Ok(());
    }
    let owner = accounts::get(ctx, &key.user).await?;
    let (visitor, server) = (visitor.clone(), key.server.clone());
    ctx.store.write(move |tx| Ok(visits::add(tx, &visitor, owner.id, &server)?)).await
}

/// Checks a path: only pages below a server, and the home page.
fn target(path: &str, base_url: &str) -> Result<TicketTarget> {
    let refused = || Error::invalid(format!("{path:?} is no page that can be opened from here."));
    let clean = crate::session::safe_next(path, None).filter(|next| next == path).ok_or_else(refused)?;
    let rest = clean.strip_prefix(base_url).ok_or_else(refused)?;
    if rest.contains("..") || rest.contains("//") {
        return Err(refused());
    }
    if rest == "hub/home" || rest.starts_with("hub/home?") {
        return Ok(TicketTarget::Hub { path: clean });
    }
    let page = rest.strip_prefix("user/").ok_or_else(refused)?;
    let mut parts = page.split(['/', '?', '#']);
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(part).decode_utf8().map(|text| text.into_owned()).map_err(|_| refused())
    };
    let user = UserName::parse(&decode(parts.next().unwrap_or_default())?)?;
    // Whether the second part names a server or a page of the default one, only the store could tell; the name of a
    // server that has this form is taken for one.
    let second = decode(parts.next().unwrap_or_default())?;
    let server = match second.as_str() {
        "lab" | "tree" | "notebooks" | "api" | "files" | "doc" | "retro" | "terminals" => ServerName::default_server(),
        name => ServerName::parse(name).unwrap_or_else(|_| ServerName::default_server()),
    };
    Ok(TicketTarget::Server { key: ServerKey::new(user, server), path: clean })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_lead_to_pages_of_this_hub_only() {
        let server = |path: &str| match target(path, "/") {
            Ok(TicketTarget::Server { key, .. }) => key.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(server("/user/ada/"), "ada");
        assert_eq!(server("/user/ada/lab/tree/x.ipynb"), "ada");
        assert_eq!(server("/user/ada/gpu/lab"), "ada:gpu");
        assert!(matches!(target("/hub/home", "/"), Ok(TicketTarget::Hub { .. })));
        for bad in [
            "//evil.com",
            "http://evil.com/user/ada/",
            "/hub/admin",
            "/hub/token",
            "/user/../hub/token",
            "/services/x/",
            "/user/",
            "",
        ] {
            assert!(target(bad, "/").is_err(), "{bad}");
        }
    }
}
