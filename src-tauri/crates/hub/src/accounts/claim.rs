//! The claim: making the lead's user on a fresh hub, from the window or by the headless link. Until then nothing but
//! this computer is served, and nothing but the claim.

use std::sync::atomic::Ordering;
use std::time::Duration;

use labdeck_model::{Event, UserName};
use labdeck_store::tables::settings;
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{SecretHash, generate_secret};

use crate::context::{ClaimLink, Context};
use crate::error::{Error, Result};

/// How long the printed link is good.
const OWNER_LINK_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Under this key the store holds whose account is the lead's.
const LEAD: &str = "lead";

/// Whether an admin exists, or the configuration names one.
pub fn is_claimed(ctx: &Context) -> bool {
    ctx.claimed.load(Ordering::Acquire)
}

/// Makes the lead's user.
///
/// # Errors
/// 409 when the hub is claimed already; 400 for a bad name.
pub async fn claim(ctx: &Context, name: &str) -> Result<UserRow> {
    let name = UserName::parse(name)?;
    let user = ctx
        .store
        .write(move |tx| {
            if users::count_admins(tx)? > 0 {
                return Err(already());
            }
            let mut user = match users::find_by_name(tx, &name)? {
                Some(user) => user,
                None => users::create(tx, &name)?,
            };
            users::set_admin(tx, user.id, true)?;
            user.admin = true;
            settings::set(tx, LEAD, &name)?;
            tx.require_sync();
            tx.emit(Event::UserChanged { user: name });
            tx.emit(Event::OverviewChanged);
            Ok(user)
        })
        .await?;
    settled(ctx).await;
    tracing::info!(user.name = %user.name, "{} claimed this hub", user.name);
    Ok(user)
}

/// Notes that an admin exists now, however that came about, and lets the public port open up.
pub async fn settled(ctx: &Context) {
    if !ctx.claimed.swap(true, Ordering::AcqRel) {
        *ctx.claim_link.lock() = None;
        ctx.front.claimed().await;
        ctx.bus.publish(Event::OverviewChanged);
    }
}

/// The user that stands for the person at the machine.
///
/// # Errors
/// 409 while the hub is unclaimed.
pub async fn lead(ctx: &Context) -> Result<UserRow> {
    find_lead(ctx).await?.ok_or_else(|| Error::conflict("Nobody has claimed this hub yet."))
}

/// The same where there need not be one: who claimed the hub, else the first admin.
///
/// # Errors
/// When the store fails.
pub async fn find_lead(ctx: &Context) -> Result<Option<UserRow>> {
    ctx.store
        .read(|read| {
            if let Some(name) = settings::find::<UserName>(read, LEAD)?
                && let Some(user) = users::find_by_name(read, &name)?.filter(|user| user.admin)
            {
                return Ok(Some(user));
            }
            let all = users::list(read, &users::UserQuery::default())?;
            Ok(all.into_iter().find(|user| user.admin))
        })
        .await
}

/// The link that a headless start prints: works from this computer, once, for a quarter of an hour. `None` once the
/// hub is claimed.
pub fn owner_link(ctx: &Context) -> Option<String> {
    if is_claimed(ctx) {
        return None;
    }
    let code = generate_secret();
    let link =
        ClaimLink { hash: SecretHash::of(code.expose()), expires_at: ctx.clock.now().after(OWNER_LINK_LIFETIME) };
    *ctx.claim_link.lock() = Some(link);
    let origin = ctx.front.state().local_url;
    Some(format!("{}hub/claim?code={}", origin, code.expose()))
}

/// Whether a code is the printed link's; `Use::Take` ends it.
pub fn owner_code_is_good(ctx: &Context, code: &str) -> bool {
    let link = ctx.claim_link.lock();
    link.as_ref().is_some_and(|link| link.hash == SecretHash::of(code) && link.expires_at > ctx.clock.now())
}

/// Claims the hub with the printed link's code.
///
/// # Errors
/// 404 for a code that was used, has ended or never was; else as [`claim`].
pub async fn redeem_owner_link(ctx: &Context, code: &str, name: &str) -> Result<UserRow> {
    if !owner_code_is_good(ctx, code) {
        return Err(Error::not_found("This link was used already or has ended. Start Labdeck again for a new one."));
    }
    claim(ctx, name).await
}

fn already() -> Error {
    Error::conflict("This hub has an admin already.")
}
