//! [`Gauge`]: how much memory and how many processors there are for servers, and how much is free at this moment.
//! Reads; decides nothing. A test gives a machine of its own.

use std::fmt::Debug;
use std::sync::Arc;

use labdeck_spawner::docker::DockerSpawner;

use crate::health;

/// What a machine has of memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MachineMemory {
    /// All of it. Zero where it cannot be read: then nothing is decided by it.
    pub total_bytes: u64,
    /// What programs could still take, file caches counted as free. `None` where that cannot be known.
    pub available_bytes: Option<u64>,
}

/// Measures the machine that servers run on. Quick: it is asked whenever a server wants to start.
pub trait Gauge: Send + Sync + Debug {
    /// Its memory now.
    fn memory(&self) -> MachineMemory;

    /// Its processors.
    fn cpus(&self) -> usize;
}

/// The machine that servers run on: this computer, or the one of the container engine where that is another (the
/// virtual machine of Docker Desktop, a remote engine).
#[derive(Debug)]
pub struct ServersMachine {
    docker: Option<Arc<DockerSpawner>>,
}

// === impl ServersMachine ===

impl ServersMachine {
    /// The machine of this engine, or this computer.
    pub fn new(docker: Option<Arc<DockerSpawner>>) -> Self {
        Self { docker }
    }

    /// The engine's machine, if it is another one than this.
    fn elsewhere(&self, here_bytes: u64) -> Option<(usize, u64)> {
        let machine = self.docker.as_ref()?.machine()?;
        is_another(here_bytes, machine.memory_bytes).then_some((machine.cpus, machine.memory_bytes))
    }
}

impl Gauge for ServersMachine {
    fn memory(&self) -> MachineMemory {
        let here = health::machine();
        match self.elsewhere(here.memory_bytes) {
            Some((_, total_bytes)) => MachineMemory { total_bytes, available_bytes: None },
            None => MachineMemory {
                total_bytes: here.memory_bytes,
                available_bytes: Some(here.memory_bytes.saturating_sub(here.memory_used_bytes)),
            },
        }
    }

    fn cpus(&self) -> usize {
        let here = health::machine();
        self.elsewhere(here.memory_bytes).map_or(here.cpus, |(cpus, _)| cpus)
    }
}

/// Engines and kernels count a machine's memory alike; a twentieth apart it is another machine.
fn is_another(here_bytes: u64, engine_bytes: u64) -> bool {
    engine_bytes > 0 && here_bytes.abs_diff(engine_bytes) > here_bytes / 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_with_other_memory_is_on_another_machine() {
        const GIB: u64 = 1 << 30;
        assert!(!is_another(16 * GIB, 16 * GIB));
        assert!(!is_another(16 * GIB, 0), "an engine that says nothing is here");
        assert!(is_another(16 * GIB, 8 * GIB), "Docker Desktop");
        assert!(is_another(8 * GIB, 64 * GIB), "a remote engine");
        assert!(is_another(0, GIB), "where nothing can be read, the engine knows");
    }

    #[test]
    fn this_computer_has_memory_and_processors() {
        let machine = ServersMachine::new(None);
        let memory = machine.memory();
        assert!(memory.total_bytes > 0 && machine.cpus() > 0);
        assert!(memory.available_bytes.unwrap() <= memory.total_bytes);
    }
}
