//! Offering and withdrawing sizes. Owns what a size may be on this machine.

use labdeck_model::{Event, GroupName, ResourceLimits, Size};
use labdeck_store::tables::sizes;
use serde::Deserialize;
use utoipa::ToSchema;

use super::words::bytes_in_words;
use crate::context::Context;
use crate::error::{Error, Result};

/// Below this no notebook server comes up.
const LEAST_MEMORY_BYTES: u64 = 128 << 20;
/// The least share of a processor with which a server answers in time.
const LEAST_CPUS: f64 = 0.05;
/// A server has about a dozen threads before anybody works in it.
const LEAST_PIDS: u32 = 32;
/// Docker's own amount where nobody says one is 64 MB; below a page nothing works.
const LEAST_SHM_BYTES: u64 = 1 << 20;

/// A size as it is offered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SizeWish {
    /// What people read.
    pub display_name: String,
    /// What a server of it may use.
    #[serde(default)]
    pub limits: ResourceLimits,
    /// Whether people may choose it.
    pub offered: bool,
    /// Whether it is chosen where nobody chose.
    #[serde(default)]
    pub is_default: bool,
    /// Groups whose members may choose it; empty is everybody.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// All sizes, offered or not.
///
/// # Errors
/// When the store fails.
pub async fn list(ctx: &Context) -> Result<Vec<Size>> {
    ctx.store.read(|read| Ok(sizes::list(read)?)).await
}

/// Adds or changes a size. Servers that run keep what they have until they are started again.
///
/// # Errors
/// 400 for a bad name, or for more than this computer has.
pub async fn put(ctx: &Context, name: &str, wish: SizeWish) -> Result<Size> {
    let size = checked(name, wish, &Machine::of(ctx))?;
    ctx.store
        .write(move |tx| {
            let kept = sizes::upsert(tx, &size)?;
            tx.emit(Event::SizesChanged);
            Ok::<_, Error>(kept)
        })
        .await
}

/// Takes a size away. Servers that have it keep it until they are started again.
///
/// # Errors
/// 404.
pub async fn delete(ctx: &Context, name: &str) -> Result<()> {
    let name = name.to_owned();
    ctx.store
        .write(move |tx| {
            if !sizes::delete(tx, &name)? {
                return Err(Error::not_found(format!("There is no size {name:?}.")));
            }
            tx.emit(Event::SizesChanged);
            Ok(())
        })
        .await
}

/// What a size may ask for.
#[derive(Debug, Clone, Copy)]
struct Machine {
    cpus: usize,
    memory_bytes: u64,
    cards: usize,
}

impl Machine {
    fn of(ctx: &Context) -> Self {
        let machine = &ctx.machine;
        Self { cpus: machine.cpus(), memory_bytes: machine.memory().total_bytes, cards: machine.cards().list().len() }
    }
}

fn checked(name: &str, wish: SizeWish, machine: &Machine) -> Result<Size> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || name.len() > 60 || !name.chars().all(fits) {
        return Err(Error::invalid(format!(
            "The name {name:?} of a size must be 1 to 60 lower-case letters, digits, dots and dashes."
        )));
    }
    let display_name = wish.display_name.trim().to_owned();
    if display_name.is_empty() || display_name.chars().count() > 80 || display_name.chars().any(char::is_control) {
        return Err(Error::invalid("Give the size a name for people: 1 to 80 characters."));
    }
    check_limits(&wish.limits, machine)?;
    for group in &wish.groups {
        GroupName::parse(group).map_err(|error| Error::invalid(format!("The group {group:?}: {error}")))?;
    }
    Ok(Size {
        name: name.to_owned(),
        display_name,
        limits: wish.limits,
        offered: wish.offered,
        is_default: wish.is_default && wish.offered,
        groups: wish.groups,
    })
}

/// What cannot be read of the machine is zero, and bounds nothing.
fn check_limits(limits: &ResourceLimits, machine: &Machine) -> Result<()> {
    let refuse = |words: String| Err(Error::invalid(words));
    let words = bytes_in_words;
    if let Some(memory) = limits.memory_bytes {
        if memory < LEAST_MEMORY_BYTES {
            return refuse(format!(
                "{} of memory is too little: a notebook server needs at least {}.",
                words(memory),
                words(LEAST_MEMORY_BYTES)
            ));
        }
        if machine.memory_bytes > 0 && memory > machine.memory_bytes {
            return refuse(format!(
                "{} of memory is more than this computer has. It has {}; choose less.",
                words(memory),
                words(machine.memory_bytes)
            ));
        }
    }
    if let Some(cpus) = limits.cpus {
        if cpus.is_nan() || cpus < LEAST_CPUS {
            return refuse(format!("The number of processors must be at least {LEAST_CPUS}."));
        }
        if cpus > machine.cpus as f64 {
            return refuse(format!("{cpus} processors are more than this computer has. It has {}.", machine.cpus));
        }
    }
    if limits.pids.is_some_and(|pids| pids < LEAST_PIDS) {
        return refuse(format!("A notebook server needs at least {LEAST_PIDS} processes and threads."));
    }
    if usize::try_from(limits.gpus).is_ok_and(|gpus| gpus > machine.cards) {
        let found = if machine.cards == 0 { "none".to_owned() } else { machine.cards.to_string() };
        let wanted = limits.gpus;
        return refuse(format!(
            "{wanted} graphics cards are more than Labdeck finds in this computer. It finds {found}."
        ));
    }
    if let Some(shm) = limits.shm_bytes {
        if shm < LEAST_SHM_BYTES {
            return refuse(format!("Shared memory must be at least {}.", words(LEAST_SHM_BYTES)));
        }
        if limits.memory_bytes.is_some_and(|memory| shm > memory) {
            return refuse(format!(
                "Shared memory is a part of the server's memory: {} of {} cannot be.",
                words(shm),
                words(limits.memory_bytes.unwrap_or_default())
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn machine() -> Machine {
        Machine { cpus: 4, memory_bytes: 8 * GIB, cards: 1 }
    }

    fn wish(limits: ResourceLimits) -> SizeWish {
        SizeWish { display_name: "M".to_owned(), limits, offered: true, is_default: false, groups: Vec::new() }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        let limits = |change: fn(&mut ResourceLimits)| {
            let mut limits = ResourceLimits::default();
            change(&mut limits);
            limits
        };
        for (bad, word) in [
            (limits(|l| l.memory_bytes = Some(1)), "at least 128 MB"),
            (limits(|l| l.memory_bytes = Some(9 << 30)), "It has 8 GB"),
            (limits(|l| l.cpus = Some(0.0)), "at least 0.05"),
            (limits(|l| l.cpus = Some(f64::NAN)), "at least 0.05"),
            (limits(|l| l.cpus = Some(5.0)), "It has 4"),
            (limits(|l| l.pids = Some(3)), "at least 32"),
            (limits(|l| l.gpus = 2), "It finds 1"),
            (limits(|l| l.shm_bytes = Some(12)), "at least 1 MB"),
            (limits(|l| l.shm_bytes = Some(3 << 30)), "3 GB of 2 GB"),
        ] {
            let error = checked("m", wish(bad), &machine()).unwrap_err().to_string();
            assert!(error.contains(word), "{error:?} should say {word:?}");
        }
        for good in [ResourceLimits::NONE, ResourceLimits::default()] {
            assert!(checked("m", wish(good), &machine()).is_ok());
        }
    }

    #[test]
    fn names_are_checked_and_what_is_not_offered_is_no_default() {
        for bad in ["", "M", "a b", "a/b"] {
            assert!(checked(bad, wish(ResourceLimits::NONE), &machine()).is_err(), "{bad:?}");
        }
        let hidden = SizeWish { offered: false, is_default: true, ..wish(ResourceLimits::NONE) };
        assert!(!checked("m", hidden, &machine()).unwrap().is_default);
        let grouped = SizeWish { groups: vec![String::new()], ..wish(ResourceLimits::NONE) };
        assert!(checked("m", grouped, &machine()).is_err());
    }
}
