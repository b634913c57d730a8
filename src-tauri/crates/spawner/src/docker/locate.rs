//! Where an engine is: what is told, what Docker's own command would use, or the first usual socket that can be opened.
//! Pure but for the look at files below the folders that it is given.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The usual socket of an engine that runs as root.
#[cfg(unix)]
const ROOTS: &str = "var/run/docker.sock";
/// Docker Desktop's pipe; as with sockets, a program finds it in the file system.
#[cfg(windows)]
const PIPE: &str = "npipe:////./pipe/docker_engine";

/// Files by which this side and the engine know each other, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Who signed the engine's certificate.
    pub ca: PathBuf,
    /// This side's certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// What may say where an engine is.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// `DOCKER_HOST`.
    pub(super) docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub(super) docker_context: Option<String>,
    /// `DOCKER_CONFIG`, the folder of Docker's own command.
    pub(super) docker_config: Option<PathBuf>,
    pub(super) home: Option<PathBuf>,
    pub(super) runtime_dir: Option<PathBuf>,
    /// The top of the file system.
    pub(super) root: PathBuf,
}

/// An engine's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// As `DOCKER_HOST` writes it.
    pub(super) address: String,
    pub(super) tls: Option<TlsFiles>,
}

/// `contexts/meta/<hash>/meta.json` of Docker's command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    endpoints: Endpoints,
}

#[derive(Debug, Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: String,
}

/// `config.json` of Docker's command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientConfig {
    current_context: Option<String>,
}

// === impl Surroundings ===

impl Surroundings {
    /// Those of this process.
    pub(super) fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            docker_config: text("DOCKER_CONFIG").map(PathBuf::from),
            home: text("HOME").map(PathBuf::from),
            runtime_dir: text("XDG_RUNTIME_DIR").map(PathBuf::from),
            root: PathBuf::from("/"),
        }
    }

    /// The engine that is meant; the usual place where nothing says anything.
    pub(super) fn find(&self) -> Located {
        if let Some(address) = &self.docker_host {
            return Located { address: address.clone(), tls: None };
        }
        self.of_context().unwrap_or_else(|| Located { address: self.usual(), tls: None })
    }

    /// The context that Docker's command would use. Reference: docker/cli, `contextstore`.
    fn of_context(&self) -> Option<Located> {
        let folder = self.docker_config.clone().or_else(|| Some(self.home.as_ref()?.join(".docker")))?;
        let chosen = || {
            let text = std::fs::read_to_string(folder.join("config.json")).ok()?;
            serde_json::from_str::<ClientConfig>(&text).ok()?.current_context
        };
        let name = self.docker_context.clone().or_else(chosen).filter(|name| !name.is_empty() && name != "default")?;
        let hash: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = std::fs::read_to_string(folder.join("contexts/meta").join(&hash).join("meta.json")).ok()?;
        let address = serde_json::from_str::<Meta>(&meta).ok()?.endpoints.docker.host;
        let keys = folder.join("contexts/tls").join(&hash).join("docker");
        let tls = TlsFiles { ca: keys.join("ca.pem"), cert: keys.join("cert.pem"), key: keys.join("key.pem") };
        let whole = [&tls.ca, &tls.cert, &tls.key].iter().all(|file| file.is_file());
        Some(Located { address, tls: whole.then_some(tls) })
    }

    #[cfg(windows)]
    fn usual(&self) -> String {
        PIPE.to_owned()
    }

    /// The first socket that can be opened, else the first that is there, else Docker's usual one.
    #[cfg(unix)]
    fn usual(&self) -> String {
        let home = |rest: &str| self.home.as_ref().map(|home| home.join(rest));
        let runtime = |rest: &str| self.runtime_dir.as_ref().map(|folder| folder.join(rest));
        let usual = self.root.join(ROOTS);
        let sockets: Vec<PathBuf> = [
            Some(usual.clone()),
            runtime("docker.sock"),
            home(".docker/run/docker.sock"),
            home(".docker/desktop/docker.sock"),
            home(".colima/default/docker.sock"),
            runtime("podman/podman.sock"),
            Some(self.root.join("run/podman/podman.sock")),
        ]
        .into_iter()
        .flatten()
        .filter(|path| path.exists())
        .collect();
        let may_open = |path: &&PathBuf| rustix::fs::access(path.as_path(), rustix::fs::Access::WRITE_OK).is_ok();
        let found = sockets.iter().find(may_open).or(sockets.first()).unwrap_or(&usual);
        written(found)
    }
}

#[cfg(unix)]
fn written(socket: &Path) -> String {
    format!("unix://{}", socket.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine {
        _kept: tempfile::TempDir,
        top: PathBuf,
        seen: Surroundings,
    }

    impl Machine {
        fn new() -> Self {
            let kept = tempfile::tempdir().unwrap();
            let top = kept.path().to_owned();
            let seen = Surroundings {
                home: Some(top.join("home")),
                runtime_dir: Some(top.join("run/user/1000")),
                root: top.join("root"),
                ..Surroundings::default()
            };
            Self { _kept: kept, top, seen }
        }

        fn put(&self, path: &str, text: &str) {
            let path = self.top.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn socket(&self, path: &str) -> String {
            format!("unix://{}", self.top.join(path).display())
        }

        fn address(&self) -> String {
            self.seen.find().address
        }
    }

    #[test]
    fn the_first_usual_socket_is_taken_and_podmans_last() {
        let machine = Machine::new();
        assert_eq!(machine.address(), machine.socket("root/var/run/docker.sock"), "where Docker would be");
        // From the last to the first: each one that appears is preferred to those before.
        for path in [
            "root/run/podman/podman.sock",
            "run/user/1000/podman/podman.sock",
            "home/.colima/default/docker.sock",
            "home/.docker/desktop/docker.sock",
            "home/.docker/run/docker.sock",
            "run/user/1000/docker.sock",
            "root/var/run/docker.sock",
        ] {
            machine.put(path, "");
            assert_eq!(machine.address(), machine.socket(path));
        }
    }

    #[test]
    fn what_is_said_counts_more_than_what_is_found() {
        let mut machine = Machine::new();
        machine.put("root/var/run/docker.sock", "");
        let hash: String = Sha256::digest(b"colima").iter().map(|byte| format!("{byte:02x}")).collect();
        let meta =
            r#"{"Name":"colima","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///c.sock","SkipTLSVerify":false}}}"#;
        machine.put(&format!("home/.docker/contexts/meta/{hash}/meta.json"), meta);
        assert_eq!(machine.address(), machine.socket("root/var/run/docker.sock"), "a context that nobody chose");
        machine.put("home/.docker/config.json", r#"{"auths":{},"currentContext":"colima"}"#);
        assert_eq!(machine.seen.find(), Located { address: "unix:///c.sock".into(), tls: None });
        machine.seen.docker_context = Some("default".into());
        assert_eq!(machine.address(), machine.socket("root/var/run/docker.sock"));
        machine.seen.docker_context = None;
        for file in ["ca.pem", "cert.pem", "key.pem"] {
            machine.put(&format!("home/.docker/contexts/tls/{hash}/docker/{file}"), "x");
        }
        let tls = machine.seen.find().tls.expect("the context's certificates");
        assert!(tls.key.ends_with(format!("{hash}/docker/key.pem")));
        machine.seen.docker_host = Some("tcp://10.0.0.9:2376".into());
        assert_eq!(machine.address(), "tcp://10.0.0.9:2376");
    }

    #[test]
    fn damaged_files_of_the_command_are_no_obstacle() {
        let machine = Machine::new();
        machine.put("root/var/run/docker.sock", "");
        for text in
            ["", "{", r#"{"currentContext": 5}"#, r#"{"currentContext":"gone"}"#, r#"{"currentContext":"../x"}"#]
        {
            machine.put("home/.docker/config.json", text);
            assert_eq!(machine.address(), machine.socket("root/var/run/docker.sock"), "{text}");
        }
    }
}
