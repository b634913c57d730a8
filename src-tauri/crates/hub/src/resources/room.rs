//! [`MachineRoom`]: the machine's room for servers: memory down to the reserve, and graphics cards. Implements the
//! lifecycle's [`Room`]. The rule, in full:
//!
//! - **Limits are caps, not reservations.** Ten servers with 4 GB each may start on 16 GB: notebooks idle most of
//!   the time, and a lab whose people queue for memory that nobody uses is badly served.
//! - **The reserve is never given out.** No server's limit goes beyond the machine's memory less the reserve, also
//!   where nobody set a limit. A start waits while less is free than the reserve and what a server needs to come up.
//!   Servers that are starting count with that need, for they have yet to take it.
//! - **A control group around all servers** has the memory less the reserve as its limit, where the hub can make one:
//!   caps that add up to more then end the servers' programs, and never reach the reserve.
//! - **Strict, for those who want reservations** (`overcommit = false`): limits add up to no more than the memory less
//!   the reserve. A server without a limit gets half of that.
//! - **A card belongs to one server**, or to as many as the lead says.

use std::sync::Arc;

use labdeck_model::{Failure, Grant, ResourceLimits, WaitingFor};
use labdeck_spawner::Ceiling;
use parking_lot::RwLock;

use super::cards::{Card, Cards};
use super::gauge::{Gauge, MachineMemory};
use super::ledger;
use super::words::bytes_in_words;
use crate::lifecycle::{Held, Room, RoomAnswer};

/// What a notebook server needs to come up and open a notebook; measured: 180 MB for JupyterLab and one kernel, the
/// rest for what the first cell imports.
const NEEDED_BYTES: u64 = 512 << 20;
/// The reserve is at least this much: a desktop with a browser stays usable.
const LEAST_RESERVE_BYTES: u64 = 1 << 30;

/// What the lead decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Memory that servers never get; `None` is the default of [`default_reserve`].
    pub reserve_bytes: Option<u64>,
    /// What limits promise.
    pub promise: Promise,
    /// How many servers may hold one card.
    pub servers_per_card: u32,
}

/// What a memory limit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// No more than this: a cap.
    Cap,
    /// This much, whatever others do: a reservation.
    Reservation,
}

/// The machine's room.
#[derive(Debug)]
pub struct MachineRoom {
    gauge: Arc<dyn Gauge>,
    cards: Arc<dyn Cards>,
    rules: RwLock<Rules>,
    /// What keeps servers together below the budget, and is told of it.
    ceiling: Option<Arc<Ceiling>>,
}

/// All that a decision is made of.
#[derive(Debug, Clone)]
struct Present {
    memory: MachineMemory,
    cards: Vec<Card>,
    cards_problem: Option<String>,
    rules: Rules,
}

/// The default reserve: a tenth, at least 1 GB, at most half.
pub fn default_reserve(total_bytes: u64) -> u64 {
    (total_bytes / 10).max(LEAST_RESERVE_BYTES).min(total_bytes / 2)
}

// === impl Rules ===

impl Default for Rules {
    fn default() -> Self {
        Self { reserve_bytes: None, promise: Promise::Cap, servers_per_card: 1 }
    }
}

impl Rules {
    /// The reserve on a machine with this much memory. A reserve of more than nine tenths would leave servers nothing.
    pub fn reserve(&self, total_bytes: u64) -> u64 {
        let most = total_bytes - total_bytes / 10;
        self.reserve_bytes.unwrap_or_else(|| default_reserve(total_bytes)).min(most)
    }
}

// === impl MachineRoom ===

impl MachineRoom {
    /// The room of a machine.
    pub fn new(gauge: Arc<dyn Gauge>, cards: Arc<dyn Cards>, rules: Rules) -> Self {
        Self { gauge, cards, rules: RwLock::new(rules), ceiling: None }
    }

    /// The same; the group around all servers is told how much they may have together.
    #[must_use]
    pub fn under(self, ceiling: Arc<Ceiling>) -> Self {
        let room = Self { ceiling: Some(ceiling), ..self };
        room.tell_ceiling();
        room
    }

    /// The group around all servers.
    pub fn ceiling(&self) -> Option<Arc<Ceiling>> {
        self.ceiling.clone()
    }

    fn tell_ceiling(&self) {
        if let Some(ceiling) = &self.ceiling {
            let total = self.memory().total_bytes;
            ceiling.set((total > 0).then(|| total - self.rules().reserve(total)));
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> Rules {
        *self.rules.read()
    }

    /// Other rules from now on. Whoever waits is asked again by the registry.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write() = rules;
        self.tell_ceiling();
    }

    /// Its memory now.
    pub fn memory(&self) -> MachineMemory {
        self.gauge.memory()
    }

    /// Whether less is free than is kept back.
    pub fn is_short(&self) -> bool {
        let memory = self.memory();
        memory.available_bytes.is_some_and(|available| available < self.rules().reserve(memory.total_bytes))
    }

    /// Its processors.
    pub fn cpus(&self) -> usize {
        self.gauge.cpus()
    }

    fn present(&self) -> Present {
        Present {
            memory: self.gauge.memory(),
            cards: self.cards.list(),
            cards_problem: self.cards.problem(),
            rules: self.rules(),
        }
    }

    /// Its graphics cards.
    pub fn cards(&self) -> &Arc<dyn Cards> {
        &self.cards
    }
}

impl Room for MachineRoom {
    fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer {
        decide(&self.present(), held, wanted)
    }

    fn measured(&self) -> Option<Box<dyn Room>> {
        Some(Box::new(self.present()))
    }
}

impl Room for Present {
    fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer {
        decide(self, held, wanted)
    }
}

fn decide(now: &Present, held: &[Held], wanted: &Grant) -> RoomAnswer {
    let gpus = match choose_cards(now, held, wanted.limits.gpus) {
        Ok(gpus) => gpus,
        Err(answer) => return *answer,
    };
    if now.memory.total_bytes == 0 {
        return RoomAnswer::Take(Grant { gpus, ..wanted.clone() });
    }
    let limits = match now.rules.promise {
        Promise::Cap => check_free(now, held, &wanted.limits),
        Promise::Reservation => check_promised(now, held, &wanted.limits),
    };
    match limits {
        Ok(limits) => RoomAnswer::Take(Grant { limits, gpus, ..wanted.clone() }),
        Err(answer) => *answer,
    }
}

// === impl Present ===

impl Present {
    fn reserve(&self) -> u64 {
        self.rules.reserve(self.memory.total_bytes)
    }

    /// What all servers together may have.
    fn budget(&self) -> u64 {
        self.memory.total_bytes - self.reserve()
    }

    /// What a server needs to come up.
    fn need(&self, limits: &ResourceLimits) -> u64 {
        NEEDED_BYTES.min(limits.memory_bytes.unwrap_or(u64::MAX)).min(self.budget())
    }

    /// What a server is promised in the strict mode.
    fn promised(&self, limits: &ResourceLimits) -> u64 {
        limits.memory_bytes.unwrap_or(self.budget() / 2)
    }
}

/// Limits as caps: is enough free for one more to come up?
fn check_free(now: &Present, held: &[Held], wanted: &ResourceLimits) -> Result<ResourceLimits, Box<RoomAnswer>> {
    let cap = wanted.memory_bytes.unwrap_or(u64::MAX).min(now.budget());
    let limits = ResourceLimits { memory_bytes: Some(cap), ..*wanted };
    let Some(available) = now.memory.available_bytes else { return Ok(limits) };
    let starting: u64 = held.iter().filter(|held| held.is_starting).map(|held| now.need(&held.grant.limits)).sum();
    let free = available.saturating_sub(now.reserve()).saturating_sub(starting);
    let need = now.need(wanted);
    if free >= need {
        return Ok(limits);
    }
    // Not how much is free: that differs at each look, and every other sentence is news for everybody who watches.
    let message = format!(
        "The computer's memory is short: of its {}, {} are kept back so that it stays usable, and beside them less is \
         free than the {} that a server needs to come up. The start goes on by itself as soon as a server or another \
         program ends.",
        bytes_in_words(now.memory.total_bytes),
        bytes_in_words(now.reserve()),
        bytes_in_words(need)
    );
    Err(Box::new(RoomAnswer::Wait { waiting_for: WaitingFor::Memory, message }))
}

/// Limits as reservations: do they still add up?
fn check_promised(now: &Present, held: &[Held], wanted: &ResourceLimits) -> Result<ResourceLimits, Box<RoomAnswer>> {
    let (budget, want) = (now.budget(), now.promised(wanted));
    if want > budget {
        return Err(Box::new(RoomAnswer::Never(Failure::new(
            "memory_too_large",
            format!(
                "This server would be promised {} of memory, and this computer has {} for all servers together.",
                bytes_in_words(want),
                bytes_in_words(budget)
            ),
            "Choose a smaller size.",
        ))));
    }
    let promised: u64 = held.iter().map(|held| now.promised(&held.grant.limits)).fold(0, u64::saturating_add);
    if promised.saturating_add(want) > budget {
        let message = format!(
            "The computer's memory is given out: {} of the {} for servers are promised, and this server wants {}. The \
             start goes on by itself as soon as enough servers have stopped.",
            bytes_in_words(promised),
            bytes_in_words(budget),
            bytes_in_words(want)
        );
        return Err(Box::new(RoomAnswer::Wait { waiting_for: WaitingFor::Memory, message }));
    }
    Ok(ResourceLimits { memory_bytes: Some(want), ..*wanted })
}

fn choose_cards(now: &Present, held: &[Held], wanted: u32) -> Result<Vec<String>, Box<RoomAnswer>> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    if wanted > now.cards.len() {
        return Err(Box::new(RoomAnswer::Never(too_few(now, wanted))));
    }
    let places = ledger::places(&now.cards, held);
    let mut free: Vec<_> = places.iter().filter(|place| place.holders.len() < share(&now.rules)).collect();
    // The least shared first; among equals the machine's own order.
    free.sort_by_key(|place| place.holders.len());
    if free.len() >= wanted {
        return Ok(free.into_iter().take(wanted).map(|place| place.card.id.clone()).collect());
    }
    let message = format!("{} {}", ledger::who_holds(&places), ledger::when_free(free.len(), wanted));
    Err(Box::new(RoomAnswer::Wait { waiting_for: WaitingFor::Gpu, message }))
}

fn share(rules: &Rules) -> usize {
    usize::try_from(rules.servers_per_card.max(1)).unwrap_or(usize::MAX)
}

fn too_few(now: &Present, wanted: usize) -> Failure {
    let has = match now.cards.len() {
        0 => "has none that Labdeck can use".to_owned(),
        1 => "has one".to_owned(),
        n => format!("has {n}"),
    };
    let cards = if wanted == 1 { "a graphics card".to_owned() } else { format!("{wanted} graphics cards") };
    let remedy = now.cards_problem.clone().unwrap_or_else(|| "Choose a size that needs fewer.".to_owned());
    Failure::new("gpu_missing", format!("This server needs {cards}, and this computer {has}."), remedy)
}

#[cfg(test)]
mod tests;
