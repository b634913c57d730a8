//! The rules as people set them: for all in the window, for one person by the lead. What the file says stands.

use labdeck_model::UserName;
use labdeck_store::tables::{settings, users};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{Layer, Rules, Sources, resolve};
use crate::config::Config;
use crate::context::Context;
use crate::error::{Error, Result};

/// Under this key the store keeps what was set in the window.
pub(super) const WINDOW: &str = "idle_rules";
/// A rule of more than a year is a slip of the keyboard.
const MOST_SECONDS: u64 = 366 * 86_400;
/// What is stopped sooner than this is stopped while its user reads.
const LEAST_SECONDS: u64 = 60;

/// The rules of all, as they hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AllRules {
    /// Stop after so long without use; `None` is never.
    pub idle_seconds: Option<u64>,
    /// Stop after so long of computing without a word.
    pub busy_silent_seconds: Option<u64>,
    /// Stop so long after the start.
    pub max_age_seconds: Option<u64>,
    /// Tell people so long before.
    pub warn_seconds: u64,
    /// Which of these the file sets: they cannot be changed here.
    pub pinned: Vec<String>,
}

/// The rules of all.
///
/// # Errors
/// When the store fails.
pub async fn show_all(ctx: &Context) -> Result<AllRules> {
    let window = ctx.store.read(|read| Ok::<_, Error>(settings::find::<Layer>(read, WINDOW)?)).await?;
    let file = file_layer(&ctx.config);
    let pinned = fields(&file).into_iter().filter(|(_, said)| said.is_some()).map(|(name, _)| name.to_owned());
    let pinned = pinned.collect();
    let Rules { idle, busy_silent, max_age, warn } =
        resolve(&Sources { file, window: window.unwrap_or_default(), ..Sources::default() });
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs());
    Ok(AllRules {
        idle_seconds: seconds(idle),
        busy_silent_seconds: seconds(busy_silent),
        max_age_seconds: seconds(max_age),
        warn_seconds: warn.as_secs(),
        pinned,
    })
}

/// Sets the rules of all, as far as the file leaves them open.
///
/// # Errors
/// 409 for a rule that the file sets otherwise; 400 for a time that makes no sense.
pub async fn set_all(ctx: &Context, layer: Layer) -> Result<AllRules> {
    check(&layer)?;
    let file = file_layer(&ctx.config);
    for ((name, pinned), (_, wished)) in fields(&file).into_iter().zip(fields(&layer)) {
        if pinned.is_some() && wished.is_some_and(|wished| Some(wished) != pinned) {
            return Err(Error::conflict(format!(
                "{name} is set in labdeck.toml ([labdeck] {}). Change it there, or take the line out.",
                key_of(name)
            )));
        }
    }
    ctx.store.write(move |tx| Ok::<_, Error>(settings::set(tx, WINDOW, &layer)?)).await?;
    show_all(ctx).await
}

/// What is said for one person; empty where the rules of all hold.
///
/// # Errors
/// 404.
pub async fn find_person(ctx: &Context, name: &UserName) -> Result<Layer> {
    let name = name.clone();
    ctx.store
        .read(move |read| {
            let user = users::find_by_name(read, &name)?.ok_or_else(|| nobody(&name))?;
            let rule = users::find_idle_rule(read, user.id)?;
            Ok::<_, Error>(rule.and_then(|rule| serde_json::from_value(rule).ok()).unwrap_or_default())
        })
        .await
}

/// Sets what holds for one person.
///
/// # Errors
/// 404; 400 for a time that makes no sense.
pub async fn set_person(ctx: &Context, name: &UserName, layer: Layer) -> Result<Layer> {
    check(&layer)?;
    let rule = (!layer.is_empty()).then(|| serde_json::to_value(&layer).unwrap_or_default());
    let name = name.clone();
    ctx.store
        .write(move |tx| {
            let user = users::find_by_name(tx, &name)?.ok_or_else(|| nobody(&name))?;
            Ok::<_, Error>(users::set_idle_rule(tx, user.id, rule.as_ref())?)
        })
        .await?;
    Ok(layer)
}

/// Lets the rules of all hold for a person again.
///
/// # Errors
/// 404.
pub async fn clear_person(ctx: &Context, name: &UserName) -> Result<()> {
    set_person(ctx, name, Layer::default()).await.map(drop)
}

/// What the configuration says.
pub(super) fn file_layer(config: &Config) -> Layer {
    let idle = &config.idle;
    let said = |time: Option<std::time::Duration>| time.map(|time| Some(time.as_secs()).filter(|&s| s > 0));
    Layer {
        idle_seconds: said(idle.stop_after),
        busy_silent_seconds: said(idle.busy_but_silent_after),
        max_age_seconds: said(idle.max_age),
        warn_seconds: idle.warn_before.map(|time| Some(time.as_secs())),
    }
}

fn fields(layer: &Layer) -> [(&'static str, Option<Option<u64>>); 4] {
    [
        ("idle_seconds", layer.idle_seconds),
        ("busy_silent_seconds", layer.busy_silent_seconds),
        ("max_age_seconds", layer.max_age_seconds),
        ("warn_seconds", layer.warn_seconds),
    ]
}

fn key_of(field: &str) -> &'static str {
    match field {
        "idle_seconds" => "idle_stop_after",
        "busy_silent_seconds" => "idle_busy_but_silent_after",
        "max_age_seconds" => "idle_max_age",
        _ => "idle_warn_before",
    }
}

fn check(layer: &Layer) -> Result<()> {
    for (name, said) in fields(layer) {
        let Some(seconds) = said.flatten().filter(|&seconds| seconds > 0) else { continue };
        if seconds > MOST_SECONDS || (seconds < LEAST_SECONDS && name != "warn_seconds") {
            return Err(Error::invalid(format!(
                "{name} must be between {LEAST_SECONDS} seconds and a year, or null for never; it is {seconds}."
            )));
        }
    }
    Ok(())
}

fn nobody(name: &UserName) -> Error {
    Error::not_found(format!("There is nobody called {name}."))
}
