//! Share codes: links by which whoever has them gets a share. The code itself is shown once; the store has its hash.

use std::time::Duration;

use labdeck_model::{Event, ServerKey, UserName};
use labdeck_store::tables::share_codes::{self, ShareCodeRow};
use labdeck_store::tables::shares::Recipient;
use labdeck_store::tables::users;
use labdeck_store::{Read, TokenHash, generate_secret};

use super::grants::{find_server, give};
use super::scopes::{narrowed, require_held};
use super::view::{NewShareCodeView, ShareCodeView};
use crate::authz::{Caller, share_scopes};
use crate::context::Context;
use crate::error::{Error, Result};

/// JupyterHub's codes are 43 characters of base64; ours are as many of hexadecimal digits, which is 172 bits.
const CODE_CHARS: usize = 43;

/// A code to be made.
#[derive(Debug, Clone)]
pub struct CodeWish {
    /// What the share that it gives allows; without any, opening the server.
    pub scopes: Option<Vec<String>>,
    /// How long it can be used.
    pub lifetime: Duration,
}

/// Which codes of a server are meant.
#[derive(Debug, Clone)]
pub enum CodeName {
    /// That one.
    Code(String),
    /// The one of that id: `sc_1`.
    Id(String),
    /// All of them.
    All,
}

/// Makes a code.
///
/// # Errors
/// 400 for a bad scope, 404 for no such server, 403 for what the caller does not hold.
pub async fn create_code(ctx: &Context, caller: &Caller, key: &ServerKey, wish: CodeWish) -> Result<NewShareCodeView> {
    let scopes = narrowed(wish.scopes.as_deref(), key)?;
    require_held(caller, &scopes, key)?;
    let code: String = generate_secret().expose().chars().take(CODE_CHARS).collect();
    let (hash, key) = (TokenHash::of(&code), key.clone());
    let row = ctx
        .store
        .write(move |tx| {
            let server = find_server(tx, &key)?;
            let end = tx.now().after(wish.lifetime);
            tx.emit(Event::SharesChanged);
            Ok::<_, Error>(share_codes::create(tx, server.id, &hash, &scopes.to_texts(), Some(end))?)
        })
        .await?;
    let accept_url = format!("{}hub/accept-share?code={code}", ctx.config.base_url);
    Ok(NewShareCodeView { view: ShareCodeView::of(ctx, &row), code, accept_url, full_accept_url: None })
}

/// All codes of a user's servers, or of one of them.
///
/// # Errors
/// 404 for nobody, or no such server.
pub async fn list_codes(ctx: &Context, owner: &UserName, key: Option<&ServerKey>) -> Result<Vec<ShareCodeView>> {
    let (owner, key) = (owner.clone(), key.cloned());
    let rows = ctx
        .store
        .read(move |read| match &key {
            Some(key) => Ok(share_codes::list_for_server(read, find_server(read, key)?.id)?),
            None => {
                let row = users::find_by_name(read, &owner)?.ok_or_else(|| Error::not_found("Not Found"))?;
                Ok::<_, Error>(share_codes::list_by_owner(read, row.id)?)
            }
        })
        .await?;
    Ok(rows.iter().map(|row| ShareCodeView::of(ctx, row)).collect())
}

/// Withdraws codes. Shares that they gave stay.
///
/// # Errors
/// 404 for no such server or code.
pub async fn delete_codes(ctx: &Context, key: &ServerKey, which: CodeName) -> Result<()> {
    let key = key.clone();
    ctx.store
        .write(move |tx| {
            let server = find_server(tx, &key)?;
            tx.require_sync();
            tx.emit(Event::SharesChanged);
            let found = match &which {
                CodeName::All => {
                    share_codes::delete_for_server(tx, server.id)?;
                    return Ok(());
                }
                CodeName::Code(code) => share_codes::find_by_code(tx, code)?,
                CodeName::Id(id) => {
                    let number = id.strip_prefix("sc_").and_then(|number| number.parse().ok());
                    number.map_or(Ok(None), |number| share_codes::find_by_id(tx, number))?
                }
            };
            let row = found.filter(|row| row.spawner_id == server.id).ok_or_else(|| match &which {
                CodeName::Id(id) => Error::not_found(format!("No code found matching id={id}")),
                CodeName::Code(_) | CodeName::All => Error::not_found("No matching code found"),
            })?;
            share_codes::delete(tx, row.id)?;
            Ok(())
        })
        .await
}

/// The code that somebody came with, also one of their own servers.
///
/// # Errors
/// 404 for one that is unknown or has ended.
pub async fn find_code(ctx: &Context, code: &str) -> Result<ShareCodeRow> {
    let code = code.to_owned();
    ctx.store.read(move |read| known(read, &code)).await
}

fn known(read: &Read<'_>, code: &str) -> Result<ShareCodeRow> {
    let found = share_codes::find_by_code(read, code)?;
    found.ok_or_else(|| Error::not_found("Share not found or expired"))
}

fn usable(read: &Read<'_>, caller: &Caller, code: &str) -> Result<ShareCodeRow> {
    let row = known(read, code)?;
    if caller.is(&row.server.user) {
        return Err(Error::forbidden("You can't share with yourself!"));
    }
    Ok(row)
}

/// Takes the share that a code gives. Answers which server it is.
///
/// # Errors
/// As [`find_code`], and 403 for one of one's own servers.
pub async fn accept(ctx: &Context, caller: &Caller, code: &str) -> Result<ServerKey> {
    let (code, caller) = (code.to_owned(), caller.clone());
    ctx.store
        .write(move |tx| {
            let row = usable(tx, &caller, &code)?;
            let user = caller.user().ok_or_else(|| Error::forbidden("Only people can accept a share."))?;
            let server = find_server(tx, &row.server)?;
            give(tx, &server, Recipient::User(user.id), &share_scopes(&row.scopes, &row.server), None)?;
            share_codes::mark_exchanged(tx, row.id)?;
            Ok(row.server)
        })
        .await
}
