//! [`SecondEngine`]: a container engine of a test's own beside the machine's, to be stopped, killed, frozen and robbed.
//! It has its own data, sockets and networks; packet filters are left to the first. It holds the stand-in image only.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use labdeck_testkit::{STANDIN, eventually};
use tempfile::TempDir;

/// For an engine to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of containers while their engine is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restore {
    /// They run on.
    Live,
    /// They end with it.
    No,
}

/// The engine; its end is the end of everything in it.
#[derive(Debug)]
pub(crate) struct SecondEngine {
    folder: TempDir,
    restore: Restore,
    pool: u8,
    child: Option<Child>,
}

// === impl SecondEngine ===

impl SecondEngine {
    /// A running engine with the stand-in image.
    pub(crate) async fn start(restore: Restore) -> Self {
        // Each process tests by itself, so its number keeps engines of tests that run at once apart.
        static COUNT: AtomicU8 = AtomicU8::new(0);
        let of_process = u8::try_from(std::process::id() % 50).expect("below 50") * 5;
        let pool = of_process + COUNT.fetch_add(1, Ordering::Relaxed) % 5;
        // Sockets have short paths.
        let folder = tempfile::Builder::new().prefix("ldeng").tempdir_in("/tmp").expect("a folder");
        let mut engine = Self { folder, restore, pool, child: None };
        engine.begin().await;
        let saved = format!("docker save {STANDIN} | docker -H {} load -q", engine.address());
        let loaded = Command::new("sh").args(["-c", &saved]).output().expect("a shell");
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        engine
    }

    /// Where it is, as `DOCKER_HOST` writes it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Starts it, again after an end, and waits until it answers.
    pub(crate) async fn begin(&mut self) {
        // After a crash these name processes that are gone, and perhaps others by now.
        for stale in ["pid", "exec/containerd/containerd.pid"] {
            let _ = std::fs::remove_file(self.path(stale));
        }
        self.lay_bridge();
        let path = |name: &str| self.path(name).display().to_string();
        let log = File::options().create(true).append(true).open(self.path("log")).expect("a log");
        let mut command = Command::new("dockerd");
        command
            .args(["--data-root", &path("data"), "--exec-root", &path("exec"), "--pidfile", &path("pid")])
            .args(["-H", &self.address(), "--bridge", &self.bridge(), "--iptables=false", "--ip6tables=false"])
            .args(["--shutdown-timeout", "5"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        // Only at first: an engine that starts again with pools of its own takes the usual bridge away, too.
        if !self.path("data").exists() {
            command.args(["--default-address-pool", &format!("base=10.{}.0.0/16,size=24", self.pool)]);
        }
        if self.restore == Restore::Live {
            command.arg("--live-restore");
        }
        self.child = Some(command.spawn().expect("dockerd runs; this test needs it, and root"));
        eventually("the second engine answers", PATIENCE, || async {
            self.run(&["version"]).status.success().then_some(())
        })
        .await;
    }

    /// A bridge of its own. Told to have none, an engine takes the usual one away from the machine's own engine.
    fn bridge(&self) -> String {
        format!("ldeng{}", self.pool)
    }

    fn lay_bridge(&self) {
        let (bridge, address) = (self.bridge(), format!("10.{}.255.1/24", self.pool));
        // There already after a restart of this engine.
        let _ = Command::new("ip").args(["link", "add", &bridge, "type", "bridge"]).stderr(Stdio::null()).status();
        let _ = Command::new("ip").args(["address", "add", &address, "dev", &bridge]).stderr(Stdio::null()).status();
    }

    /// Asks it to end and waits for that.
    pub(crate) async fn terminate(&mut self) {
        self.signal("TERM");
        self.ended().await;
    }

    /// Ends it as a crash does.
    pub(crate) async fn kill(&mut self) {
        self.signal("KILL");
        self.ended().await;
    }

    /// Stops its clock: it takes calls and answers none.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Takes something of its data away; it must not run.
    pub(crate) fn lose(&self, what: &str) {
        assert!(self.child.is_none(), "it runs");
        // What it does not know of any more nobody would take down.
        delete_links(servers_bridges(&self.path("data")));
        let _ = std::fs::remove_dir_all(self.path(what));
    }

    /// All containers of hubs, running or not.
    pub(crate) fn containers(&self) -> Vec<String> {
        let listed = self.run(&["ps", "-aq", "--filter", "label=labdeck.kind=server"]);
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect()
    }

    /// The names of all volumes.
    pub(crate) fn volumes(&self) -> Vec<String> {
        let listed = self.run(&["volume", "ls", "-q"]);
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect()
    }

    /// Runs a command of this engine.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let address = self.address();
        // A frozen engine answers nobody.
        Command::new("timeout").args(["20", "docker", "-H", &address]).args(arguments).output().expect("docker")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill");
        assert!(sent.success(), "kill -{name} {pid}");
    }

    async fn ended(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let waited = tokio::task::spawn_blocking(move || child.wait());
        tokio::time::timeout(PATIENCE, waited).await.expect("in time").expect("a wait").expect("a status");
    }
}

impl Drop for SecondEngine {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            bring_down(self.folder.path(), child);
        }
        // Of an engine that was killed and not started again, the containers' keepers live on.
        keepers(self.folder.path()).iter().for_each(|pid| drop(Command::new("kill").args(["-KILL", pid]).status()));
        let exec = self.path("exec");
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let ours = mounts.lines().filter_map(|line| line.split_whitespace().nth(1));
        for mount in ours.filter(|mount| mount.starts_with(&*self.folder.path().to_string_lossy())) {
            let _ = Command::new("umount").args(["-l", mount]).status();
        }
        let _ = std::fs::remove_dir_all(exec);
        delete_links(servers_bridges(&self.path("data")).into_iter().chain([self.bridge()]));
    }
}

/// Those that are there.
fn delete_links(names: impl IntoIterator<Item = String>) {
    for name in names {
        let _ = Command::new("ip").args(["link", "delete", &name]).stderr(Stdio::null()).status();
    }
}

/// The bridges of servers' networks, which an engine that was killed leaves lying with their addresses. It notes
/// their names in its own database, as plain text between its bytes.
fn servers_bridges(data: &Path) -> Vec<String> {
    let noted = std::fs::read(data.join("network/files/local-kv.db")).unwrap_or_default();
    let noted = String::from_utf8_lossy(&noted);
    let mut names: Vec<_> =
        noted.split("\"BridgeName\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter(|name| name.starts_with("labdeck")).map(str::to_owned).collect()
}

/// The processes that hold an engine's containers: those with its folder in their command line.
fn keepers(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = processes.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let folder = folder.display().to_string();
    let is_keeper = |path: &Path| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.starts_with("/usr/bin/containerd-shim") && line.contains(&folder)
    };
    named.filter(|(pid, path)| pid.parse::<u32>().is_ok() && is_keeper(path)).map(|(pid, _)| pid).collect()
}

/// Brings down what is in a running engine, then the engine.
fn bring_down(folder: &Path, child: &mut Child) {
    let address = format!("unix://{}", folder.join("docker.sock").display());
    let pid = child.id().to_string();
    let _ = Command::new("kill").args(["-CONT", &pid]).status();
    let clear = format!(
        "timeout 20 docker -H {address} ps -aq | xargs -r timeout 20 docker -H {address} rm -f; \
         timeout 20 docker -H {address} network ls -q --filter label=labdeck.hub \
         | xargs -r timeout 20 docker -H {address} network rm"
    );
    let _ = Command::new("sh").args(["-c", &clear]).output();
    let _ = Command::new("kill").args(["-TERM", &pid]).status();
    let _ = child.wait();
}
