//! [`Cards`]: the graphics cards of this machine, and how busy they are. Owns no library: `nvml` asks NVIDIA's, a test
//! its own. Who holds which card is the ledger's.

use std::fmt::Debug;

use labdeck_model::GpuSample;

/// One graphics card, or one slice of a card that is cut up (NVIDIA's MIG).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its lasting name: `GPU-8f6a…`, `MIG-1b2c…`.
    pub id: String,
    /// Its place in the machine; slices have the place of their card.
    pub index: u32,
    /// `NVIDIA L4`.
    pub name: String,
    /// Its memory; `None` where the driver does not say.
    pub memory_bytes: Option<u64>,
}

/// Knows the machine's graphics cards.
pub trait Cards: Send + Sync + Debug {
    /// Those that servers may get, in their order. Quick: it is asked whenever a server wants to start.
    fn list(&self) -> Vec<Card>;

    /// Why there are none, or fewer than there could be, in words for the lead with what to do.
    fn problem(&self) -> Option<String>;

    /// How busy a card is now. May take some milliseconds.
    fn sample(&self, id: &str) -> Option<GpuSample>;
}

/// A machine without graphics cards.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCards;

impl Cards for NoCards {
    fn list(&self) -> Vec<Card> {
        Vec::new()
    }

    fn problem(&self) -> Option<String> {
        None
    }

    fn sample(&self, _: &str) -> Option<GpuSample> {
        None
    }
}

// === impl Card ===

impl Card {
    /// `card 0 (NVIDIA L4)`.
    pub fn words(&self) -> String {
        format!("card {} ({})", self.index, self.name)
    }
}
