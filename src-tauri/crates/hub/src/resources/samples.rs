//! [`Meter`]: what running servers use at this moment, with rates made of the totals that drivers report. Measured only
//! while somebody watches; who may see which sample is the stream's.

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

/// A total older than this makes no rate of now.
const BASE_AGE: Duration = Duration::from_secs(30);

/// The last totals of each server. What is lost of them makes one sample without rates.
#[derive(Debug, Default)]
pub struct Meter(Mutex<HashMap<ServerKey, Total>>);

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

/// What all running servers use now; one that cannot be measured is left out.
pub async fn samples(ctx: &Context) -> Vec<Sample> {
    let running: Vec<_> = ctx.registry.all().into_iter().filter(|server| server.state().is_ready()).collect();
    let mut held: Vec<_> = running.iter().flat_map(|server| server.record.grant.gpus.clone()).collect();
    held.sort();
    held.dedup();
    let cards = sample_cards(ctx, held).await;
    let usages = join_all(running.iter().map(|server| measure(ctx, server))).await;
    ctx.meter.keep(running.iter().map(Snapshot::key));
    let measured = running.iter().zip(usages).filter_map(|(server, usage)| Some((server, usage?)));
    measured.map(|(server, usage)| sample(ctx, server, &usage, &cards)).collect()
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
    /// The rates since the last total; `None` for the first one, after a long pause and after a restart.
    fn rates(&self, key: &ServerKey, traffic: Traffic) -> Option<Rates> {
        let now = Total { at: Instant::now(), traffic };
        let base = self.0.lock().insert(key.clone(), now)?;
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
        self.0.lock().retain(|key, _| running.contains(key));
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
        assert_eq!(meter.0.lock().len(), 1);
    }
}
