//! What a hub is built with: its drivers, the machine's room, who checks passwords. Pieces of [`super::Hub::build`].

use std::sync::Arc;

use labdeck_auth::{Authenticator, DummyAuthenticator, NativeAuthenticator, NativePolicy, SystemTicker};
use labdeck_model::EngineState;
use labdeck_spawner::docker::DockerSpawner;
use labdeck_spawner::exec::ExecSpawner;
use labdeck_spawner::process::ProcessSpawner;
use labdeck_spawner::{Ceiling, Spawner};
use tokio::sync::watch;

use super::{Facts, Machine, Parts};
use crate::accounts::StoreVault;
use crate::config::{AuthenticatorKind, Config, SpawnerChoice, SpawnerKind};
use crate::resources::{MachineRoom, NvidiaCards, ServersMachine};
use crate::spawners::{DOCKER, EXEC, SIMPLE};
use crate::{local, tasks};

pub(super) fn docker(parts: &Parts, facts: &Facts) -> Option<Arc<DockerSpawner>> {
    // Servers that are named to be elsewhere need no engine, and a test of them must not touch one.
    if matches!(parts.config.spawner, SpawnerChoice::Named(SpawnerKind::Simple | SpawnerKind::Exec)) {
        return None;
    }
    let driver = DockerSpawner::new(parts.config.docker.driver_config(&facts.hub_id, &parts.data_dir));
    Some(Arc::new(driver.under(Arc::clone(&facts.ceiling))))
}

pub(super) fn processes(parts: &Parts, ceiling: &Arc<Ceiling>) -> Arc<ProcessSpawner> {
    let driver = ProcessSpawner::new(local::processes(&parts.config, &parts.data_dir));
    Arc::new(driver.under(Arc::clone(ceiling)))
}

/// Puts drivers in the place of those of the same kind.
fn replace_by_kind(drivers: &mut Vec<Arc<dyn Spawner>>, own: &[Arc<dyn Spawner>]) {
    drivers.retain(|driver| own.iter().all(|own| own.kind() != driver.kind()));
    drivers.extend(own.iter().cloned());
}

/// The drivers there are, and how the engine stands.
pub(super) async fn drivers(
    parts: &Parts,
    facts: &Facts,
    docker: Option<&Arc<DockerSpawner>>,
    processes: &Arc<ProcessSpawner>,
) -> (watch::Receiver<EngineState>, Vec<Arc<dyn Spawner>>) {
    let exec = local::exec(&parts.config, &facts.hub_id).map(|exec| Arc::new(ExecSpawner::new(exec)));
    let mut all: Vec<Arc<dyn Spawner>> = Vec::new();
    all.extend(docker.map(|docker| Arc::clone(docker) as Arc<dyn Spawner>));
    all.push(Arc::clone(processes) as Arc<dyn Spawner>);
    all.extend(exec.map(|exec| exec as Arc<dyn Spawner>));
    replace_by_kind(&mut all, &parts.spawners);
    match docker {
        Some(docker) => (docker.watch_engine().await, all),
        None => (watch::channel(EngineState::NotInstalled).1, all),
    }
}

/// The machine's room for servers. Looking for cards can take a second where a driver has to wake up.
pub(super) async fn machine_room(parts: &Parts, docker: Option<&Arc<DockerSpawner>>, facts: &Facts) -> MachineRoom {
    let rules = facts.kept.rules(&parts.config);
    let room = match parts.machine.clone() {
        Some(Machine { gauge, cards }) => MachineRoom::new(gauge, cards, rules),
        None => {
            let library = parts.config.nvml_library.clone();
            let cards = tasks::blocking(move || NvidiaCards::find(library.as_deref())).await;
            MachineRoom::new(Arc::new(ServersMachine::new(docker.cloned())), Arc::new(cards), rules)
        }
    };
    room.under(Arc::clone(&facts.ceiling))
}

pub(super) fn authenticator(parts: &Parts) -> Arc<dyn Authenticator> {
    match parts.config.authenticator {
        AuthenticatorKind::Dummy => Arc::new(DummyAuthenticator::new(parts.config.dummy_password.clone())),
        AuthenticatorKind::Native => {
            let vault = Arc::new(StoreVault(parts.store.clone()));
            Arc::new(NativeAuthenticator::new(vault, NativePolicy::default(), Arc::new(SystemTicker::new())))
        }
    }
}

pub(super) fn named_kind(config: &Config) -> Option<String> {
    match config.spawner {
        SpawnerChoice::Named(SpawnerKind::Docker) => Some(DOCKER.to_owned()),
        SpawnerChoice::Named(SpawnerKind::Simple) => Some(SIMPLE.to_owned()),
        SpawnerChoice::Named(SpawnerKind::Exec) => Some(EXEC.to_owned()),
        SpawnerChoice::Unnamed => None,
    }
}
