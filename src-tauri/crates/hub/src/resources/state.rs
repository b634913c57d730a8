//! The machine as the lead sees it: what it has, what is given out, who holds which card, who waits; and changing what
//! can be changed.

use labdeck_model::{Event, GpuSample, ServerState, Timestamp, UserName, Waiting};
use labdeck_store::tables::settings;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::cards::Card;
use super::kept::{KEY, Kept, PINNABLE};
use super::room::{Promise, default_reserve};
use super::words::bytes_in_words;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::lifecycle::{Held, Snapshot};
use crate::spawners::DOCKER;
use crate::tasks;

/// More starts or servers than this nobody means.
const MOST_SERVERS: u32 = 1_000_000;

/// The machine and what is given out of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Resources {
    /// Processors.
    pub cpus: usize,
    /// Memory.
    pub memory_bytes: u64,
    /// Memory in use, without what only caches files; zero where that cannot be known.
    pub memory_used_bytes: u64,
    /// Memory that servers never get.
    pub reserve_bytes: u64,
    /// What that would be by itself.
    pub reserve_default_bytes: u64,
    /// Whether memory limits may add up to more than there is.
    pub overcommit: bool,
    /// Why servers together can take more than the memory less the reserve, for the end of a sentence. Absent where the
    /// kernel, or limits that are reservations, keep them below it.
    pub unkept_together: Option<String>,
    /// The memory limits of all servers that run or are under way, added up.
    pub granted_bytes: u64,
    /// The graphics cards.
    pub gpus: Vec<CardView>,
    /// Why no graphics card can be used, where one could be.
    pub gpu_problem: Option<String>,
    /// The servers that wait, the next one first.
    pub queue: Vec<QueuedServer>,
    /// How many servers there may be, and how long a start may take.
    pub limits: LimitsView,
    /// What the configuration decides, by its name here: it cannot be changed.
    pub pinned: Vec<String>,
}

/// A graphics card and who holds it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CardView {
    /// Its lasting name.
    pub id: String,
    /// Its place in the machine.
    pub index: u32,
    /// What it is called.
    pub name: String,
    /// Its memory.
    pub memory_bytes: Option<u64>,
    /// Its memory in use, by whomever.
    pub memory_used_bytes: Option<u64>,
    /// How busy it is, 0 to 1.
    pub busy: Option<f64>,
    /// Degrees Celsius.
    pub temperature: Option<u32>,
    /// The servers that hold it.
    pub holders: Vec<Holder>,
}

/// A server that holds a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holder {
    /// Whose.
    pub user: UserName,
    /// Which; empty for the default server.
    pub server: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A server that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuedServer {
    /// Whose.
    pub user: UserName,
    /// Which; empty for the default server.
    pub server: String,
    /// For what, and its place.
    pub waiting: Waiting,
}

/// How many servers there may be, and how long a start may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LimitsView {
    /// How many may be starting at once; 0 is no limit.
    pub concurrent_starts: usize,
    /// How many may run at once; 0 is no limit.
    pub active_servers: usize,
    /// Seconds until a server must have started.
    pub start_timeout_seconds: u64,
    /// Seconds until a started server must answer.
    pub http_timeout_seconds: u64,
}

/// What is to be changed. What is absent stays; `null` is the default again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourcesChange {
    /// Memory that servers never get.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u64>)]
    pub reserve_bytes: Option<Option<u64>>,
    /// How many servers may be starting at once; 0 is no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub concurrent_starts: Option<Option<u32>>,
    /// How many servers may run at once; 0 is no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub active_servers: Option<Option<u32>>,
}

/// Tells `null` from absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The machine as it is now.
///
/// # Errors
/// When the store fails.
pub async fn state(ctx: &Context) -> Result<Resources> {
    let kept = ctx.store.read(|read| Ok::<_, Error>(Kept::load(read)?)).await?;
    let (memory, rules) = (ctx.machine.memory(), ctx.machine.rules());
    let servers = ctx.registry.all();
    let granted = held_of(&servers).iter().filter_map(|held| held.grant.limits.memory_bytes).sum();
    let limits = kept.limits(&ctx.config);
    let common = if ctx.spawners.current().0 == DOCKER { &ctx.config.docker.common } else { &ctx.config.simple };
    Ok(Resources {
        cpus: ctx.machine.cpus(),
        memory_bytes: memory.total_bytes,
        memory_used_bytes: memory.available_bytes.map_or(0, |available| memory.total_bytes.saturating_sub(available)),
        reserve_bytes: rules.reserve(memory.total_bytes),
        reserve_default_bytes: default_reserve(memory.total_bytes),
        overcommit: rules.promise == Promise::Cap,
        unkept_together: unkept_together(ctx).await,
        granted_bytes: granted,
        gpus: cards(ctx, &servers).await,
        gpu_problem: gpu_problem(ctx),
        queue: queue(&servers),
        limits: LimitsView {
            concurrent_starts: limits.concurrent_starts,
            active_servers: limits.active_servers,
            start_timeout_seconds: common.start_timeout.as_secs(),
            http_timeout_seconds: common.http_timeout.as_secs(),
        },
        pinned: pinned(ctx).map(str::to_owned).collect(),
    })
}

/// Sees to the group around all servers, and says why they together can take more than the memory less the reserve.
async fn unkept_together(ctx: &Context) -> Option<String> {
    // Asked of the driver also where limits are reservations: a new limit of the group takes effect with that.
    let told = match ctx.spawners.find(ctx.spawners.current().0) {
        Some(driver) => driver.unkept_together().await,
        None => Some("there is no driver for servers".to_owned()),
    };
    told.filter(|_| ctx.machine.rules().promise == Promise::Cap)
}

/// Changes what the lead may decide.
///
/// # Errors
/// 409 for what the configuration decides, 400 for what makes no sense on this machine.
pub async fn change(ctx: &Context, change: ResourcesChange) -> Result<Resources> {
    let asked = [change.reserve_bytes.is_some(), change.concurrent_starts.is_some(), change.active_servers.is_some()];
    for ((name, setting), _) in PINNABLE.iter().zip(asked).filter(|(_, asked)| *asked) {
        if let Some(source) = ctx.config.source(setting) {
            return Err(Error::conflict(format!(
                "{name} is decided by {setting} ({source}). Take that setting out to decide it here."
            )));
        }
    }
    check(&change, ctx.machine.memory().total_bytes)?;
    let kept = ctx
        .store
        .write(move |tx| {
            let mut kept = Kept::load(tx)?;
            kept.reserve_bytes = change.reserve_bytes.unwrap_or(kept.reserve_bytes);
            kept.concurrent_starts = change.concurrent_starts.unwrap_or(kept.concurrent_starts);
            kept.active_servers = change.active_servers.unwrap_or(kept.active_servers);
            settings::set(tx, KEY, &kept)?;
            tx.emit(Event::OverviewChanged);
            Ok::<_, Error>(kept)
        })
        .await?;
    ctx.machine.set_rules(kept.rules(&ctx.config));
    // Asks again who waits, by the new rules too.
    ctx.registry.set_limits(kept.limits(&ctx.config));
    state(ctx).await
}

fn check(change: &ResourcesChange, total_bytes: u64) -> Result<()> {
    if let Some(Some(reserve)) = change.reserve_bytes
        && total_bytes > 0
        && reserve > total_bytes - total_bytes / 10
    {
        return Err(Error::invalid(format!(
            "A reserve of {} would leave servers less than a tenth of this computer's {}. Choose less.",
            bytes_in_words(reserve),
            bytes_in_words(total_bytes)
        )));
    }
    let counts = [change.concurrent_starts, change.active_servers];
    if counts.into_iter().flatten().flatten().any(|count| count > MOST_SERVERS) {
        return Err(Error::invalid(format!("A limit is {MOST_SERVERS} at most; 0 is no limit.")));
    }
    Ok(())
}

/// What the servers hold that run or are under way.
pub(super) fn held_of(servers: &[Snapshot]) -> Vec<Held> {
    let active = servers.iter().filter(|server| server.state().is_active() && server.waiting.is_none());
    active
        .map(|server| Held {
            key: server.key().clone(),
            grant: server.record.grant.clone(),
            is_starting: server.state().pending() == Some(labdeck_model::Pending::Spawn),
        })
        .collect()
}

/// Why no card can be handed out, or none to containers.
pub(super) fn gpu_problem(ctx: &Context) -> Option<String> {
    let cards = ctx.machine.cards();
    let engine = ctx.docker.as_ref().and_then(|docker| docker.machine());
    let lacks_toolkit = engine.is_some_and(|engine| !engine.has_nvidia) && ctx.spawners.current().0 == DOCKER;
    cards.problem().or_else(|| {
        (lacks_toolkit && !cards.list().is_empty()).then(|| {
            "There is a graphics card, but Docker cannot hand it to servers: NVIDIA's container toolkit is missing. \
             Install the package nvidia-container-toolkit, run \"nvidia-ctk runtime configure --runtime=docker\" and \
             restart Docker."
                .to_owned()
        })
    })
}

fn pinned(ctx: &Context) -> impl Iterator<Item = &'static str> {
    PINNABLE.into_iter().filter(|(_, setting)| ctx.config.is_given(setting)).map(|(name, _)| name)
}

fn queue(servers: &[Snapshot]) -> Vec<QueuedServer> {
    let waiting = servers.iter().filter_map(|server| {
        let (key, waiting) = (server.key(), server.waiting.clone()?);
        Some(QueuedServer { user: key.user.clone(), server: key.server.to_string(), waiting })
    });
    let mut queue: Vec<_> = waiting.collect();
    queue.sort_by_key(|queued| queued.waiting.position);
    queue
}

async fn cards(ctx: &Context, servers: &[Snapshot]) -> Vec<CardView> {
    let all = ctx.machine.cards().list();
    let samples = sample_cards(ctx, all.iter().map(|card| card.id.clone()).collect()).await;
    let view = |card: Card| {
        let sample = samples.iter().find(|sample| sample.id == card.id);
        let holds = |server: &&Snapshot| server.state().is_active() && server.record.grant.gpus.contains(&card.id);
        CardView {
            holders: servers.iter().filter(holds).map(Holder::of).collect(),
            memory_used_bytes: sample.and_then(|sample| sample.memory_bytes),
            busy: sample.and_then(|sample| sample.busy),
            temperature: sample.and_then(|sample| sample.temperature),
            id: card.id,
            index: card.index,
            name: card.name,
            memory_bytes: card.memory_bytes,
        }
    };
    all.into_iter().map(view).collect()
}

/// How busy some cards are.
pub(super) async fn sample_cards(ctx: &Context, ids: Vec<String>) -> Vec<GpuSample> {
    if ids.is_empty() {
        return Vec::new();
    }
    let machine = std::sync::Arc::clone(&ctx.machine);
    tasks::blocking(move || ids.iter().filter_map(|id| machine.cards().sample(id)).collect()).await
}

// === impl Holder ===

impl Holder {
    fn of(server: &Snapshot) -> Self {
        let since = match server.state() {
            ServerState::Ready { started, .. } => Some(*started),
            other => server.record.started.or_else(|| other.since()),
        };
        Self { user: server.key().user.clone(), server: server.key().server.to_string(), since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_stays_and_null_is_the_default() {
        let read = |text: &str| serde_json::from_str::<ResourcesChange>(text);
        assert_eq!(read("{}").unwrap(), ResourcesChange::default());
        assert_eq!(read(r#"{"reserve_bytes":null}"#).unwrap().reserve_bytes, Some(None));
        assert_eq!(read(r#"{"active_servers":3}"#).unwrap().active_servers, Some(Some(3)));
        assert!(read(r#"{"other":1}"#).is_err() && read(r#"{"reserve_bytes":-1}"#).is_err());
    }

    #[test]
    fn a_reserve_leaves_servers_a_tenth() {
        let reserve = |bytes| check(&ResourcesChange { reserve_bytes: Some(bytes), ..Default::default() }, 10 << 30);
        assert!(reserve(Some(9 << 30)).is_ok() && reserve(Some(0)).is_ok() && reserve(None).is_ok());
        assert!(reserve(Some(10 << 30)).unwrap_err().to_string().contains("of this computer's 10 GB"));
    }
}
