//! Invitations: a link that works once and lets a person choose their password. A new sign-in link for somebody who
//! forgot theirs is the same thing with a shorter life.

use std::time::Duration;

use labdeck_auth::password;
use labdeck_model::{Event, Secret, Timestamp, UserName};
use labdeck_store::tables::credentials;
use labdeck_store::tables::invitations::{self, InvitationKind};
use labdeck_store::tables::sessions::Rights;
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{SecretHash, generate_secret};
use serde::Serialize;
use utoipa::ToSchema;

use super::login::{NewBrowser, SignedIn, session_in};
use super::password::end_access;
use crate::context::Context;
use crate::error::{Error, Result};

/// How long a new person may take to come.
const INVITATION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a link for somebody who has an account already is good.
const SIGN_IN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A link to hand to a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// The whole address, if people can reach the hub.
    pub url: String,
    /// Its path alone.
    pub path: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// `invitation` or `sign_in`.
    pub kind: String,
}

/// Makes a link for a user. Earlier links of that user end.
///
/// # Errors
/// 404 for nobody; 409 where people do not sign in with passwords of the hub's own.
pub async fn invite(ctx: &Context, name: &UserName) -> Result<Invitation> {
    if ctx.authenticator.kind() != "native" {
        return Err(Error::conflict(
            "People sign in by other means here, so there are no invitations. Tell them the address instead.",
        ));
    }
    let (name, secret) = (name.clone(), generate_secret());
    let hash = SecretHash::of(secret.expose());
    let (kind, row) = ctx
        .store
        .write(move |tx| {
            let missing = || Error::not_found(format!("There is nobody called {name}."));
            let user = users::find_by_name(tx, &name)?.ok_or_else(missing)?;
            let known = credentials::find(tx, user.id)?.is_some();
            let (kind, lifetime) = if known {
                (InvitationKind::SignIn, SIGN_IN_LIFETIME)
            } else {
                (InvitationKind::Invitation, INVITATION_LIFETIME)
            };
            invitations::delete_for_user(tx, user.id)?;
            let end = tx.now().after(lifetime);
            let row = invitations::create(tx, &hash, user.id, kind, end)?;
            Ok::<_, Error>((kind, row))
        })
        .await?;
    let path = format!("{}hub/invitation?code={}", ctx.config.base_url, secret.expose());
    let front = ctx.front.state();
    let origin = front.addresses.first().unwrap_or(&front.local_url).trim_end_matches('/').to_owned();
    let origin = origin.strip_suffix(ctx.config.base_url.trim_end_matches('/')).unwrap_or(&origin).to_owned();
    let kind = match kind {
        InvitationKind::Invitation => "invitation",
        InvitationKind::SignIn => "sign_in",
    };
    Ok(Invitation { url: format!("{origin}{path}"), path, expires_at: row.expires_at, kind: kind.to_owned() })
}

/// The person that a link is for and when it ends, while it is good.
///
/// # Errors
/// When the store fails.
pub async fn find(ctx: &Context, code: &str) -> Result<Option<(UserRow, Timestamp)>> {
    let hash = SecretHash::of(code);
    ctx.store
        .read(move |read| {
            let Some(found) = invitations::find_valid(read, &hash)? else { return Ok(None) };
            Ok(users::find_by_id(read, found.user_id)?.map(|user| (user, found.expires_at)))
        })
        .await
}

/// Takes the link, sets the password, ends the user's other sessions and opens one here: one write.
///
/// # Errors
/// 400 with the rule that the password breaks; 404 for a link that was used, has ended, or never was.
pub async fn accept(ctx: &Context, code: &str, chosen: &str, browser: NewBrowser) -> Result<SignedIn> {
    let gone = || Error::not_found("This link was used already, has ended, or was never made here.");
    let (user, _) = find(ctx, code).await?.ok_or_else(gone)?;
    password::check_rules(chosen, &user.name).map_err(|rule| Error::invalid(rule.to_string()))?;
    let hashed = password::hash(Secret::new(chosen.to_owned()))
        .await
        .map_err(|error| Error::internal("hashing a password").caused_by(error))?;
    let hash = SecretHash::of(code);
    ctx.store
        .write(move |tx| {
            let found =
                invitations::find_valid(tx, &hash)?.filter(|found| found.user_id == user.id).ok_or_else(gone)?;
            if !invitations::mark_used(tx, found.id)? {
                return Err(gone());
            }
            credentials::set(tx, user.id, &hashed)?;
            end_access(tx, user.id, None)?;
            tx.require_sync();
            let now = tx.now();
            users::touch_activity(tx, user.id, now)?;
            tx.emit(Event::UserChanged { user: user.name.clone() });
            Ok(session_in(tx, user, Rights::Full, &browser)?)
        })
        .await
}
