//! Which size a start gets. Owns the rule: the chosen size, else the default one, else the limits of the stack, else
//! the configuration's, which go no further than the largest size that may be chosen: leaving the choice out is no way
//! past the sizes.

use labdeck_model::{Grant, ResourceLimits, ServerKey, Size};
use labdeck_store::tables::{groups, sizes, users};
use serde_json::Value;

use crate::context::Context;
use crate::error::{Error, Result};

/// Whose word a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Somebody chose just now: what cannot be had is refused.
    Made,
    /// It is the last one again: what cannot be had any more is passed over.
    Repeated,
}

/// What a server is granted by what was chosen for it. `base` holds where no size does.
///
/// # Errors
/// 400 naming the sizes that may be chosen, for one that may not.
pub async fn choose(
    ctx: &Context,
    key: &ServerKey,
    options: &Value,
    choice: Choice,
    base: ResourceLimits,
) -> Result<Grant> {
    let wanted = options.get("size").and_then(first_text);
    let groups = groups_of(ctx, key).await?;
    let all = ctx.store.read(|read| Ok::<_, Error>(sizes::list(read)?)).await?;
    let size = match wanted.map(|name| pick(&all, &groups, &name)) {
        Some(Ok(size)) => Some(size),
        Some(Err(refused)) if choice == Choice::Made => return Err(refused),
        Some(Err(_)) | None => all.iter().find(|size| size.is_default && admits(size, &groups)),
    };
    let limits = match size {
        Some(size) => joined(&size.limits, &base),
        None => bounded(&base, all.iter().filter(|size| admits(size, &groups)).map(|size| &size.limits)),
    };
    Ok(Grant { size: size.map(|size| size.name.clone()), limits, ..Grant::default() })
}

/// The groups of a server's user, by name.
///
/// # Errors
/// When the store fails.
pub async fn groups_of(ctx: &Context, key: &ServerKey) -> Result<Vec<String>> {
    let user = key.user.clone();
    ctx.store
        .read(move |read| {
            let Some(user) = users::find_by_name(read, &user)? else { return Ok(Vec::new()) };
            let rows = groups::list_for_user(read, user.id)?;
            Ok::<_, Error>(rows.into_iter().map(|group| group.name.to_string()).collect())
        })
        .await
}

/// A form sends lists, a script a text.
pub fn first_text(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value.as_array()?.first()?.as_str())?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether people of these groups may choose a size.
pub(super) fn admits(size: &Size, groups: &[String]) -> bool {
    size.offered && (size.groups.is_empty() || size.groups.iter().any(|group| groups.contains(group)))
}

fn pick<'a>(all: &'a [Size], groups: &[String], name: &str) -> Result<&'a Size> {
    let allowed = || all.iter().filter(|size| admits(size, groups));
    allowed().find(|size| size.name == name).ok_or_else(|| {
        let names: Vec<_> = allowed().map(|size| format!("{:?}", size.name)).collect();
        let instead = match names.as_slice() {
            [] => "No sizes are offered here: leave the choice out.".to_owned(),
            names => format!("Choose one of {}.", names.join(", ")),
        };
        let shown: String = name.chars().take(60).collect();
        Error::invalid(format!("The size {shown:?} is not offered to you. {instead}"))
    })
}

/// A size says what a server may use; what a stack cannot do without, it keeps: its cards, and its shared memory and
/// its limit on processes where the size says nothing of them.
fn joined(size: &ResourceLimits, stack: &ResourceLimits) -> ResourceLimits {
    ResourceLimits {
        pids: size.pids.or(stack.pids),
        shm_bytes: size.shm_bytes.or(stack.shm_bytes),
        gpus: size.gpus.max(stack.gpus),
        ..*size
    }
}

/// Limits where no size was chosen, each no further than the furthest of the sizes. Where there are none, as they are.
fn bounded<'a>(base: &ResourceLimits, sizes: impl Iterator<Item = &'a ResourceLimits> + Clone) -> ResourceLimits {
    if sizes.clone().next().is_none() {
        return *base;
    }
    ResourceLimits {
        memory_bytes: least(base.memory_bytes, most(sizes.clone().map(|size| size.memory_bytes))),
        cpus: least(base.cpus, most(sizes.clone().map(|size| size.cpus))),
        pids: least(base.pids, most(sizes.map(|size| size.pids))),
        ..*base
    }
}

/// The furthest of some limits. No limit is further than any.
fn most<T: PartialOrd>(mut limits: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = limits.next()??;
    limits.try_fold(first, |most, limit| limit.map(|limit| if limit > most { limit } else { most }))
}

fn least<T: PartialOrd>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other < one { other } else { one }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn size(name: &str, offered: bool, groups: &[&str]) -> Size {
        Size {
            name: name.to_owned(),
            display_name: name.to_uppercase(),
            limits: ResourceLimits::NONE,
            offered,
            is_default: false,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[test]
    fn a_size_is_for_everybody_or_for_its_groups() {
        let all = [size("s", true, &[]), size("xl", true, &["vision"]), size("old", false, &[])];
        let (nobody, vision) = ([], ["vision".to_owned()]);
        assert!(pick(&all, &nobody, "s").is_ok());
        assert!(pick(&all, &vision, "xl").is_ok());
        let refused = pick(&all, &nobody, "xl").unwrap_err().to_string();
        assert!(refused.contains(r#"Choose one of "s"."#), "{refused}");
        assert!(pick(&all, &vision, "old").unwrap_err().to_string().contains(r#""s", "xl""#));
        assert!(pick(&[], &nobody, "s").unwrap_err().to_string().contains("leave the choice out"));
    }

    #[test]
    fn a_stack_keeps_the_cards_it_cannot_do_without() {
        let stack = ResourceLimits { gpus: 1, shm_bytes: Some(9), ..ResourceLimits::default() };
        let size = ResourceLimits { memory_bytes: Some(7), ..ResourceLimits::NONE };
        let both = joined(&size, &stack);
        assert_eq!((both.memory_bytes, both.cpus, both.gpus, both.shm_bytes), (Some(7), None, 1, Some(9)));
        let large = ResourceLimits { gpus: 2, shm_bytes: Some(5), ..size };
        assert_eq!((joined(&large, &stack).gpus, joined(&large, &stack).shm_bytes), (2, Some(5)));
    }

    #[test]
    fn leaving_the_choice_out_is_no_way_past_the_sizes() {
        let of = |memory, cpus| ResourceLimits { memory_bytes: memory, cpus, ..ResourceLimits::NONE };
        let (small, large, open) = (of(Some(2), Some(0.5)), of(Some(8), Some(2.0)), of(None, Some(4.0)));
        let told = |base: ResourceLimits, sizes: &[ResourceLimits]| {
            let limits = bounded(&base, sizes.iter());
            (limits.memory_bytes, limits.cpus)
        };
        assert_eq!(told(ResourceLimits::NONE, &[small, large]), (Some(8), Some(2.0)));
        assert_eq!(told(of(Some(9), Some(0.1)), &[large, small]), (Some(8), Some(0.1)));
        assert_eq!(told(of(Some(1), None), &[small, open]), (Some(1), Some(4.0)));
        assert_eq!(told(ResourceLimits::NONE, &[open]), (None, Some(4.0)), "a size without a limit may be chosen");
        assert_eq!(told(ResourceLimits::NONE, &[]), (None, None), "nothing is offered");
        let stack = ResourceLimits { gpus: 1, shm_bytes: Some(9), ..ResourceLimits::NONE };
        let kept = bounded(&stack, [small].iter());
        assert_eq!((kept.gpus, kept.shm_bytes), (1, Some(9)), "what the software cannot do without");
    }

    #[test]
    fn forms_and_scripts_choose_alike() {
        assert_eq!(first_text(&json!("m")), Some("m".to_owned()));
        assert_eq!(first_text(&json!(["m", "s"])), Some("m".to_owned()));
        for nothing in [json!(""), json!([]), json!([""]), json!(null), json!(3)] {
            assert_eq!(first_text(&nothing), None, "{nothing}");
        }
    }
}
