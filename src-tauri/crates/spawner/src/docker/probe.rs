//! Telling whether an image can serve notebooks, without running it: a container is created, never started, and its
//! files are looked at through the engine's archive call. Verdicts are kept by image id, which names the content.

use std::collections::{BTreeSet, HashMap};

use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::models::{ContainerCreateBody, HostConfig, ImageConfig};
use bollard::query_parameters::{ContainerArchiveInfoOptionsBuilder, DownloadFromContainerOptionsBuilder};
use futures_util::StreamExt;
use parking_lot::Mutex;
use tracing::debug;

use super::container::labels;
use super::engine::Engine;
use super::{adopt, stop};
use crate::SpawnError;

/// The program that every image must have: JupyterHub's single-user server.
const SINGLEUSER: &str = "jupyterhub-singleuser";
/// Folders that images' start scripts put on the PATH although the image's own PATH lacks them.
const USUAL_FOLDERS: [&str; 4] = ["/opt/conda/bin", "/opt/venv/bin", "/usr/local/bin", "/usr/bin"];
/// The PATH that an engine sets where the image says none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The start commands that know the hub's environment, by the beginning of their names.
const OWN_STARTERS: [&str; 3] = ["start-notebook", "start-singleuser", SINGLEUSER];
/// Largest file that is read out of an image. A start script or a version file has some hundred bytes.
const MOST_BYTES: usize = 64 << 10;

/// What was found out about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Why it cannot serve notebooks; `None` if it can.
    pub(super) refusal: Option<String>,
    /// The version of JupyterHub in it, if that could be found.
    pub(super) hub_version: Option<String>,
    /// Whether its own command starts a single-user server.
    pub(super) starts_by_itself: bool,
}

/// Verdicts by image id.
#[derive(Debug, Default)]
pub(super) struct Prober {
    known: Mutex<HashMap<String, Verdict>>,
    /// One probe at a time, which makes any other probe container a leftover.
    turn: tokio::sync::Mutex<()>,
}

// === impl Prober ===

impl Prober {
    /// The verdict where it needs no look into the image: its own command starts a single-user server.
    pub(super) fn obvious(config: &ImageConfig) -> Option<Verdict> {
        starts_by_itself(config).then(|| conclude(config, false, None))
    }

    /// The verdict about an image, by its id and configuration.
    pub(super) async fn verdict(
        &self,
        engine: &Engine,
        hub_id: &str,
        image: (&str, &ImageConfig),
    ) -> Result<Verdict, SpawnError> {
        let (id, config) = image;
        if let Some(known) = self.known.lock().get(id).cloned() {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known.lock().get(id).cloned() {
            return Ok(known);
        }
        // A look that was dropped in the middle leaves its container; the next one clears it away.
        clear(engine, hub_id).await?;
        let verdict = look(engine, hub_id, id, config).await?;
        debug!(image.id = %id, "Looked into image {id}: {verdict:?}");
        self.known.lock().insert(id.to_owned(), verdict.clone());
        Ok(verdict)
    }

    /// Removes what looks that were dropped left, once no look is under way.
    pub(super) async fn clear_leftovers(&self, engine: &Engine, hub_id: &str) -> Result<(), SpawnError> {
        let _turn = self.turn.lock().await;
        clear(engine, hub_id).await
    }
}

async fn clear(engine: &Engine, hub_id: &str) -> Result<(), SpawnError> {
    for leftover in adopt::containers(engine, &[(labels::HUB, hub_id), (labels::KIND, "probe")]).await? {
        stop::remove_wholly(engine, &leftover.id.unwrap_or_default()).await?;
    }
    Ok(())
}

async fn look(engine: &Engine, hub_id: &str, id: &str, config: &ImageConfig) -> Result<Verdict, SpawnError> {
    let client = engine.client().await?;
    let made = client.create_container(None, body(hub_id, id)).await;
    let container = made.map_err(engine.failed("looking into an image"))?.id;
    let looked = search(&client, &container, config).await.map_err(engine.failed("looking into an image"));
    let removed = stop::remove_wholly(engine, &container).await;
    let (program, hub_version) = looked?;
    removed?;
    Ok(conclude(config, program.is_some(), hub_version))
}

fn body(hub_id: &str, image: &str) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(image.to_owned()),
        // Never run; an image without a command is refused without one.
        cmd: Some(vec!["true".to_owned()]),
        network_disabled: Some(true),
        labels: Some(HashMap::from([
            (labels::HUB.to_owned(), hub_id.to_owned()),
            (labels::KIND.to_owned(), "probe".to_owned()),
        ])),
        host_config: Some(HostConfig { network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    }
}

/// The verdict from what was found.
fn conclude(config: &ImageConfig, has_program: bool, hub_version: Option<String>) -> Verdict {
    let starts_by_itself = starts_by_itself(config);
    // A start command that knows hubs may bring a PATH of its own.
    let usable = has_program || starts_by_itself;
    let refusal = (!usable).then(|| format!("{SINGLEUSER} is not in it"));
    Verdict { refusal, hub_version, starts_by_itself }
}

fn starts_by_itself(config: &ImageConfig) -> bool {
    let words = config.entrypoint.iter().flatten().chain(config.cmd.iter().flatten());
    words
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .any(|name| OWN_STARTERS.iter().any(|starter| name.starts_with(starter)))
}

/// Where the program is, and the version of JupyterHub beside it.
async fn search(
    client: &Docker,
    container: &str,
    config: &ImageConfig,
) -> Result<(Option<String>, Option<String>), EngineError> {
    for folder in folders(config) {
        let program = format!("{folder}/{SINGLEUSER}");
        if link_target(client, container, &program).await?.is_some() {
            let version = version(client, container, &folder, &program).await.unwrap_or_default();
            return Ok((Some(program), version));
        }
    }
    Ok((None, None))
}

fn folders(config: &ImageConfig) -> Vec<String> {
    let path = config.env.iter().flatten().find_map(|pair| pair.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    let mut seen = BTreeSet::new();
    let all = path.split(':').chain(USUAL_FOLDERS).filter(|folder| folder.starts_with('/'));
    all.map(|folder| folder.trim_end_matches('/').to_owned()).filter(|folder| seen.insert(folder.clone())).collect()
}

/// The version file of the package, found by way of the program's interpreter.
async fn version(client: &Docker, container: &str, folder: &str, program: &str) -> Result<Option<String>, EngineError> {
    let Some(script) = read_file(client, container, program).await? else { return Ok(None) };
    let python = script.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or_default().trim();
    let Some(python) = python.split_whitespace().next().filter(|path| path.starts_with('/')) else { return Ok(None) };
    let target = link_target(client, container, python).await?.unwrap_or_default();
    let Some(minor) = [python, target.as_str()].into_iter().find_map(python_minor) else { return Ok(None) };
    let root = folder.trim_end_matches("/bin");
    for packages in ["site-packages", "dist-packages"] {
        let path = format!("{root}/lib/python{minor}/{packages}/jupyterhub/_version.py");
        if let Some(source) = read_file(client, container, &path).await? {
            return Ok(version_in(&source));
        }
    }
    Ok(None)
}

/// `3.11` out of `/usr/bin/python3.11`.
fn python_minor(path: &str) -> Option<&str> {
    let version = path.rsplit('/').next()?.strip_prefix("python")?;
    let (major, minor) = version.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(major) && digits(minor)).then_some(version)
}

/// `6.1.1` out of `version_info = (6, 1, 1, "", "")`, the first three of which are numbers in every release.
fn version_in(source: &str) -> Option<String> {
    let line = source.lines().find(|line| line.starts_with("version_info"))?;
    let inside = line.split_once('(')?.1.split_once(')')?.0;
    let parts: Vec<&str> = inside.split(',').map(|part| part.trim().trim_matches(['"', '\''])).collect();
    let (numbers, rest) = parts.split_at_checked(3)?;
    let tame = |part: &&str| part.len() <= 12 && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let numeric = numbers.iter().all(|part| part.parse::<u32>().is_ok());
    let suffix = rest.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".");
    (numeric && parts.iter().all(tame)).then(|| format!("{}{suffix}", numbers.join(".")))
}

/// Where a path leads to in the container (empty for a plain file); `None` where there is nothing.
async fn link_target(client: &Docker, container: &str, path: &str) -> Result<Option<String>, EngineError> {
    let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
    match client.get_container_archive_info(container, Some(options)).await {
        Ok(found) => Ok(Some(found.link_target)),
        Err(EngineError::DockerResponseServerError { status_code: 400..500, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A small text file of the container.
async fn read_file(client: &Docker, container: &str, path: &str) -> Result<Option<String>, EngineError> {
    let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
    let mut stream = Box::pin(client.download_from_container(container, Some(options)));
    let mut archive = Vec::new();
    while let Some(part) = stream.next().await {
        match part {
            Ok(bytes) => archive.extend_from_slice(&bytes),
            Err(EngineError::DockerResponseServerError { status_code: 400..500, .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        if archive.len() > MOST_BYTES {
            break;
        }
    }
    Ok(first_member(&archive))
}

/// The text of the first file of a tar archive: one block of header with the size in octal, then the content.
fn first_member(archive: &[u8]) -> Option<String> {
    let (header, content) = archive.split_at_checked(512)?;
    let digits = std::str::from_utf8(header.get(124..136)?).ok()?.trim_matches(['\0', ' ']);
    let size = usize::from_str_radix(digits, 8).ok()?.min(MOST_BYTES);
    Some(String::from_utf8_lossy(content.get(..size)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(cmd: &[&str], entrypoint: &[&str]) -> ImageConfig {
        let owned = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
        ImageConfig { cmd: owned(cmd), entrypoint: owned(entrypoint), ..ImageConfig::default() }
    }

    #[test]
    fn an_image_is_judged_by_program_and_command() {
        let stacks = config(&["start-notebook.py"], &["tini", "-g", "--", "start.sh"]);
        assert!(conclude(&stacks, true, None).starts_by_itself);
        let plain = conclude(&config(&["jupyter", "lab"], &[]), true, None);
        assert_eq!((plain.refusal, plain.starts_by_itself), (None, false));
        let bare = conclude(&config(&["/bin/bash"], &[]), false, None);
        assert_eq!(bare.refusal.as_deref(), Some("jupyterhub-singleuser is not in it"));
        assert!(conclude(&config(&["/usr/local/bin/start-singleuser.sh"], &[]), false, None).refusal.is_none());
    }

    #[test]
    fn the_program_is_looked_for_on_the_images_path_first() {
        let with_path = ImageConfig { env: Some(vec!["PATH=/srv/bin/:/usr/bin:rel".into()]), ..ImageConfig::default() };
        assert_eq!(folders(&with_path), ["/srv/bin", "/usr/bin", "/opt/conda/bin", "/opt/venv/bin", "/usr/local/bin"]);
    }

    #[test]
    fn versions_are_read_out_of_names_and_sources() {
        assert_eq!(python_minor("/usr/bin/python3.11"), Some("3.11"));
        assert_eq!(python_minor("/usr/bin/python3"), None);
        assert_eq!(python_minor("/usr/bin/python3.11-config"), None);
        assert_eq!(version_in("# x\nversion_info = (6, 1, 1, \"\", \"\")\n").as_deref(), Some("6.1.1"));
        assert_eq!(version_in("version_info = (7, 0, 0, \"b1\", \"dev\")").as_deref(), Some("7.0.0b1.dev"));
        for bad in ["", "version_info = (", "version_info = (1, 2)", "version_info = (1, 2, 3, \"<b>\")"] {
            assert_eq!(version_in(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_damaged_archive_is_no_file() {
        let mut archive = vec![0u8; 512];
        archive[124..136].copy_from_slice(b"00000000003\0");
        archive.extend_from_slice(b"abcdef");
        assert_eq!(first_member(&archive).as_deref(), Some("abc"));
        assert_eq!(first_member(&archive[..514]), None);
        assert_eq!(first_member(b"short"), None);
    }
}
