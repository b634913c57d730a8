//! The Delete button of a named server that is off. What was saved in it is kept.

use axum::response::Response;
use labdeck_model::scope::{ScopeBase, Target};

use super::caller::PageCaller;
use super::error::PageResult;
use super::form::PostedForm;
use super::server::{Found, ServerPath};
use crate::error::Error;
use crate::homes::Parting;
use crate::{servers, tasks};

/// `POST {hub}delete/{name}/{server}`.
pub(super) async fn post(of: ServerPath, PostedForm { page, .. }: PostedForm) -> Response {
    page.answer(delete(&page, of).await)
}

async fn delete(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let key = of.key(&reader)?;
    reader.caller.require(&ScopeBase::DeleteServers, Target::Server(&key))?;
    let found = Found::load(page, key).await?;
    // From a page that is older than its start, nobody means to end it.
    if found.state.is_active() {
        return Err(Error::conflict("This server is running. Stop it first, then delete it.").into());
    }
    let ctx = page.ctx.clone();
    // It goes on also when the browser has left.
    let deleting = async move { servers::delete(&ctx, &found.key, Parting::Keep).await };
    match tasks::spawn("pages.delete_server", deleting).await {
        Ok(Some(done)) => done?,
        Ok(None) | Err(_) => return Err(Error::internal("a deletion ended before its time").into()),
    }
    Ok(page.redirect(&page.hub("home")))
}
