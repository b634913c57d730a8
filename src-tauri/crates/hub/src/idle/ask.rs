//! Asking a server what its kernels do. Owns the short-lived token that this needs (good for this one server, for a
//! minute, revoked as soon as the answer is there) and the reading of Jupyter's answers.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use labdeck_model::{Timestamp, TokenId};
use labdeck_store::tables::spawners::SpawnerRow;
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::{StoreError, TokenHash, generate_token};
use serde_json::Value;
use tokio::net::TcpStream;

use super::decide::Kernels;
use crate::context::Context;
use crate::tasks;

/// For one question. A server that computes with all its processors is slow to answer, and no less alive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the token lives if the hub dies before it is revoked.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60);
/// A list of a hundred kernels is a tenth of this.
const MOST_BYTES: usize = 1 << 20;

/// What the server's kernels do.
pub(super) async fn kernels(ctx: &Context, row: &SpawnerRow, url: &str) -> Kernels {
    let (id, token) = match mint(ctx, row).await {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(server.key = %row.key, error = %error, "Could not make the token to ask {} with", row.key);
            return Kernels::Unknown;
        }
    };
    let prefix = row.key.path_below(&ctx.config.base_url);
    let asked = ask(url, &prefix, &token).await;
    revoke(ctx, id).await;
    match asked {
        Ok(kernels) => kernels,
        Err(why) => {
            tracing::debug!(server.key = %row.key, why, "Server {} does not say what it computes: {why}", row.key);
            Kernels::Unknown
        }
    }
}

async fn mint(ctx: &Context, row: &SpawnerRow) -> Result<(TokenId, String), StoreError> {
    let token = generate_token();
    let hash = TokenHash::of(token.expose());
    let (server, user) = (row.id, row.user_id);
    let scope = format!("access:servers!server={}", row.key.full_name());
    let made = ctx.store.write(move |tx| {
        let new = NewToken {
            // As the server's own: its use is nobody's activity, and it goes with the server at the latest.
            spawner_id: Some(server),
            expires_at: Some(tx.now().after(TOKEN_LIFETIME)),
            note: "Labdeck asks whether kernels are busy".to_owned(),
            scopes: vec![scope],
            ..NewToken::new(TokenOwner::User(user), hash)
        };
        tokens::create(tx, &new).map(|row| row.id)
    });
    Ok((made.await?, token.expose().clone()))
}

async fn revoke(ctx: &Context, id: TokenId) {
    let revoked: Result<bool, StoreError> = ctx.store.write(move |tx| tokens::delete(tx, id)).await;
    if let Err(error) = revoked {
        tracing::warn!(error = %error, "Could not revoke a token of the hub's own; it ends within a minute");
    }
}

async fn ask(url: &str, prefix: &str, token: &str) -> Result<Kernels, String> {
    let kernels = get(url, &format!("{prefix}api/kernels"), token).await?;
    let status = get(url, &format!("{prefix}api/status"), token).await?;
    let terminals = get(url, &format!("{prefix}api/terminals"), token).await?;
    Ok(read(&kernels, &status, &terminals))
}

/// Reads Jupyter's three answers; `null` stands for one that the server does not have.
fn read(kernels: &Value, status: &Value, terminals: &Value) -> Kernels {
    let entries = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let time = |entry: &Value| Timestamp::parse(entry.get("last_activity")?.as_str()?).ok();
    let is_busy = |kernel: &Value| kernel.get("execution_state").and_then(Value::as_str) == Some("busy");
    let (kernels, terminals) = (entries(kernels), entries(terminals));
    let last = kernels.iter().chain(&terminals).chain([status]).filter_map(time).max();
    if kernels.iter().any(is_busy) { Kernels::Busy { last } } else { Kernels::Quiet { last } }
}

/// One answer; `null` where the server has no such page, as programs have none that are no Jupyter.
async fn get(url: &str, path: &str, token: &str) -> Result<Value, String> {
    let asked = tokio::time::timeout(PATIENCE, request(url, path, token)).await;
    asked.unwrap_or_else(|_| Err("it took too long".to_owned()))
}

async fn request(url: &str, path: &str, token: &str) -> Result<Value, String> {
    let authority = url.strip_prefix("http://").ok_or("its address is no http address")?.trim_end_matches('/');
    let stream = TcpStream::connect(authority).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    drop(tasks::spawn("idle.ask", async move {
        let _ = connection.await;
    }));
    let request = Request::get(format!("{path}?no_track_activity=1"))
        .header(header::HOST, authority)
        .header(header::AUTHORIZATION, format!("token {token}"))
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(Value::Null),
        other => return Err(format!("it answered {other}")),
    }
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body.to_bytes()).map_err(|_| "its answer is no JSON".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn jupyters_answers_are_read() {
        let time = |text: &str| Some(Timestamp::parse(text).unwrap());
        let kernel = |state: &str, at: &str| json!({ "id": "1", "name": "python3", "execution_state": state, "last_activity": at, "connections": 0 });
        let status = json!({ "started": "2026-11-20T08:00:00Z", "last_activity": "2026-11-20T09:00:00Z", "kernels": 1, "connections": 0 });
        let none = Value::Null;
        assert_eq!(read(&none, &none, &none), Kernels::Quiet { last: None });
        assert_eq!(
            read(&json!([kernel("idle", "2026-11-20T09:30:00Z")]), &status, &none),
            Kernels::Quiet { last: time("2026-11-20T09:30:00Z") }
        );
        let two = json!([kernel("busy", "2026-11-20T08:30:00Z"), kernel("idle", "2026-11-20T08:40:00Z")]);
        assert_eq!(read(&two, &status, &none), Kernels::Busy { last: time("2026-11-20T09:00:00Z") });
        let terminals = json!([{ "name": "1", "last_activity": "2026-11-20T10:00:00.123456Z" }]);
        assert_eq!(read(&none, &status, &terminals), Kernels::Quiet { last: time("2026-11-20T10:00:00.123456Z") });
    }
}
