//! [`Day`]: what servers used over the last day, five minutes folded into one point. In memory alone, bounded by the
//! servers that ran that day; `samples` fills it with each of its rounds. A server's day outlives its stop, so that one
//! can see what led to an end, and goes with the server itself.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use labdeck_model::{GpuSample, Sample, ServerKey, ServerName, Timestamp};
use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

/// What one point stands for: a chart of a day is hardly wider than the 288 points that this makes.
const POINT: Duration = Duration::from_secs(300);
/// How far back it goes.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// The last day of every server that ran in it.
#[derive(Debug, Default)]
pub struct Day(Mutex<HashMap<ServerKey, VecDeque<Point>>>);

/// One server's last day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UsageView {
    /// How many seconds the whole view spans, up to now.
    pub span_seconds: u64,
    /// How many seconds one point stands for.
    pub point_seconds: u64,
    /// What is known, oldest first. Where it did not run there is no point.
    pub points: Vec<UsagePoint>,
}

/// What a server used in one stretch.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UsagePoint {
    /// When the stretch began.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Processors in use, on the average.
    pub cpus: f64,
    /// The most memory in use: the peak is what ends a server.
    pub memory_bytes: u64,
    /// Bytes that it received in a second, on the average; absent where that cannot be known.
    pub received_per_second: Option<f64>,
    /// Bytes that it sent in a second; likewise.
    pub sent_per_second: Option<f64>,
    /// The graphics cards that it held: busy on the average, with the most memory in use.
    pub gpus: Vec<GpuSample>,
}

/// A point while it grows. Small: there are 288 for each server.
#[derive(Debug, Clone)]
struct Point {
    /// Which stretch since 1970.
    number: i64,
    cpus: Mean,
    memory_bytes: u64,
    received: Mean,
    sent: Mean,
    cards: Vec<CardPoint>,
}

#[derive(Debug, Clone)]
struct CardPoint {
    id: String,
    busy: Mean,
    memory_bytes: Option<u64>,
    temperature: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f32,
    count: u32,
}

// === impl Day ===

impl Day {
    /// Adds a round of samples, and forgets what is older than a day.
    pub fn add(&self, samples: &[Sample], now: Timestamp) {
        let number = number_at(now);
        let mut lines = self.0.lock();
        for sample in samples {
            let Ok(server) = ServerName::parse(&sample.server) else { continue };
            let line = lines.entry(ServerKey::new(sample.user.clone(), server)).or_default();
            match line.back_mut() {
                // A clock that was set back: the newest point takes it.
                Some(last) if last.number >= number => last.add(sample),
                _ => line.push_back(Point::new(number, sample)),
            }
        }
        let oldest = number_at(now.before(KEPT));
        lines.retain(|_, line| {
            while line.front().is_some_and(|point| point.number <= oldest) {
                line.pop_front();
            }
            !line.is_empty()
        });
    }

    /// What is known of a server.
    pub fn view(&self, key: &ServerKey, now: Timestamp) -> UsageView {
        let oldest = number_at(now.before(KEPT));
        let lines = self.0.lock();
        let points = lines.get(key).into_iter().flatten().filter(|point| point.number > oldest);
        UsageView {
            span_seconds: KEPT.as_secs(),
            point_seconds: POINT.as_secs(),
            points: points.map(Point::view).collect(),
        }
    }

    /// Forgets a server that was deleted: another of its name is another.
    pub fn forget(&self, key: &ServerKey) {
        self.0.lock().remove(key);
    }
}

fn number_at(now: Timestamp) -> i64 {
    now.unix_seconds().div_euclid(POINT.as_secs().cast_signed())
}

// === impl Point ===

impl Point {
    fn new(number: i64, sample: &Sample) -> Self {
        let mut point = Self {
            number,
            cpus: Mean::default(),
            memory_bytes: 0,
            received: Mean::default(),
            sent: Mean::default(),
            cards: Vec::new(),
        };
        point.add(sample);
        point
    }

    fn add(&mut self, sample: &Sample) {
        self.cpus.add(Some(sample.cpus));
        self.memory_bytes = self.memory_bytes.max(sample.memory_bytes);
        self.received.add(sample.received_per_second);
        self.sent.add(sample.sent_per_second);
        for gpu in &sample.gpus {
            let at = self.cards.iter().position(|card| card.id == gpu.id).unwrap_or_else(|| {
                let id = gpu.id.clone();
                self.cards.push(CardPoint { id, busy: Mean::default(), memory_bytes: None, temperature: None });
                self.cards.len() - 1
            });
            let Some(card) = self.cards.get_mut(at) else { continue };
            card.busy.add(gpu.busy);
            card.memory_bytes = card.memory_bytes.max(gpu.memory_bytes);
            card.temperature = card.temperature.max(gpu.temperature);
        }
    }

    fn view(&self) -> UsagePoint {
        let micros = self.number.saturating_mul(POINT.as_secs().cast_signed()).saturating_mul(1_000_000);
        let card = |card: &CardPoint| GpuSample {
            id: card.id.clone(),
            busy: card.busy.value(),
            memory_bytes: card.memory_bytes,
            temperature: card.temperature,
        };
        UsagePoint {
            at: Timestamp::from_unix_micros(micros),
            cpus: self.cpus.value().unwrap_or_default(),
            memory_bytes: self.memory_bytes,
            received_per_second: self.received.value(),
            sent_per_second: self.sent.value(),
            gpus: self.cards.iter().map(card).collect(),
        }
    }
}

// === impl Mean ===

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value as f32;
            self.count += 1;
        }
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| f64::from(self.sum) / f64::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use labdeck_model::UserName;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn start() -> Timestamp {
        Timestamp::parse("2026-11-20T06:00:00Z").unwrap()
    }

    fn sample(user: &str, cpus: f64, memory_bytes: u64) -> Sample {
        Sample {
            user: UserName::parse(user).unwrap(),
            server: String::new(),
            cpus,
            memory_bytes,
            memory_limit_bytes: None,
            received_per_second: None,
            sent_per_second: Some(cpus * 10.0),
            gpus: vec![GpuSample {
                id: "G".to_owned(),
                busy: Some(cpus),
                memory_bytes: Some(memory_bytes),
                temperature: None,
            }],
        }
    }

    fn key(user: &str) -> ServerKey {
        ServerKey::default_of(UserName::parse(user).unwrap())
    }

    #[test]
    fn five_minutes_make_one_point_with_the_mean_and_the_peak() {
        let day = Day::default();
        for (minute, cpus, memory) in [(0, 1.0, 5), (1, 3.0, 90), (4, 2.0, 7), (5, 0.5, 8)] {
            day.add(&[sample("ada", cpus, memory)], start().after(MINUTE * minute));
        }
        let points = day.view(&key("ada"), start().after(MINUTE * 6)).points;
        let brief: Vec<_> = points.iter().map(|p| (p.at, p.cpus, p.memory_bytes, p.sent_per_second)).collect();
        assert_eq!(brief, [(start(), 2.0, 90, Some(20.0)), (start().after(MINUTE * 5), 0.5, 8, Some(5.0))]);
        assert_eq!((points[0].received_per_second, points[0].gpus[0].busy), (None, Some(2.0)));
        assert_eq!(points[0].gpus[0].memory_bytes, Some(90));
    }

    #[test]
    fn a_day_has_an_end_and_what_did_not_run_in_it_is_forgotten() {
        let day = Day::default();
        day.add(&[sample("ada", 1.0, 1), sample("bob", 1.0, 1)], start());
        for minute in 1..=1440 {
            day.add(&[sample("ada", 1.0, 1)], start().after(MINUTE * minute));
        }
        let now = start().after(MINUTE * 1440);
        assert_eq!(day.view(&key("ada"), now).points.len(), 288);
        assert_eq!(day.0.lock().keys().cloned().collect::<BTreeSet<_>>(), BTreeSet::from([key("ada")]));
        let later = now.after(KEPT);
        assert_eq!(day.view(&key("ada"), later).points, [], "also while nothing runs");
        assert!(size_of::<Point>() <= 72, "a thousand servers must fit into a few megabytes");
    }

    #[test]
    fn a_deleted_server_leaves_no_day_to_the_next_of_its_name() {
        let day = Day::default();
        day.add(&[sample("ada", 1.0, 1), sample("bob", 1.0, 1)], start());
        day.forget(&key("ada"));
        assert_eq!(day.view(&key("ada"), start()).points, []);
        assert_eq!(day.view(&key("bob"), start()).points.len(), 1);
    }
}
