//! Signing in and out: from what a browser sends to a session, and back.

use std::net::IpAddr;
use std::time::Duration;

use labdeck_auth::{Account, AuthError, Decision, LoginAttempt, Outcome, Rules};
use labdeck_model::{Event, Secret, UserName};
use labdeck_store::tables::sessions::{self, NewSession, Rights, SessionRow};
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::tables::{oauth_codes, tokens};
use labdeck_store::{SecretHash, StoreError, Tx, generate_secret, generate_token};

use crate::authz::{self, Caller};
use crate::config::RoleSettings;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::seed;
use crate::session::ABSOLUTE_LIFETIME;

/// What is noted of a browser that signs in, so that its owner recognises it in the list of sessions.
#[derive(Debug, Clone)]
pub struct NewBrowser {
    /// Where it comes from.
    pub peer: IpAddr,
    /// How it calls itself.
    pub user_agent: String,
    /// How long its session lives without being used.
    pub idle_lifetime: Duration,
}

/// How an attempt to sign in ended.
#[derive(Debug)]
pub enum Login {
    /// It went well.
    SignedIn(Box<SignedIn>),
    /// Wrong name or password, or no rule lets this user in. Which one it was, only the log tells.
    Denied,
    /// Too many attempts.
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
}

/// A browser that is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The value of the sign-in cookie; only its hash is stored.
    pub cookie: Secret<String>,
    /// The session.
    pub session: SessionRow,
    /// Who.
    pub user: UserRow,
}

/// Checks name and password, applies the allow rules, opens a session.
///
/// # Errors
/// 400 for a password beyond any limit; otherwise when store or hashing fail.
pub async fn log_in(ctx: &Context, username: &str, password: &str, browser: NewBrowser) -> Result<Login> {
    let attempt = LoginAttempt::new(username, password, browser.peer);
    let name = match ctx.authenticator.authenticate(attempt).await {
        Ok(Outcome::Accepted(name)) => name,
        Ok(Outcome::Denied) => return Ok(Login::Denied),
        Ok(Outcome::Limited { retry_after }) => return Ok(Login::Limited { retry_after }),
        Err(AuthError::PasswordTooLong) => {
            return Err(Error::invalid("This password is longer than any that could have been set."));
        }
        Err(error) => return Err(Error::internal("checking a password").caused_by(error)),
    };
    let (rules, roles, peer) = (ctx.config.rules.clone(), ctx.config.roles.clone(), browser.peer);
    let signed_in = ctx.store.write(move |tx| {
        let Some(user) = admit(tx, &rules, &roles, name)? else { return Ok(None) };
        Ok::<_, Error>(Some(session_in(tx, user, Rights::Full, &browser)?))
    });
    let Some(signed_in) = signed_in.await? else { return Ok(Login::Denied) };
    let name = &signed_in.user.name;
    tracing::info!(user.name = %name, client.ip = %peer, "{name} signed in from {peer}");
    Ok(Login::SignedIn(Box::new(signed_in)))
}

/// Who this is by name and password, for one request: nobody is made and no session opened. Counted and slowed down as
/// signing in is; `None` for whoever may not sign in, or is not there.
///
/// # Errors
/// 429 after too many attempts; otherwise as [`log_in`].
pub async fn find_by_password(ctx: &Context, username: &str, password: &str, peer: IpAddr) -> Result<Option<Caller>> {
    let name = match ctx.authenticator.authenticate(LoginAttempt::new(username, password, peer)).await {
        Ok(Outcome::Accepted(name)) => name,
        Ok(Outcome::Denied) | Err(AuthError::PasswordTooLong) => return Ok(None),
        Ok(Outcome::Limited { retry_after }) => {
            return Err(Error::new(Kind::Limited(retry_after), "Too many attempts to sign in. Try again later."));
        }
        Err(error) => return Err(Error::internal("checking a password").caused_by(error)),
    };
    let rules = ctx.config.rules.clone();
    ctx.store
        .read(move |read| {
            let Some(user) = users::find_by_name(read, &name)? else { return Ok(None) };
            match rules.decide(&name, Account::Existing) {
                Decision::Refused(_) => Ok(None),
                Decision::Admitted(_) => Ok(Some(authz::by_password(read, user)?)),
            }
        })
        .await
}

/// The user, made if a rule lets new ones in; `None` if no rule does.
fn admit(
    tx: &mut Tx<'_>,
    rules: &Rules,
    roles: &[RoleSettings],
    name: UserName,
) -> Result<Option<UserRow>, StoreError> {
    let existing = users::find_by_name(tx, &name)?;
    let account = if existing.is_some() { Account::Existing } else { Account::New };
    let decision = rules.decide(&name, account);
    if let Decision::Refused(_) = decision {
        tracing::warn!(user.name = %name, "{name} may not sign in: {decision}");
        return Ok(None);
    }
    let mut user = match existing {
        Some(user) => user,
        None => {
            let made = users::create(tx, &name)?;
            seed::assign_roles(tx, roles, &made)?;
            made
        }
    };
    let made_admin = !user.admin && rules.makes_admin(&name);
    if made_admin {
        users::set_admin(tx, user.id, true)?;
        user.admin = true;
    }
    let now = tx.now();
    users::touch_activity(tx, user.id, now)?;
    // Also for somebody known: who watches sees them come in.
    tx.emit(Event::UserChanged { user: name });
    Ok(Some(user))
}

/// Opens a session for a user that was checked otherwise: an invitation, a ticket.
///
/// # Errors
/// When the store fails.
pub async fn open_session(ctx: &Context, user: UserRow, rights: Rights, browser: NewBrowser) -> Result<SignedIn> {
    ctx.store.write(move |tx| Ok(session_in(tx, user, rights, &browser)?)).await
}

/// The same as part of a larger write.
pub(super) fn session_in(
    tx: &mut Tx<'_>,
    user: UserRow,
    rights: Rights,
    browser: &NewBrowser,
) -> Result<SignedIn, StoreError> {
    let cookie = generate_secret();
    let now = tx.now();
    let made_by_ticket = rights != Rights::Full;
    let new = NewSession {
        hash: SecretHash::of(cookie.expose()),
        oauth_session_id: generate_token().expose().clone(),
        user_id: user.id,
        expires_at: now.after(browser.idle_lifetime),
        absolute_expires_at: now.after(ABSOLUTE_LIFETIME.max(browser.idle_lifetime)),
        rights,
        peer: browser.peer.to_string(),
        user_agent: browser.user_agent.chars().take(200).collect(),
        made_by_ticket,
    };
    let session = sessions::create(tx, &new)?;
    Ok(SignedIn { cookie, session, user })
}

/// Ends a session, and with it every token that servers and services got through it.
///
/// # Errors
/// When the store fails.
pub async fn log_out(ctx: &Context, session: &SessionRow) -> Result<()> {
    let (id, oauth_session) = (session.id, session.oauth_session_id.clone());
    ctx.store
        .write(move |tx| {
            sessions::delete(tx, id)?;
            tokens::delete_by_session(tx, &oauth_session)?;
            oauth_codes::delete_by_session(tx, &oauth_session)?;
            tx.require_sync();
            Ok(())
        })
        .await
}
