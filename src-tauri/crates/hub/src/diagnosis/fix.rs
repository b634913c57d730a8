//! Mending what the hub can mend: each repair is something that a person could ask for by itself, with the same rights.

use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ImageRef, Job, ServerKey, Size};
use labdeck_spawner::diagnosis::kind;
use serde_json::{Map, Value};

use super::catalogue::Fix;
use super::explain::explain;
use super::folder::find_folder;
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::{self, StartWish};
use crate::{homes, resources, stacks};

/// What a repair began.
#[derive(Debug)]
pub enum Mended {
    /// Long work, to be watched.
    Job(Job),
    /// A start of the server.
    Started,
}

/// Begins a repair.
///
/// # Errors
/// 404 for a server or repair that is not there, 403, 409 where there is nothing to mend in that way.
pub async fn mend(ctx: &Context, caller: &Caller, key: &ServerKey, id: &str) -> Result<Mended> {
    let fix = Fix::ALL.into_iter().find(|fix| fix.id() == id);
    let fix = fix.ok_or_else(|| Error::not_found(format!("There is no repair called {id:?}.")))?;
    match fix {
        Fix::FetchImage => {
            caller.require(&ScopeBase::AdminServers, Target::Hub)?;
            fetch_image(ctx, key).await.map(Mended::Job)
        }
        Fix::StartAgain | Fix::LargerSize => {
            caller.require(&ScopeBase::StartServers, Target::Server(key))?;
            let user_options = if fix == Fix::LargerSize { larger(ctx, key).await? } else { Value::Null };
            let wish = StartWish { user_options, display_name: None, patience: crate::lifecycle::Patience::Queue };
            drop(servers::start(ctx, caller, key, wish).await?);
            Ok(Mended::Started)
        }
        Fix::Ownership => {
            caller.require(&ScopeBase::AdminServers, Target::Hub)?;
            mend_folder(ctx, key).await.map(Mended::Job)
        }
    }
}

async fn mend_folder(ctx: &Context, key: &ServerKey) -> Result<Job> {
    let row = servers::find_row(ctx, key).await?;
    let row = row.ok_or_else(|| Error::not_found(format!("There is no server {key}.")))?;
    let told = explain(&servers::live_of(ctx, &row), Vec::new());
    let told = told.filter(|told| told.kind == kind::PERMISSION_DENIED).map(|told| told.cause).unwrap_or_default();
    let folder = find_folder(ctx, &told).await?;
    let words = "It tells of no shared folder that Labdeck could mend: look under Storage, Attached folders.";
    homes::fix_folder(ctx, &folder.ok_or_else(|| Error::conflict(words))?).await
}

async fn fetch_image(ctx: &Context, key: &ServerKey) -> Result<Job> {
    let row = servers::find_row(ctx, key).await?;
    let stack = row.as_ref().and_then(|row| row.stack.clone());
    let all = stacks::list(ctx).await?;
    let of_stack = all.into_iter().find(|known| Some(&known.name) == stack.as_ref()).map(|stack| stack.image);
    let image: Option<ImageRef> = of_stack.or_else(|| ctx.config.docker.image.clone());
    stacks::pull(ctx, image.ok_or_else(|| Error::conflict("It is not known which image this server runs."))?)
}

/// The last choices with the next larger size.
async fn larger(ctx: &Context, key: &ServerKey) -> Result<Value> {
    let row = servers::find_row(ctx, key).await?;
    let row = row.ok_or_else(|| Error::not_found(format!("There is no server {key}.")))?;
    let has = row.grant.as_ref().and_then(|grant| grant.limits.memory_bytes);
    let offer = resources::offer(ctx, key).await?;
    let sizes: Vec<Size> = offer.sizes.into_iter().filter(|size| size.fits).map(|size| size.size).collect();
    let next = next_larger(&sizes, has).ok_or_else(|| {
        Error::conflict("There is no larger size to choose. Ask the person who runs the hub to offer one.")
    })?;
    let mut options = match row.user_options {
        Value::Object(options) => options,
        _nothing_chosen => Map::new(),
    };
    options.insert("size".to_owned(), Value::String(next.name.clone()));
    Ok(Value::Object(options))
}

/// The smallest size with more memory than that. No limit is more than any.
fn next_larger(sizes: &[Size], has: Option<u64>) -> Option<&Size> {
    let has = has?;
    let memory = |size: &Size| size.limits.memory_bytes.unwrap_or(u64::MAX);
    sizes.iter().filter(|size| memory(size) > has).min_by_key(|size| memory(size))
}

#[cfg(test)]
mod tests {
    use labdeck_model::ResourceLimits;

    use super::*;

    #[test]
    fn the_next_larger_size_is_the_smallest_with_more_memory() {
        let size = |name: &str, memory_bytes| Size {
            name: name.to_owned(),
            display_name: name.to_owned(),
            limits: ResourceLimits { memory_bytes, ..ResourceLimits::default() },
            offered: true,
            is_default: false,
            groups: Vec::new(),
        };
        let sizes = [size("xl", None), size("l", Some(8 << 30)), size("s", Some(1 << 30)), size("m", Some(4 << 30))];
        let next = |has| next_larger(&sizes, has).map(|size| size.name.as_str());
        assert_eq!((next(Some(1 << 30)), next(Some(2 << 30)), next(Some(8 << 30))), (Some("m"), Some("m"), Some("xl")));
        assert_eq!(next(None), None);
    }
}
