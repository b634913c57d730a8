//! The command line of the stand-alone proxy, in configurable-http-proxy's names. Owns flags, binding and signals; the
//! rest of CHP's flags and TLS come with the complete stand-alone proxy, until then an unknown flag is an error.

use std::future::Future;

use clap::{Parser, ValueEnum};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{ApiServer, ApiToken};
use crate::error::ProxyError;
use crate::error_target::ErrorTarget;
use crate::routespec::Routespec;
use crate::server::ProxyServer;
use crate::table::RouteTable;
use crate::target::Target;

/// A proxy whose routes are set over a REST API, in place of configurable-http-proxy.
#[derive(Debug, Parser)]
#[command(name = "labdeck-proxy", version)]
pub struct Args {
    /// Public address; all interfaces when absent.
    #[arg(long, default_value = "")]
    ip: String,
    /// Public port.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Address of the REST API.
    #[arg(long, default_value = "localhost")]
    api_ip: String,
    /// Port of the REST API; the public port plus one when absent.
    #[arg(long)]
    api_port: Option<u16>,
    /// Target of the route `/` at start.
    #[arg(long)]
    default_target: Option<Target>,
    /// Where pages for errors are: the page for 404 is at `{target}/404`. The built-in ones when absent.
    #[arg(long)]
    error_target: Option<Target>,
    /// What to log.
    #[arg(long, value_enum, ignore_case = true, default_value_t = LogLevel::Info)]
    log_level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// Starts, stops and changes of routes.
    Info,
    /// What went wrong and was coped with.
    Warn,
    /// What a person must look at.
    Error,
}

// === impl Args ===

impl Args {
    /// The level asked for, as a filter for `tracing`.
    #[must_use]
    pub fn level(&self) -> tracing::Level {
        match self.log_level {
            LogLevel::Debug => tracing::Level::DEBUG,
            LogLevel::Info => tracing::Level::INFO,
            LogLevel::Warn => tracing::Level::WARN,
            LogLevel::Error => tracing::Level::ERROR,
        }
    }
}

/// Where the secret of the REST API comes from: the environment, since everybody can read command lines.
pub const TOKEN_VARIABLE: &str = "CONFIGPROXY_AUTH_TOKEN";

/// Runs proxy and API until `shutdown` resolves; without a token the API is open to all who reach it.
///
/// # Errors
/// [`ProxyError::Bind`] when one of the two addresses cannot be listened on; nothing was served then.
pub async fn run(args: Args, token: Option<ApiToken>, shutdown: impl Future<Output = ()>) -> Result<(), ProxyError> {
    let table = RouteTable::new();
    let public = bind(&args.ip, args.port).await?;
    // 65535 plus one wraps to 0, which is any free port: better than no proxy.
    let api = bind(&args.api_ip, args.api_port.unwrap_or_else(|| args.port.wrapping_add(1))).await?;
    if let Some(target) = args.default_target {
        table.add(Routespec::parse("/")?, target, serde_json::json!({}));
    }
    let mut proxy = ProxyServer::builder(table.clone()).health_path("/_chp_healthz");
    if let Some(target) = args.error_target {
        proxy = proxy.error_target(ErrorTarget::new(target));
    }
    let proxy = proxy.build();
    let api_server = ApiServer::new(table, token);
    tracing::info!("Proxying http://{}", shown(&public));
    tracing::info!("Proxy API at http://{}/api/routes", shown(&api));
    let stop = CancellationToken::new();
    let signalled = async {
        shutdown.await;
        stop.cancel();
    };
    tokio::join!(
        proxy.run(public, stop.clone().cancelled_owned()),
        api_server.run(api, stop.clone().cancelled_owned()),
        signalled,
    );
    Ok(())
}

/// Resolves when the system asks this process to end (Ctrl-C, and SIGTERM where there is one).
///
/// # Cancellation
/// Dropping it changes nothing but that nobody listens.
pub async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for: the system ends the process by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn bind(ip: &str, port: u16) -> Result<TcpListener, ProxyError> {
    // All interfaces in CHP's spelling; the IPv6 socket takes IPv4 as well where the system has both.
    let bound = match ip {
        "" | "*" => match TcpListener::bind(("::", port)).await {
            Ok(listener) => Ok(listener),
            Err(_) => TcpListener::bind(("0.0.0.0", port)).await,
        },
        ip => TcpListener::bind((ip, port)).await,
    };
    bound.map_err(|source| ProxyError::Bind { address: format!("{ip}:{port}"), source })
}

fn shown(listener: &TcpListener) -> String {
    listener.local_addr().map(|address| address.to_string()).unwrap_or_default()
}

/// The whole program: reads flags, runs until a signal, turns the outcome into an exit code. Shared by the binary
/// `labdeck-proxy` and by `labdeckd proxy`; the first argument is the program's name.
pub fn entry<T: Into<std::ffi::OsString> + Clone>(args: impl IntoIterator<Item = T>) -> std::process::ExitCode {
    use std::process::ExitCode;
    let args = Args::parse_from(args);
    tracing_subscriber::fmt().with_max_level(args.level()).with_target(false).init();
    let token = std::env::var(TOKEN_VARIABLE).ok().and_then(ApiToken::new);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("Could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(args, token, signalled())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Args, String> {
        let all = std::iter::once("labdeck-proxy").chain(flags.iter().copied());
        Args::try_parse_from(all).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_have_chps_names_and_defaults() {
        let args = parse(&["--log-level", "WARN", "--default-target", "http://127.0.0.1:1"]).unwrap();
        assert_eq!(
            (args.port, args.api_port, &*args.api_ip, args.level()),
            (8000, None, "localhost", tracing::Level::WARN)
        );
        assert_eq!(args.default_target.unwrap().port(), 1);
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert!(parse(&["--nonsense"]).unwrap_err().contains("--nonsense"));
        assert!(parse(&["--default-target", "https://h"]).unwrap_err().contains("https targets are not supported yet"));
    }

    #[tokio::test]
    async fn a_port_in_use_is_an_error_at_once() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let args = parse(&["--ip", "127.0.0.1", "--port", &port]).unwrap();
        let error = run(args, None, std::future::pending()).await.unwrap_err();
        assert!(error.to_string().contains(&port));
    }
}
