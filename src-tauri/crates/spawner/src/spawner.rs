//! [`Spawner`]: what a driver must do, and the small values that its answers are made of. Owns no behaviour of a
//! driver. Implemented by `docker` and `process` and by whoever builds a hub of their own; called by the hub's
//! lifecycle actors and by its recovery.

use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::Stream;
use labdeck_model::{ResourceLimits, ServerKey};
use tokio::sync::broadcast;

use crate::{Homes, Liveness, MountWish, SpawnError, SpawnRequest, SpawnerState, StartContext};

/// Brings servers up and down. One object serves all servers of its kind at once.
#[async_trait]
pub trait Spawner: Send + Sync + Debug + 'static {
    /// The word that the configuration and the API have for this driver: `docker`, `simple`.
    fn kind(&self) -> &'static str;

    /// Says from where servers of this driver reach the hub, which decides the listener that the hub opens for
    /// them. May create what is needed for that (a network of its own), and may be asked again at any time.
    ///
    /// # Errors
    /// When that cannot be known or made.
    async fn hub_access(&self) -> Result<HubAccess, SpawnError>;

    /// Brings a server up and returns where it listens, without a path: `http://127.0.0.1:49153`.
    /// The server need not answer yet.
    ///
    /// # Errors
    /// With the reason in words for its user, see [`SpawnError::failure`].
    ///
    /// # Cancellation
    /// A driver awaits [`StartContext::checkpoint`] as soon as there is something to clean up and before that
    /// thing runs, and returns soon after [`StartContext::cancelled`]. A start that ended badly, was cancelled or
    /// was dropped leaves behind only what was checkpointed; [`Spawner::stop`] with that state clears it away.
    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError>;

    /// Looks once whether the server runs.
    ///
    /// # Errors
    /// When it cannot be known, as while an engine is away: that does not mean that the server ended.
    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError>;

    /// Resolves when the server has ended, with how it did. Safe to drop.
    ///
    /// # Errors
    /// When it can no longer be watched, as when an engine goes away: ask again later.
    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError>;

    /// Says again where a running server listens; for adoption after a restart of the hub or of an engine.
    ///
    /// # Errors
    /// When it does not run or cannot be asked.
    async fn address(&self, state: &SpawnerState) -> Result<String, SpawnError>;

    /// Brings a server down and clears away what ran it. What its user saved is kept. Idempotent: a server that
    /// is gone already is a success.
    ///
    /// # Errors
    /// When it could not be brought down or cannot be known to be down.
    ///
    /// # Cancellation
    /// May be dropped and called again.
    async fn stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError>;

    /// Brings down what runs for a server that nobody knows. What lies in a home stays there, and where files lie
    /// elsewhere, what has them is kept and shown among the [`Homes`].
    ///
    /// # Errors
    /// When it could not be brought down, or nobody can say whether files are in it: nothing is removed then.
    async fn clear_stray(&self, state: &SpawnerState) -> Result<(), SpawnError> {
        self.stop(state, StopMode::Graceful).await
    }

    /// Deletes what the server's user saved in `home` (see [`SpawnRequest::home`]). Only for servers that were stopped
    /// and are deleted for ever.
    ///
    /// # Errors
    /// When something of it could not be deleted.
    async fn forget(&self, key: &ServerKey, home: &str) -> Result<(), SpawnError>;

    /// Deletes what is left of the runs of a server that was deleted, as its log: a new server of the name must not
    /// show it. What its user saved stays. A driver that keeps nothing beside homes has nothing to do.
    ///
    /// # Errors
    /// When something of it could not be deleted.
    async fn forget_run(&self, _: &ServerKey) -> Result<(), SpawnError> {
        Ok(())
    }

    /// Lists the servers of this hub that exist outside of it, running or not; for recovery.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn list(&self) -> Result<Vec<Found>, SpawnError>;

    /// The last lines that the server wrote, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn logs(&self, state: &SpawnerState, lines: usize) -> Result<Vec<String>, SpawnError>;

    /// The last lines, and then each new one as it is written, until the server ends or the stream is dropped.
    ///
    /// # Errors
    /// When the log cannot be read. A driver that cannot follow ends the stream after the last lines.
    async fn follow_log(&self, state: &SpawnerState, lines: usize) -> Result<LogLines, SpawnError> {
        let now = self.logs(state, lines).await?;
        Ok(Box::pin(futures_util::stream::iter(now.into_iter().map(Ok))))
    }

    /// What the server uses at this moment; `None` when it does not run.
    ///
    /// # Errors
    /// When it cannot be measured.
    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError>;

    /// Which of these limits cannot be kept where the servers run, each a sentence for the lead. Asked before a start.
    async fn unenforced(&self, _limits: &ResourceLimits) -> Vec<String> {
        Vec::new()
    }

    /// The same for folders beside the home: one that shall be read only and is not.
    async fn unenforced_mounts(&self, _mounts: &[MountWish]) -> Vec<String> {
        Vec::new()
    }

    /// Why servers of this driver together can take more memory than all may have, for the end of a sentence; `None`
    /// where the kernel keeps them below that. May make what is needed for it.
    async fn unkept_together(&self) -> Option<String> {
        Some("this driver keeps no group around its servers".to_owned())
    }

    /// How long a graceful stop takes at the most, where that is the driver's configuration: it is waited for at least
    /// that long. `None` leaves it to the hub.
    fn stop_patience(&self) -> Option<Duration> {
        None
    }

    /// What happens to running servers without ending them, as it happens. `None` where the driver cannot tell.
    /// A slow reader misses some.
    fn happenings(&self) -> Option<broadcast::Receiver<Happening>> {
        None
    }

    /// What this driver keeps for people, where it keeps anything.
    fn homes(&self) -> Option<&dyn Homes> {
        None
    }

    /// Whether what servers save lies in homes of the driver's own, and not in a folder that the configuration or the
    /// system names: that one is nobody's here to pack or to delete.
    fn makes_homes(&self) -> bool {
        self.homes().is_some()
    }
}

/// Lines of a log as they are written.
pub type LogLines = Pin<Box<dyn Stream<Item = Result<String, SpawnError>> + Send>>;

/// Something that happened to a running server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// To which.
    pub key: ServerKey,
    /// What.
    pub kind: HappeningKind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HappeningKind {
    /// A program in it was ended because the server used all the memory it may use.
    OutOfMemory,
}

/// From where servers reach the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HubAccess {
    /// Servers run on this machine as ordinary processes: the hub listens on loopback.
    Loopback,
    /// Servers run behind a bridge: the hub listens on the gateway and accepts peers of the subnet only.
    Bridge {
        /// This machine's address on the bridge.
        gateway: IpAddr,
        /// The addresses of the servers.
        subnet: Subnet,
    },
}

/// A range of addresses, `172.18.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// Its first address.
    pub address: IpAddr,
    /// How many leading bits are shared.
    pub prefix: u8,
}

/// How a server is brought down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// It is asked to end, and ended when it does not listen.
    Graceful,
    /// It is ended at once.
    Kill,
}

/// A server that recovery found outside of the hub.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose.
    pub key: ServerKey,
    /// What the driver needs to work with it.
    pub state: SpawnerState,
    /// Whether it runs.
    pub liveness: Liveness,
}

/// What one server uses of the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Processors in use, 1.0 being one whole.
    pub cpus: f64,
    /// Memory in use without the file cache, in bytes.
    pub memory_bytes: u64,
    /// Its memory limit in bytes, if it has one.
    pub memory_limit_bytes: Option<u64>,
    /// What its network has moved since it started, where that can be known.
    pub traffic: Option<Traffic>,
}

/// What a network has moved since it came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes received.
    pub received_bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
}

// === impl Subnet ===

impl Subnet {
    /// Reads `172.18.0.0/16`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.trim().split_once('/')?;
        let (address, prefix): (IpAddr, u8) = (address.parse().ok()?, prefix.parse().ok()?);
        let bits = if address.is_ipv4() { 32 } else { 128 };
        (prefix <= bits).then_some(Self { address, prefix })
    }

    /// Whether an address lies in the range. An IPv4 address written as IPv6 counts as the IPv4 one.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(peer)) => {
                let shift = 32 - u32::from(self.prefix.min(32));
                shift == 32 || (net.to_bits() >> shift) == (peer.to_bits() >> shift)
            }
            (IpAddr::V6(net), IpAddr::V6(peer)) => {
                let shift = 128 - u32::from(self.prefix.min(128));
                shift == 128 || (net.to_bits() >> shift) == (peer.to_bits() >> shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_contains_its_own_addresses_only() {
        let net = Subnet::parse("172.18.0.0/16").unwrap();
        assert!(net.contains("172.18.255.3".parse().unwrap()));
        assert!(net.contains("::ffff:172.18.0.9".parse().unwrap()));
        assert!(!net.contains("172.19.0.1".parse().unwrap()));
        assert!(!net.contains("fe80::1".parse().unwrap()));
        assert!(Subnet::parse("0.0.0.0/0").unwrap().contains("8.8.8.8".parse().unwrap()));
        assert!(Subnet::parse("fd00::/8").unwrap().contains("fd12::1".parse().unwrap()));
        for bad in ["", "1.2.3.4", "1.2.3.4/33", "x/8"] {
            assert!(Subnet::parse(bad).is_none(), "{bad}");
        }
    }
}
