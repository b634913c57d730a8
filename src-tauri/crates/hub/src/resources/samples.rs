//! [`Meter`]: what running servers use at this moment, with rates made of the totals that drivers report. Measured often
//! while somebody watches and once a minute for [`Day`](super::Day) otherwise; who may see which sample is the stream's.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use labdeck_model::{GpuSample, Sample, ServerKey};
use labdeck_spawner::{Traffic, Usage};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::state::sample_cards;
use crate::context::Context;
use crate::lifecycle::Snapshot;

/// A total older than this makes no rate of now. Longer than [`UNWATCHED_PAUSE`].
const BASE_AGE: Duration = Duration::from_secs(90);

/// How many servers are measured in a second, taken over the rounds: each costs the engine and the hub a call, and a
/// window that is left open must not cost a large lab a processor.
const PER_SECOND: f64 = 4.0;
/// The longest time between two rounds that somebody watches, however many servers there are.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The time between two rounds that nobody watches.
const UNWATCHED_PAUSE: Duration = Duration::from_secs(60);

/// Whether somebody looks at what servers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// A window or a page is open.
    Watched,
    /// Only the day is kept.
    Unwatched,
}

/// The last totals of each server. What is lost of them makes one sample without rates.
#[derive(Debug, Default)]
pub struct Meter {
    totals: Mutex<HashMap<ServerKey, Total>>,
    /// When the last round began.
    last_round: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, Copy)]
struct Total {
    at: Instant,
    traffic: Traffic,
}

/// Bytes in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rates {
    received: f64,
    sent: f64,
}

/// What all running servers use now; one that cannot be measured is left out. Empty where the last round is too near
/// for as many servers as there are. Each round also goes into the servers' day.
pub async fn samples(ctx: &Context, watch: Watch) -> Vec<Sample> {
    let running: Vec<_> = ctx.registry.all().into_iter().filter(|server| server.state().is_ready()).collect();
    // No round: the first server is measured at once, not a minute later.
    if running.is_empty() || !ctx.meter.is_due(running.len(), watch) {
        return Vec::new();
    }
    let mut held: Vec<_> = running.iter().flat_map(|server| server.record.grant.gpus.clone()).collect();
    held.sort();
    held.dedup();
    let cards = sample_cards(ctx, held).await;
    let usages = join_all(running.iter().map(|server| measure(ctx, server))).await;
    ctx.meter.keep(running.iter().map(Snapshot::key));
    let measured = running.iter().zip(usages).filter_map(|(server, usage)| Some((server, usage?)));
    let samples: Vec<_> = measured.map(|(server, usage)| sample(ctx, server, &usage, &cards)).collect();
    ctx.day.add(&samples, ctx.clock.now());
    samples
}

async fn measure(ctx: &Context, server: &Snapshot) -> Option<Usage> {
    let spawner = ctx.spawners.find(&server.record.spawner_kind)?;
    spawner.sample(server.record.spawner_state.as_ref()?).await.ok()?
}

fn sample(ctx: &Context, server: &Snapshot, usage: &Usage, cards: &[GpuSample]) -> Sample {
    let key = server.key();
    let rates = usage.traffic.and_then(|traffic| ctx.meter.rates(key, traffic));
    let held = |card: &&GpuSample| server.record.grant.gpus.contains(&card.id);
    Sample {
        user: key.user.clone(),
        server: key.server.to_string(),
        cpus: usage.cpus,
        memory_bytes: usage.memory_bytes,
        memory_limit_bytes: usage.memory_limit_bytes,
        received_per_second: rates.map(|rates| rates.received),
        sent_per_second: rates.map(|rates| rates.sent),
        gpus: cards.iter().filter(held).cloned().collect(),
    }
}

// === impl Meter ===

impl Meter {
    /// Whether so many servers may be measured again; if so, the round begins now.
    fn is_due(&self, servers: usize, watch: Watch) -> bool {
        let pause = match watch {
            Watch::Watched => Duration::from_secs_f64(servers as f64 / PER_SECOND).min(LONGEST_PAUSE),
            Watch::Unwatched => UNWATCHED_PAUSE,
        };
        let mut last = self.last_round.lock();
        // The ticks that ask are not exact: half of one is forgiven.
        let is_near = last.is_some_and(|at| at.elapsed() + Duration::from_secs(1) < pause);
        if !is_near {
            *last = Some(Instant::now());
        }
        !is_near
    }

    /// The rates since the last total; `None` for the first one, after a long pause and after a restart.
    fn rates(&self, key: &ServerKey, traffic: Traffic) -> Option<Rates> {
        let now = Total { at: Instant::now(), traffic };
        let base = self.totals.lock().insert(key.clone(), now)?;
        let seconds = now.at.duration_since(base.at);
        if seconds.is_zero() || seconds > BASE_AGE {
            return None;
        }
        let rate = |now: u64, base: u64| Some(now.checked_sub(base)? as f64 / seconds.as_secs_f64());
        Some(Rates {
            received: rate(traffic.received_bytes, base.traffic.received_bytes)?,
            sent: rate(traffic.sent_bytes, base.traffic.sent_bytes)?,
        })
    }

    /// Forgets all but these.
    fn keep<'a>(&self, running: impl Iterator<Item = &'a ServerKey>) {
        let running: std::collections::HashSet<_> = running.collect();
        self.totals.lock().retain(|key, _| running.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::UserName;

    use super::*;

    fn key(name: &str) -> ServerKey {
        ServerKey::default_of(UserName::parse(name).unwrap())
    }

    fn moved(received_bytes: u64, sent_bytes: u64) -> Traffic {
        Traffic { received_bytes, sent_bytes }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_made_of_two_totals() {
        let (meter, ada) = (Meter::default(), key("ada"));
        assert_eq!(meter.rates(&ada, moved(1000, 10)), None, "the first total");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(meter.rates(&ada, moved(5000, 10)), Some(Rates { received: 2000.0, sent: 0.0 }));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(meter.rates(&ada, moved(100, 5)), None, "started anew, its totals began again");
        tokio::time::advance(BASE_AGE + Duration::from_secs(1)).await;
        assert_eq!(meter.rates(&ada, moved(900, 50)), None, "nobody watched for a while");
        assert_eq!(meter.rates(&key("bob"), moved(9, 9)), None);
        meter.keep([key("bob")].iter());
        assert_eq!(meter.totals.lock().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn many_servers_are_measured_less_often() {
        let rounds = async |servers, watch| {
            let meter = Meter::default();
            let mut rounds = 0;
            for _ in 0..30 {
                rounds += u32::from(meter.is_due(servers, watch));
                tokio::time::advance(Duration::from_secs(2)).await;
            }
            rounds
        };
        let watched = async |servers| rounds(servers, Watch::Watched).await;
        assert_eq!((watched(1).await, watched(8).await), (30, 30), "each tick of a minute");
        assert_eq!((watched(30).await, watched(1000).await), (8, 3));
        assert_eq!(rounds(1, Watch::Unwatched).await, 1, "for the day alone");
    }
}
