//! What is written down of a running server: [`Run`], which is the driver's state and lies beside the server's log
//! too, so that recovery finds servers that the hub's database lost. Owns the folders and their modes.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use labdeck_model::ServerKey;
use serde::{Deserialize, Serialize};

use super::cgroup::Groups;
use super::config::ProcessConfig;
use super::links::Link;
use super::procfs;
use crate::{SpawnError, SpawnerState};

/// How much of a log's end is read for its last lines.
const TAIL_BYTES: u64 = 256 << 10;
/// Longest line that is kept of a log, in characters.
pub(super) const LINE_CHARS: usize = 2000;

/// The memory of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    /// The process, which leads a session and a group of the same number.
    pub(super) pid: i32,
    /// When it began: with the number and the machine's start it names one process for ever.
    pub(super) start_time: u64,
    /// Which start of the machine.
    pub(super) boot: String,
    /// Where it listens.
    pub(super) port: u16,
    /// Its folder's name.
    pub(super) name: String,
    /// The control groups that it is in.
    #[serde(default)]
    pub(super) groups: Groups,
    /// What stands in the environment of each of its processes, and of no others.
    #[serde(default)]
    pub(super) mark: String,
    /// Links that were made in its home for folders.
    #[serde(default)]
    pub(super) links: Vec<Link>,
    /// The address that it listens on, where that is not 127.0.0.1.
    #[serde(default)]
    pub(super) ip: Option<IpAddr>,
    /// The version of the managed environment that it runs in.
    #[serde(default)]
    pub(super) environment: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    key: ServerKey,
    #[serde(flatten)]
    run: Run,
}

// === impl Run ===

impl Run {
    pub(super) fn of(state: &SpawnerState) -> Result<Self, SpawnError> {
        let run: Self =
            serde_json::from_value(state.0.clone()).map_err(|error| SpawnError::State(error.to_string()))?;
        // Negative and small numbers mean groups and the system to a signal; the name becomes a path.
        let tame = run.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if run.pid > 1 && !run.name.is_empty() && tame && run.groups.are_ours() {
            return Ok(run);
        }
        Err(SpawnError::State("it names no process".into()))
    }

    pub(super) fn state(&self) -> SpawnerState {
        SpawnerState(serde_json::to_value(self).unwrap_or_default())
    }

    /// Whether this very process still runs.
    pub(super) fn is_alive(&self) -> bool {
        let same = |stat: &procfs::Stat| stat.start_time == self.start_time && !matches!(stat.state, 'Z' | 'X');
        self.boot == procfs::boot() && procfs::stat(self.pid).as_ref().is_some_and(same)
    }

    pub(super) fn url(&self) -> String {
        let ip = self.ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        format!("http://{}", SocketAddr::new(ip, self.port))
    }
}

/// A fresh log; the one before is kept under another name.
pub(super) fn open_log(config: &ProcessConfig, name: &str) -> std::io::Result<File> {
    let path = log_path(config, name);
    if path.exists() {
        fs::rename(&path, path.with_extension("log.1"))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    private_file(&mut options);
    options.open(path)
}

/// Writes a run beside its log, whole or not at all.
pub(super) fn note(config: &ProcessConfig, key: &ServerKey, run: &Run) -> std::io::Result<()> {
    let path = note_path(config, &run.name);
    let fresh = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    private_file(&mut options);
    let mut file = options.open(&fresh)?;
    file.write_all(&serde_json::to_vec(&Noted { key: key.clone(), run: run.clone() })?)?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

/// Drops what was written of a run, if it is still that one.
pub(super) fn drop_note(config: &ProcessConfig, run: &Run) {
    if noted(config, &run.name).is_some_and(|(_, noted)| noted == *run) {
        let _ = fs::remove_file(note_path(config, &run.name));
    }
}

/// What is written of a server.
pub(super) fn noted(config: &ProcessConfig, name: &str) -> Option<(ServerKey, Run)> {
    let noted: Noted = serde_json::from_slice(&fs::read(note_path(config, name)).ok()?).ok()?;
    (noted.run.name == name).then_some((noted.key, noted.run))
}

/// All that is written.
pub(super) fn all_noted(config: &ProcessConfig) -> Vec<(ServerKey, Run)> {
    let entries = fs::read_dir(config.runs()).into_iter().flatten().flatten();
    entries.filter_map(|entry| noted(config, entry.file_name().to_str()?)).collect()
}

/// The last lines of a server's log.
pub(super) fn log_lines(config: &ProcessConfig, name: &str, lines: usize) -> std::io::Result<Vec<String>> {
    let mut file = match File::open(log_path(config, name)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    let from = all.len().saturating_sub(lines);
    Ok(all.into_iter().skip(from).map(|line| line.chars().take(LINE_CHARS).collect()).collect())
}

pub(super) fn log_path(config: &ProcessConfig, name: &str) -> PathBuf {
    config.run_dir(name).join("server.log")
}

fn note_path(config: &ProcessConfig, name: &str) -> PathBuf {
    config.run_dir(name).join("run.json")
}

/// Makes a folder that only its owner may enter, whatever it was before.
pub(super) fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(unix)]
pub(super) fn private_file(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
pub(super) fn private_file(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use labdeck_model::UserName;
    use serde_json::json;

    use super::*;

    fn run() -> Run {
        let old = json!({"pid": i32::MAX, "start_time": 1, "boot": procfs::boot(), "port": 9, "name": "ada-1"});
        serde_json::from_value(old).unwrap()
    }

    #[test]
    fn a_note_is_found_again_and_dropped_only_by_its_own_run() {
        let folder = tempfile::tempdir().unwrap();
        let config = ProcessConfig::new(folder.path());
        make_private(&config.run_dir("ada-1")).unwrap();
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        note(&config, &key, &run()).unwrap();
        assert_eq!(all_noted(&config), [(key, run())]);
        drop_note(&config, &Run { pid: 7, ..run() });
        assert!(noted(&config, "ada-1").is_some());
        drop_note(&config, &run());
        assert!(all_noted(&config).is_empty());
    }

    #[test]
    fn a_state_that_would_reach_other_processes_or_folders_is_refused() {
        assert_eq!(Run::of(&run().state()).unwrap(), run());
        for bad in [
            json!({"pid": -1}),
            json!({"pid": 1}),
            json!({"name": "../x"}),
            json!({"name": ""}),
            json!({"groups": ["/sys/fs/cgroup/memory/docker"]}),
        ] {
            let mut state = run().state();
            state.0.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
            assert!(Run::of(&state).is_err(), "{bad}");
        }
        assert!(Run::of(&SpawnerState(json!({"container_id": "x"}))).is_err());
    }

    #[test]
    fn a_reused_number_is_another_process() {
        let me = i32::try_from(std::process::id()).unwrap();
        let start_time = procfs::stat(me).unwrap().start_time;
        assert!(Run { pid: me, start_time, ..run() }.is_alive());
        assert!(!Run { pid: me, start_time: start_time + 1, ..run() }.is_alive());
        assert!(!Run { pid: me, start_time, boot: "other".into(), ..run() }.is_alive());
    }
}
