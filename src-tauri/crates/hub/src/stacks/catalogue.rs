//! Offering and withdrawing stacks.

use labdeck_model::{Event, ImageRef, ResourceLimits, Stack, Timestamp};
use labdeck_spawner::docker::Image;
use labdeck_store::tables::stacks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::Context;
use crate::error::{Error, Kind, Result};

/// A stack as it is put into the catalogue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StackWish {
    /// What people read.
    pub display_name: String,
    /// One line of what it is for.
    #[serde(default)]
    pub description: String,
    /// The image it runs.
    pub image: ImageRef,
    /// Whether people may choose it.
    pub offered: bool,
    /// Whether it is chosen where nobody chose.
    #[serde(default)]
    pub is_default: bool,
    /// What a server of it may use.
    #[serde(default)]
    pub limits: ResourceLimits,
}

/// An image that is on this machine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImageView {
    /// Its name, or its id where it has none.
    pub reference: String,
    /// Its id.
    pub id: String,
    /// Its size on disk.
    pub size_bytes: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it can serve notebooks.
    pub usable: bool,
    /// Why not, or how that is known.
    pub reason: String,
    /// The version of JupyterHub's single-user server in it, where that is known.
    pub hub_version: Option<String>,
}

/// The catalogue.
///
/// # Errors
/// When the store fails.
pub async fn list(ctx: &Context) -> Result<Vec<Stack>> {
    ctx.store.read(|read| Ok(stacks::list(read)?)).await
}

/// Adds or changes a stack. The first offered one is the default.
///
/// # Errors
/// 400 for a bad name, text or limit.
pub async fn put(ctx: &Context, name: &str, wish: StackWish) -> Result<Stack> {
    let stack = checked(name, wish)?;
    ctx.store
        .write(move |tx| {
            let only = stacks::find_default(tx)?.is_none_or(|default| default.name == stack.name);
            let wanted = Stack { is_default: stack.offered && (stack.is_default || only), ..stack };
            let mut kept = stacks::upsert(tx, &wanted)?;
            if wanted.is_default {
                stacks::set_default(tx, &wanted.name)?;
                kept.is_default = true;
            } else if stacks::find_default(tx)?.is_none()
                && let Some(next) = stacks::list(tx)?.into_iter().find(|other| other.offered)
            {
                stacks::set_default(tx, &next.name)?;
            }
            for stack in stacks::list(tx)? {
                tx.emit(Event::StackChanged { stack });
            }
            Ok::<_, Error>(kept)
        })
        .await
}

/// Takes a stack out of the catalogue. Its image stays; servers that run it run on.
///
/// # Errors
/// 404.
pub async fn delete(ctx: &Context, name: &str) -> Result<()> {
    let name = name.to_owned();
    ctx.store
        .write(move |tx| {
            if !stacks::delete(tx, &name)? {
                return Err(Error::not_found(format!("There is no stack {name:?}.")));
            }
            tx.emit(Event::StackDeleted { name });
            if stacks::find_default(tx)?.is_none()
                && let Some(next) = stacks::list(tx)?.into_iter().find(|other| other.offered)
            {
                stacks::set_default(tx, &next.name)?;
                tx.emit(Event::StackChanged { stack: Stack { is_default: true, ..next } });
            }
            Ok(())
        })
        .await
}

/// The images on this machine.
///
/// # Errors
/// 503 with the remedy while no engine answers.
pub async fn images(ctx: &Context) -> Result<Vec<ImageView>> {
    let Some(docker) = &ctx.docker else {
        return Err(Error::new(Kind::Unavailable, "This hub runs without a container engine."));
    };
    let found = docker.images().await.map_err(|error| {
        let failure = error.failure();
        Error::new(Kind::Unavailable, format!("{} {}", failure.message, failure.remedy)).caused_by(error)
    })?;
    Ok(found.into_iter().map(ImageView::from).collect())
}

impl From<Image> for ImageView {
    fn from(image: Image) -> Self {
        let Image { reference, id, size_bytes, created, usable, reason, hub_version } = image;
        Self { reference, id, size_bytes, created, usable, reason, hub_version }
    }
}

fn checked(name: &str, wish: StackWish) -> Result<Stack> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || name.len() > 60 || !name.chars().all(fits) {
        return Err(Error::invalid(format!(
            "The stack name {name:?} must be 1 to 60 lower-case letters, digits, dots and dashes."
        )));
    }
    let display_name = wish.display_name.trim().to_owned();
    if display_name.is_empty() || display_name.chars().count() > 80 || display_name.chars().any(char::is_control) {
        return Err(Error::invalid("Give the stack a name for people: 1 to 80 characters."));
    }
    if wish.description.chars().count() > 300 {
        return Err(Error::invalid("The description has more than 300 characters; one line is enough."));
    }
    let limits = wish.limits;
    if limits.memory_bytes.is_some_and(|bytes| bytes < 128 << 20) {
        return Err(Error::invalid("A notebook server needs at least 128 MB of memory."));
    }
    if limits.cpus.is_some_and(|cpus| !(0.05..=4096.0).contains(&cpus)) {
        return Err(Error::invalid("The number of processors must be at least 0.05."));
    }
    if limits.pids.is_some_and(|pids| pids < 32) {
        return Err(Error::invalid("A notebook server needs at least 32 processes."));
    }
    Ok(Stack {
        name: name.to_owned(),
        display_name,
        description: wish.description.trim().to_owned(),
        image: wish.image,
        offered: wish.offered,
        is_default: wish.is_default,
        limits,
    })
}
