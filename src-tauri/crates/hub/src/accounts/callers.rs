//! Who is behind a token or a browser's cookies.

use labdeck_store::SecretHash;

use crate::authz::{self, Caller, Stamp};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::session::{Cookies, HUB_LOGIN};

/// A browser sends one. More than a few were planted, and each costs a look into the store.
const MAX_LOGIN_COOKIES: usize = 8;

/// Who holds this token, if it is good now.
///
/// # Errors
/// When the store fails.
pub async fn find_by_token(ctx: &Context, token: &str) -> Result<Option<Caller>> {
    let (hash, now) = (SecretHash::of(token), ctx.clock.now());
    let stamp = Stamp::of(&ctx.store, now);
    if let Some(caller) = ctx.known.find(stamp, &hash, now) {
        return Ok(Some(caller));
    }
    let token = token.to_owned();
    let found = ctx.store.read(move |read| Ok::<_, Error>(authz::find_by_token(read, &token)?)).await?;
    if let Some(caller) = &found {
        ctx.known.keep(stamp, hash, caller);
    }
    Ok(found)
}

/// Who is signed in with these cookies, whatever the request is. What is no session is passed over; two different
/// sessions are nobody's, since a script on a server can plant its owner's beside the visitor's.
///
/// # Errors
/// When the store fails.
pub async fn find_by_cookies(ctx: &Context, cookies: &Cookies) -> Result<Option<Caller>> {
    let hashes: Vec<_> = cookies.all(HUB_LOGIN).take(MAX_LOGIN_COOKIES).map(SecretHash::of).collect();
    if hashes.is_empty() {
        return Ok(None);
    }
    ctx.store
        .read(move |read| {
            let mut found: Option<Caller> = None;
            for hash in &hashes {
                let Some(caller) = authz::find_by_session(read, hash)? else { continue };
                let session = |caller: &Caller| caller.session().map(|session| session.id);
                if found.as_ref().is_some_and(|earlier| session(earlier) != session(&caller)) {
                    return Ok(None);
                }
                found = Some(caller);
            }
            Ok(found)
        })
        .await
}

/// Who is signed in with this cookie, as a program tells. What opens one page only is nobody's here.
///
/// # Errors
/// When the store fails.
pub async fn find_by_cookie(ctx: &Context, name: &str, value: &str) -> Result<Option<Caller>> {
    if name != HUB_LOGIN {
        return Ok(None);
    }
    let hash = SecretHash::of(value);
    let found = ctx.store.read(move |read| Ok::<_, Error>(authz::find_by_session(read, &hash)?)).await?;
    Ok(found.filter(|caller| caller.session().is_some_and(|session| super::page_of(session).is_none())))
}

/// The same caller as it is now; `None` once nothing is left of it.
///
/// # Errors
/// When the store fails.
pub async fn find_again(ctx: &Context, caller: &Caller) -> Result<Option<Caller>> {
    let caller = caller.clone();
    ctx.store.read(move |read| Ok(authz::find_again(read, &caller)?)).await
}
