//! [`Registry`]: an image registry on this machine, Debian's `docker-registry` as a process of the test's own behind a
//! line that can be made slow. [`PushedImage`]: an image that is in it and no longer in the engine.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::{Engine, eventually, free_port};

/// A slow line lets this much through at a time, 32 times in a second.
const SLOW_PIECE: usize = 32 << 10;

/// A running registry.
#[derive(Debug)]
pub struct Registry {
    process: Child,
    _folder: TempDir,
    port: u16,
    slow: Arc<AtomicBool>,
}

/// An image in a registry.
#[derive(Debug)]
pub struct PushedImage {
    reference: String,
}

// === impl Registry ===

impl Registry {
    /// What an image of [`Registry::push`] holds in `/opt/more`, beyond its base: fetching it moves something.
    pub const MORE_BYTES: usize = 6 << 20;

    /// Starts one on a free port and waits until it listens.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let behind = free_port();
        let settings = folder.path().join("registry.yml");
        fs::write(&settings, settings_for(folder.path(), behind)).expect("its settings");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&settings)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs the command docker-registry, Debian's package of that name");
        eventually("the registry listens", Duration::from_secs(20), || async {
            TcpStream::connect(("127.0.0.1", behind)).await.ok().map(drop)
        })
        .await;
        let slow = Arc::new(AtomicBool::new(false));
        let port = line_to(behind, Arc::clone(&slow)).await;
        Self { process, _folder: folder, port, slow }
    }

    /// Lets a megabyte through in a second from now on.
    pub fn make_slow(&self) {
        self.slow.store(true, Ordering::Relaxed);
    }

    /// Lets everything through again.
    pub fn make_fast(&self) {
        self.slow.store(false, Ordering::Relaxed);
    }

    /// Puts an image of `base` and something more into it, under a name like `lab/notes:1`.
    pub async fn push(&self, base: &str, name: &str) -> PushedImage {
        let image = PushedImage { reference: format!("127.0.0.1:{}/{name}", self.port) };
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = vec![0; Self::MORE_BYTES];
        let random =
            fs::File::open("/dev/urandom").and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes));
        random.expect("bytes");
        fs::write(folder.path().join("more"), bytes).expect("a file");
        fs::write(folder.path().join("Dockerfile"), format!("FROM {base}\nCOPY more /opt/more\n")).expect("a file");
        let mut build = Command::new("docker");
        build
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "-q", "--force-rm", "-t", &image.reference])
            .arg(folder.path());
        let built = build.output().expect("docker runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        // The line to the registry is served by this runtime, so pushing must not hold its threads.
        let reference = image.reference.clone();
        let pushing = tokio::task::spawn_blocking(move || Engine.run(&["push", "-q", &reference]));
        let pushed = pushing.await.expect("it runs");
        assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
        image.remove();
        image
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

// === impl PushedImage ===

impl PushedImage {
    /// Its whole name, with the registry's address.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Whether the engine holds it.
    pub fn is_in_engine(&self) -> bool {
        Engine.run(&["image", "inspect", &self.reference]).status.success()
    }

    fn remove(&self) {
        drop(Engine.run(&["rmi", "-f", &self.reference]));
    }
}

impl Drop for PushedImage {
    fn drop(&mut self) {
        self.remove();
    }
}

fn settings_for(folder: &Path, port: u16) -> String {
    let store = folder.join("store");
    let store = store.display();
    format!(
        "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {store}\nhttp:\n  addr: 127.0.0.1:{port}\n"
    )
}

/// A line to the registry; gives the port at its near end.
async fn line_to(behind: u16, slow: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            spawn(carry(client, behind, Arc::clone(&slow)));
        }
    });
    port
}

async fn carry(mut client: TcpStream, behind: u16, slow: Arc<AtomicBool>) {
    let Ok(mut registry) = TcpStream::connect(("127.0.0.1", behind)).await else { return };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_registry, mut to_registry) = registry.split();
    let back = async {
        let mut buffer = vec![0; SLOW_PIECE];
        while let Ok(count @ 1..) = from_registry.read(&mut buffer).await {
            if slow.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(31)).await;
            }
            if to_client.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_registry) => {}
        () = back => {}
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's runtime ends with the test, and its tasks with it")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}
