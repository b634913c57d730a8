//! [`StandInMachine`]: a machine whose memory and graphics cards a test decides.

use std::sync::Arc;

use labdeck_hub::Machine;
use labdeck_hub::resources::{Card, Cards, Gauge, MachineMemory};
use labdeck_model::GpuSample;
use parking_lot::Mutex;

/// A machine of a test's own making. Clones are the same machine.
#[derive(Debug, Clone)]
pub(crate) struct StandInMachine(Arc<Stand>);

#[derive(Debug)]
struct Stand {
    memory: Mutex<MachineMemory>,
    cards: u32,
}

// === impl StandInMachine ===

impl StandInMachine {
    /// More memory than any test wants; no cards.
    pub(crate) fn roomy() -> Self {
        Self::new(64 << 30, 0)
    }

    /// So much memory, all of it free, and so many cards: `GPU-0`, `GPU-1`, ...
    pub(crate) fn new(memory_bytes: u64, cards: u32) -> Self {
        let memory = MachineMemory { total_bytes: memory_bytes, available_bytes: Some(memory_bytes) };
        Self(Arc::new(Stand { memory: Mutex::new(memory), cards }))
    }

    /// From now on so much is free.
    pub(crate) fn set_available(&self, bytes: u64) {
        self.0.memory.lock().available_bytes = Some(bytes);
    }

    /// The same for a hub.
    pub(crate) fn as_machine(&self) -> Machine {
        Machine { gauge: Arc::clone(&self.0) as _, cards: Arc::clone(&self.0) as _ }
    }
}

impl Gauge for Stand {
    fn memory(&self) -> MachineMemory {
        *self.memory.lock()
    }

    fn cpus(&self) -> usize {
        8
    }
}

impl Cards for Stand {
    fn list(&self) -> Vec<Card> {
        let card = |index| Card {
            id: format!("GPU-{index}"),
            index,
            name: "NVIDIA L4".to_owned(),
            memory_bytes: Some(24 << 30),
        };
        (0..self.cards).map(card).collect()
    }

    fn problem(&self) -> Option<String> {
        None
    }

    fn sample(&self, id: &str) -> Option<GpuSample> {
        Some(GpuSample { id: id.to_owned(), busy: Some(0.25), memory_bytes: Some(1 << 30), temperature: Some(48) })
    }
}
