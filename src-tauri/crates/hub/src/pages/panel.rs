//! The panel at `{hub}admin/`: the window's own pages in a browser of the network, for whoever holds `admin-ui`. It
//! calls the API with its reader's session and rights; what they may not see it does not ask for. It shares nothing with
//! the window but its files: no token, no control listener, nothing of the desktop.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use labdeck_model::scope::{ScopeBase, Target};

use super::caller::PageCaller;
use super::error::PageResult;
use super::static_files::panel_file;
use super::statics;
use crate::error::Error;

const INDEX: &str = "index.html";

/// `GET {hub}admin`: the files' addresses are relative to the folder.
pub(super) async fn add_slash(page: PageCaller) -> Response {
    page.redirect(&page.hub("admin/"))
}

/// `GET {hub}admin/`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page))
}

fn show(page: &PageCaller) -> PageResult {
    let reader = page.require_full_login()?;
    if !reader.caller.may(&ScopeBase::AdminUi, Target::Hub) {
        let words = "This page is for those who look after people and servers. Yours are under My servers.";
        return Err(Error::forbidden(words).into());
    }
    let index = panel_file(INDEX).ok_or_else(|| Error::internal("the pages of the panel are not in this build"))?;
    Ok(page.html(StatusCode::OK, String::from_utf8_lossy(&index.bytes).into_owned()))
}

/// `GET {hub}admin/…`: its files, which are the same for everybody and hold nothing of the hub.
pub(super) async fn file(Path(path): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    match panel_file(&path).filter(|_| path != INDEX) {
        Some(file) => statics::answer(file, uri.query(), &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
