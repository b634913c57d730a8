//! What the lead decided about the machine in the window: kept in the store, and ruled out where the configuration
//! decides the same. Owns which of the two counts.

use labdeck_store::tables::settings;
use labdeck_store::{Read, StoreError};
use serde::{Deserialize, Serialize};

use super::room::{Promise, Rules};
use crate::config::Config;
use crate::lifecycle::Limits;

/// Under this key the store holds it.
pub(super) const KEY: &str = "resources";

/// The lead's decisions; `None` leaves it to the configuration or its default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Memory that servers never get.
    pub reserve_bytes: Option<u64>,
    /// How many servers may be starting at once; 0 is no limit.
    pub concurrent_starts: Option<u32>,
    /// How many servers may run at once; 0 is no limit.
    pub active_servers: Option<u32>,
}

/// The settings of this room that the configuration can decide: its name in the API, and in the configuration.
pub(super) const PINNABLE: [(&str, &str); 3] = [
    ("reserve_bytes", "labdeck.memory_reserve"),
    ("concurrent_starts", "hub.concurrent_spawn_limit"),
    ("active_servers", "hub.active_server_limit"),
];

// === impl Kept ===

impl Kept {
    /// What is stored; nothing on a new hub.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load(read: &Read<'_>) -> Result<Self, StoreError> {
        Ok(settings::find(read, KEY)?.unwrap_or_default())
    }

    /// The rules for the machine's room.
    pub fn rules(&self, config: &Config) -> Rules {
        Rules {
            reserve_bytes: config.memory_reserve.or(self.reserve_bytes),
            promise: if config.overcommit { Promise::Cap } else { Promise::Reservation },
            servers_per_card: config.gpu_sharing,
        }
    }

    /// How many servers there may be.
    pub fn limits(&self, config: &Config) -> Limits {
        let choose = |name: &str, kept: Option<u32>, given: Option<u32>| {
            let chosen = if config.is_given(name) { None } else { kept };
            let limit = chosen.or(given).unwrap_or(0);
            usize::try_from(limit).unwrap_or(usize::MAX)
        };
        Limits {
            concurrent_starts: choose(PINNABLE[1].1, self.concurrent_starts, config.concurrent_spawn_limit),
            active_servers: choose(PINNABLE[2].1, self.active_servers, config.active_server_limit),
            ..Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        Config::from_toml("labdeck.toml", text).unwrap()
    }

    #[test]
    fn the_file_wins_over_the_window_and_the_window_over_the_default() {
        let kept = Kept { reserve_bytes: Some(7), concurrent_starts: Some(3), active_servers: Some(9) };
        let free = config("");
        assert_eq!(kept.rules(&free).reserve_bytes, Some(7));
        assert_eq!(Kept::default().rules(&free), Rules::default());
        let counts = |kept: &Kept, config: &Config| {
            let limits = kept.limits(config);
            (limits.concurrent_starts, limits.active_servers)
        };
        assert_eq!(counts(&Kept::default(), &free), (100, 0));
        assert_eq!(counts(&kept, &free), (3, 9));
        let pinned = config(
            "[labdeck]\nmemory_reserve = \"3G\"\novercommit = false\ngpu_sharing = 2\n[hub]\nconcurrent_spawn_limit = 0\n",
        );
        let rules = kept.rules(&pinned);
        assert_eq!(rules.reserve_bytes, Some(3 << 30));
        assert_eq!((rules.promise, rules.servers_per_card), (Promise::Reservation, 2));
        assert_eq!(counts(&kept, &pinned), (0, 9), "no limit at all is a decision as well");
        assert_eq!(kept.rules(&config("[labdeck]\nmemory_reserve = 0")).reserve_bytes, Some(0));
    }
}
