//! The control listener for the window, and the control socket for the command line.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use labdeck_hub::front::{PeerRule, serve};
use labdeck_hub::{Hub, tasks};
use labdeck_model::Secret;
use tokio::net::TcpListener;

use crate::compose::{StartError, WindowToken};

/// Where the window finds the hub, and what it shows to be let in.
#[derive(Debug, Clone)]
pub struct ControlEndpoint {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base: String,
    /// Good for this start only.
    pub token: Secret<String>,
}

/// The name of the socket file in the data folder.
pub(crate) const SOCKET: &str = "control.sock";

/// Opens the control listener at a free port of this computer.
pub(crate) async fn listen(hub: &Hub, token: WindowToken) -> Result<ControlEndpoint, StartError> {
    let failed = |source| StartError::Listen { what: "the window's listener", source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let host = listener.local_addr().map_err(failed)?.to_string();
    let router = hub.control_router(&host);
    drop(tasks::spawn("hub.control", serve(listener, router, PeerRule::Loopback, hub.shutdown_token())));
    Ok(ControlEndpoint { base: format!("http://{host}"), token })
}

/// Opens the control socket. The data folder is locked by this process, so a file that is there is a leftover.
#[cfg(unix)]
pub(crate) fn listen_socket(hub: &Hub, data_dir: &Path) -> Result<Option<PathBuf>, StartError> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = data_dir.join(SOCKET);
    let failed = |source| StartError::Listen { what: "the control socket", source };
    let _ = std::fs::remove_file(&path);
    let listener = match tokio::net::UnixListener::bind(&path) {
        Ok(listener) => listener,
        // A path of more than a hundred characters is no socket's; the hub works without one.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
            tracing::warn!(path = %path.display(), "The data folder's path is too long for a control socket; labdeckd's sub-commands work only while no hub runs");
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let (router, shutdown) = (hub.socket_router(), hub.shutdown_token());
    drop(tasks::spawn("hub.control_socket", labdeck_hub::front::serve_socket(listener, router, shutdown)));
    Ok(Some(path))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other systems' version can fail")]
pub(crate) fn listen_socket(_: &Hub, _: &Path) -> Result<Option<PathBuf>, StartError> {
    Ok(None)
}
