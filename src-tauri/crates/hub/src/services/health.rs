//! Whether services answer: each one with an address is asked, in the background. Owns when and how; a service that is
//! down delays nothing (in JupyterHub it holds the start of the hub back for its whole timeout).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use labdeck_model::Event;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::board::{Entry, Health};
use super::environment::prefix;
use crate::context::Context;
use crate::tasks;

/// How often a service is asked that is new and does not answer yet.
const WHILE_NEW: Duration = Duration::from_secs(1);
/// For one question.
const ONE_QUESTION: Duration = Duration::from_secs(5);

/// Asks until the hub ends.
pub(super) async fn watch(ctx: Context, shutdown: CancellationToken) {
    loop {
        look(&ctx).await;
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            // A service that was added or started is asked soon.
            () = ctx.services.news.notified() => {}
            () = tokio::time::sleep(pause(&ctx)) => {}
        }
    }
}

async fn look(ctx: &Context) {
    let asked = ctx.services.all().into_iter().filter_map(|entry| Some((entry.row.facts.url.clone()?, entry)));
    let answers = join_all(asked.map(|(url, entry)| async move {
        let path = prefix(&ctx.config.base_url, entry.row.name.as_str());
        let answered = tokio::time::timeout(ONE_QUESTION, ask(&url, &path)).await;
        (entry, answered.unwrap_or_else(|_| Err("it took the connection and did not answer".to_owned())))
    }))
    .await;
    let mut changed = false;
    for (entry, answer) in answers {
        changed |= note(ctx, &entry, answer);
    }
    if changed {
        ctx.bus.publish(Event::ServicesChanged);
    }
}

/// Writes an answer down; says whether that is news.
fn note(ctx: &Context, entry: &Entry, answer: Result<(), String>) -> bool {
    let name = &entry.row.name;
    let health = match answer {
        Ok(()) => Health::Up,
        // Nobody expects it to answer at once.
        Err(_) if entry.health == Health::Unknown && is_new(ctx, entry) => return false,
        Err(seen) => Health::Down(seen),
    };
    let turned = std::mem::discriminant(&health) != std::mem::discriminant(&entry.health);
    match &health {
        Health::Up if turned => tracing::info!(service.name = %name, "The service {name} answers"),
        Health::Down(seen) if turned => {
            tracing::warn!(service.name = %name, "The service {name} does not answer: {seen}");
        }
        Health::Up | Health::Down(_) | Health::Unknown => {}
    }
    ctx.services.change(name, |entry| entry.health = health);
    turned
}

fn is_new(ctx: &Context, entry: &Entry) -> bool {
    let age = ctx.clock.now().since(entry.since);
    age < Duration::from_secs(u64::from(entry.row.facts.timeout_seconds))
}

fn pause(ctx: &Context) -> Duration {
    let awaited =
        |entry: &Entry| entry.row.facts.url.is_some() && entry.health == Health::Unknown && is_new(ctx, entry);
    if ctx.services.all().iter().any(awaited) { WHILE_NEW } else { ctx.config.service_check_interval }
}

/// Any answer below 500 will do, as for JupyterHub: a service may show its pages to nobody else.
async fn ask(url: &str, path: &str) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let host = url.host_str().unwrap_or_default();
    let authority = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    let stream = TcpStream::connect(&authority).await.map_err(|error| format!("no connection ({error})"))?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|_| "the connection broke".to_owned())?;
    // Ends when the sender is dropped, which is at the end of this function.
    drop(tasks::spawn("service question", connection));
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| format!("{path} is no path"))?;
    let response = sender.send_request(request).await.map_err(|_| "the connection broke".to_owned())?;
    if response.status().is_server_error() { Err(format!("it answered {}", response.status())) } else { Ok(()) }
}

/// Begins to ask.
pub(super) fn begin(ctx: &Context, shutdown: &CancellationToken) {
    drop(tasks::spawn("services.health", watch(Arc::clone(ctx), shutdown.clone())));
}
