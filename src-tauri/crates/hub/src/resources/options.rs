//! What a start offers to one user: stacks, images, sizes, folders, and what was chosen last. The form on the pages
//! and the window's question are made of it; what is not in it is refused by the start itself.

use std::collections::BTreeMap;

use labdeck_model::{Folder, Grant, ServerKey, Size, Stack};
use labdeck_store::Read;
use labdeck_store::tables::spawners::SpawnerRow;
use labdeck_store::tables::{spawners, stacks};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::choice::{admits, first_text, groups_of};
use super::sizes;
use super::state::held_of;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::homes;
use crate::lifecycle::{Held, Room as _, RoomAnswer};
use crate::spawners::DOCKER;

/// What a start offers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StartOffer {
    /// What may run; empty where servers are local processes.
    pub stacks: Vec<Stack>,
    /// Images that may be chosen in place of the stack's own.
    pub images: Vec<ImageOption>,
    /// How large it may be; empty where no sizes are offered.
    pub sizes: Vec<SizeOption>,
    /// Folders beside the home.
    pub folders: Vec<FolderOption>,
    /// What was chosen last.
    pub last: LastChoice,
    /// How many seconds a start took lately, by stack.
    pub usual_seconds: BTreeMap<String, u32>,
}

/// An image that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageOption {
    /// What people read, and what a start understands.
    pub label: String,
    /// What is run.
    pub image: String,
}

/// A size that may be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SizeOption {
    /// The size.
    #[serde(flatten)]
    pub size: Size,
    /// Whether it can be had on this computer, at once or after waiting.
    pub fits: bool,
    /// What stands in its way: for ever where it does not fit, else at the moment.
    pub why_not: Option<String>,
}

/// A folder that may be mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolderOption {
    /// What a start understands.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// Whether the server may write into it.
    pub writable: bool,
    /// Where the server sees it.
    pub target: String,
}

/// What was chosen at the last start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LastChoice {
    /// The stack.
    pub stack: Option<String>,
    /// The size.
    pub size: Option<String>,
    /// The folders; `null` is all of them.
    pub folders: Option<Vec<String>>,
    /// The image.
    pub image: Option<String>,
}

/// What a start of this server offers.
///
/// # Errors
/// When the store fails.
pub async fn offer(ctx: &Context, key: &ServerKey) -> Result<StartOffer> {
    let (of, groups) = (key.clone(), groups_of(ctx, key).await?);
    let row = ctx.store.read(move |read| Ok::<_, Error>(spawners::find_by_key(read, &of)?)).await?;
    let kept = row.as_ref().and_then(|row| row.home.as_ref().and(row.spawner_kind.clone()));
    let kind = kept.unwrap_or_else(|| ctx.spawners.current().0.to_owned());
    let has_stacks = kind == DOCKER;
    let stacks = if has_stacks { offered_stacks(ctx).await? } else { Vec::new() };
    let usual = |name: &String| Some((name.clone(), ctx.board.find_usual_seconds(&kind, Some(name))?));
    let usual_seconds = stacks.iter().filter_map(|stack| usual(&stack.name)).collect();
    let images = ctx.config.docker.allowed_images.iter().filter(|_| has_stacks);
    let held = held_of(&ctx.registry.all());
    let sizes = sizes::list(ctx).await?.into_iter().filter(|size| admits(size, &groups));
    Ok(StartOffer {
        stacks,
        images: images
            .map(|allowed| ImageOption { label: allowed.label.clone(), image: allowed.image.to_string() })
            .collect(),
        sizes: sizes.map(|size| SizeOption::of(ctx, size, &held)).collect(),
        folders: homes::offered_folders(ctx, key).await?.into_iter().map(FolderOption::from).collect(),
        last: row.map(|row| LastChoice::of(&row)).unwrap_or_default(),
        usual_seconds,
    })
}

async fn offered_stacks(ctx: &Context) -> Result<Vec<Stack>> {
    let offered = |read: &Read<'_>| Ok(stacks::list(read)?.into_iter().filter(|stack| stack.offered).collect());
    ctx.store.read(offered).await
}

// === impl SizeOption ===

impl SizeOption {
    fn of(ctx: &Context, size: Size, held: &[Held]) -> Self {
        let wanted = Grant { limits: size.limits, ..Grant::default() };
        let (fits, why_not) = match ctx.machine.ask(held, &wanted) {
            RoomAnswer::Take(_) => (true, None),
            RoomAnswer::Wait { message, .. } => (true, Some(message)),
            RoomAnswer::Never(failure) => (false, Some(failure.message)),
        };
        Self { size, fits, why_not }
    }
}

impl From<Folder> for FolderOption {
    fn from(folder: Folder) -> Self {
        let Folder { name, display_name, writable, target, .. } = folder;
        Self { name, display_name, writable, target }
    }
}

// === impl LastChoice ===

impl LastChoice {
    fn of(row: &SpawnerRow) -> Self {
        let text = |name: &str| row.user_options.get(name).and_then(first_text);
        Self {
            stack: text("stack").or_else(|| row.stack.clone()),
            size: text("size"),
            folders: row.user_options.get("folders").map(texts),
            image: text("image"),
        }
    }
}

/// All texts of a form's list, or the one of a script.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
