//! Containers of servers that nobody knows, as after the database was lost. One whose files lie in a volume is
//! removed; one that keeps files of its own is stopped and *set aside*: it gets another name, no server's work touches it
//! any more, and the homes show it until somebody deletes it.

use bollard::models::{ChangeType, ContainerInspectResponse, FilesystemChange};
use bollard::query_parameters::{InspectContainerOptionsBuilder, RenameContainerOptionsBuilder};
use labdeck_model::Timestamp;
use tokio::io::AsyncWrite;
use tracing::warn;

use super::adopt;
use super::config::DockerConfig;
use super::container::{key_of, labels};
use super::engine::{Engine, status};
use super::{inspect, stop};
use crate::{FoundHome, FoundKind, SpawnError, StopMode};

/// What the names of containers that were set aside begin with: the mark outlives hubs.
const SET_ASIDE: &str = "labdeck-kept-";
/// What such a container is called among the homes. No home's own name has a dot.
const AS_HOME: &str = "container.";
/// So much of an id tells containers apart.
const SHORT_ID: usize = 12;

/// Removes a container that nobody knows, or sets it aside. One that keeps files is asked to end whatever the mode.
pub(super) async fn clear(engine: &Engine, config: &DockerConfig, id: &str, mode: StopMode) -> Result<(), SpawnError> {
    let Some(found) = inspect::inspect(engine, id).await? else { return Ok(()) };
    if !keeps_files(engine, config, &found).await? {
        return stop::stop(engine, id, mode, config.stop_timeout).await;
    }
    stop::end(engine, id, config.stop_timeout).await?;
    let short = id.get(..SHORT_ID).unwrap_or(id);
    let name = format!("{SET_ASIDE}{short}");
    let options = RenameContainerOptionsBuilder::new().name(&name).build();
    let renamed = engine.client().await?.rename_container(id, options).await;
    renamed.map_err(engine.failed("setting a container aside"))?;
    warn!(
        container.id = %id,
        "Container {name} is no server's that the hub knows, and files lie in it and in no volume: it is kept, and shown \
         among the homes"
    );
    Ok(())
}

/// Whether a container with this name was set aside.
pub(super) fn is_set_aside(name: &str) -> bool {
    name.trim_start_matches('/').starts_with(SET_ASIDE)
}

/// The container behind the name of a home, if it is one.
pub(super) fn container_of(home: &str) -> Option<String> {
    let id = home.strip_prefix(AS_HOME)?;
    Some(format!("{SET_ASIDE}{id}"))
}

/// Those that were set aside, as homes.
pub(super) async fn list(engine: &Engine, hub_id: &str) -> Result<Vec<FoundHome>, SpawnError> {
    let all = adopt::containers(engine, &[(labels::HUB, hub_id), (labels::KIND, "server")]).await?;
    let found = all.into_iter().filter_map(|summary| {
        let names = summary.names.unwrap_or_default();
        let name = names.iter().map(|name| name.trim_start_matches('/')).find(|name| is_set_aside(name))?;
        Some(FoundHome {
            home: format!("{AS_HOME}{}", name.strip_prefix(SET_ASIDE)?),
            kind: FoundKind::Container,
            key: summary.labels.as_ref().and_then(key_of),
            created: summary.created.map(|seconds| Timestamp::from_unix_micros(seconds.saturating_mul(1_000_000))),
            place: name.to_owned(),
        })
    });
    Ok(found.collect())
}

/// How much it holds beside its image, in bytes.
pub(super) async fn measure(engine: &Engine, name: &str) -> Result<u64, SpawnError> {
    const DOING: &str = "measuring a container";
    let options = InspectContainerOptionsBuilder::new().size(true).build();
    let found = engine.client().await?.inspect_container(name, Some(options)).await.map_err(engine.failed(DOING))?;
    let size = found.size_rw.and_then(|bytes| u64::try_from(bytes).ok());
    size.ok_or_else(|| SpawnError::Engine { doing: DOING, said: "it says no size".into() })
}

/// Writes its home folder as a tar.
pub(super) async fn archive(
    engine: &Engine,
    config: &DockerConfig,
    name: &str,
    into: &mut (dyn AsyncWrite + Send + Unpin),
) -> Result<(), SpawnError> {
    let found = inspect::inspect(engine, name).await?;
    let gone = || SpawnError::Engine { doing: "reading a container", said: format!("{name} is gone") };
    let home = homes_of(config, &found.ok_or_else(gone)?).remove(0);
    super::homes::download(engine, name, &home, into).await
}

/// Deletes it with what is in it.
pub(super) async fn erase(engine: &Engine, name: &str) -> Result<(), SpawnError> {
    stop::remove(engine, name).await
}

/// Where its user's files are: first what its variables say, then what is usual here.
fn homes_of(config: &DockerConfig, found: &ContainerInspectResponse) -> Vec<String> {
    let env = found.config.as_ref().and_then(|config| config.env.as_deref()).unwrap_or_default();
    let said = env.iter().find_map(|pair| pair.strip_prefix("HOME=")).filter(|home| home.len() > 1);
    let all = said.into_iter().chain([config.home_path.as_str()]);
    all.map(|home| home.trim_end_matches('/').to_owned()).collect()
}

async fn keeps_files(
    engine: &Engine,
    config: &DockerConfig,
    found: &ContainerInspectResponse,
) -> Result<bool, SpawnError> {
    let mounted: Vec<String> = found.mounts.iter().flatten().filter_map(|mount| mount.destination.clone()).collect();
    let homes = homes_of(config, found);
    if homes.iter().all(|home| mounted.iter().any(|mount| is_at_or_below(home, mount))) {
        return Ok(false);
    }
    let id = found.id.as_deref().unwrap_or_default();
    match engine.client().await?.container_changes(id).await {
        Ok(changes) => Ok(has_files(&homes, &mounted, &changes.unwrap_or_default())),
        Err(refused) if status(&refused) == Some(404) => Ok(false),
        Err(error) => Err(engine.failed("looking for files in a container")(error)),
    }
}

/// Whether something was made or changed below a home that is in the container itself. A folder that is there because
/// something is mounted in it is nobody's file.
fn has_files(homes: &[String], mounted: &[String], changes: &[FilesystemChange]) -> bool {
    let own = homes.iter().filter(|home| !mounted.iter().any(|mount| is_at_or_below(home, mount)));
    let own: Vec<_> = own.collect();
    changes.iter().filter(|change| change.kind != ChangeType::_2).any(|change| {
        let is_in_home = own.iter().any(|home| change.path != **home && is_at_or_below(&change.path, home));
        is_in_home && !mounted.iter().any(|mount| is_at_or_below(mount, &change.path))
    })
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_a_home_that_is_in_the_container_count_and_mounts_do_not() {
        let changed = |path: &str, kind| FilesystemChange { path: path.to_owned(), kind };
        let homes = ["/home/jovyan".to_owned()];
        let has = |mounted: &[&str], changes: &[FilesystemChange]| {
            has_files(&homes, &mounted.iter().map(|&mount| mount.to_owned()).collect::<Vec<_>>(), changes)
        };
        let touched = changed("/home/jovyan", ChangeType::_0);
        let work = changed("/home/jovyan/work", ChangeType::_0);
        let saved = changed("/home/jovyan/work/a.ipynb", ChangeType::_1);
        let deleted = changed("/home/jovyan/.bashrc", ChangeType::_2);
        let elsewhere = [changed("/tmp/x", ChangeType::_1), changed("/home/jovyan2/x", ChangeType::_1)];
        assert!(has(&[], std::slice::from_ref(&saved)));
        assert!(!has(&[], &[touched.clone(), deleted]) && !has(&[], &elsewhere));
        assert!(
            !has(&["/home/jovyan"], std::slice::from_ref(&saved)) && !has(&["/home"], std::slice::from_ref(&saved))
        );
        assert!(!has(&["/home/jovyan/work/course"], &[touched, work]), "the way to what is mounted");
        assert!(has(&["/home/jovyan/work/course"], &[saved]));
    }

    #[test]
    fn a_container_that_was_set_aside_has_a_name_among_homes_that_no_home_has() {
        assert_eq!(container_of("container.0123456789ab").as_deref(), Some("labdeck-kept-0123456789ab"));
        assert_eq!(container_of("container-0123456789-7"), None);
        assert!(is_set_aside("/labdeck-kept-0123456789ab") && !is_set_aside("/labdeck-kepta"));
    }
}
