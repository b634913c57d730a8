//! `api_tokens`: who may speak for a user or a service without a browser. Holds hashes only. Called by the hub's
//! authorisation, its token pages, the OAuth provider and the start and stop of servers.

use labdeck_model::{ServiceId, SpawnerId, Timestamp, TokenId, UserId};
use rusqlite::{Row, named_params, params};

use crate::{Read, StoreError, TokenHash, Tx, row};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its number; the API shows it as `a12`.
    pub id: TokenId,
    /// Whom it speaks for.
    pub owner: TokenOwner,
    /// The server it was made for; it goes when the server's row goes.
    pub spawner_id: Option<SpawnerId>,
    /// Its hash.
    pub hash: TokenHash,
    /// The OAuth client that it was issued to; `None` for one that somebody made.
    pub client_id: Option<String>,
    /// The browser session that it came from (`sessions.oauth_session_id`); signing out there ends it.
    pub session_id: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_activity: Option<Timestamp>,
    /// What its maker wrote on it.
    pub note: String,
    /// The scopes it was made with, unexpanded.
    pub scopes: Vec<String>,
}

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// A user.
    User(UserId),
    /// A service.
    Service(ServiceId),
}

/// A token to be added.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whom it speaks for.
    pub owner: TokenOwner,
    /// Its hash.
    pub hash: TokenHash,
    /// The server it is made for.
    pub spawner_id: Option<SpawnerId>,
    /// The OAuth client that gets it; its row must exist.
    pub client_id: Option<String>,
    /// The browser session that it comes from.
    pub session_id: Option<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// A line for people.
    pub note: String,
    /// Its scopes.
    pub scopes: Vec<String>,
}

// === impl NewToken ===

impl NewToken {
    /// A token without client, session, server, note, scopes and end.
    pub fn new(owner: TokenOwner, hash: TokenHash) -> Self {
        let (note, scopes) = (String::new(), Vec::new());
        Self { owner, hash, spawner_id: None, client_id: None, session_id: None, expires_at: None, note, scopes }
    }
}

/// Adds a token.
pub fn create(tx: &mut Tx<'_>, new: &NewToken) -> Result<TokenRow, StoreError> {
    let (user_id, service_id) = match new.owner {
        TokenOwner::User(id) => (Some(id.0), None),
        TokenOwner::Service(id) => (None, Some(id.0)),
    };
    let created = tx.now().to_db();
    tx.returning(
        "INSERT INTO api_tokens
           (user_id, service_id, spawner_id, hashed, prefix, client_id, session_id, created, expires_at, note, scopes)
         VALUES (:user, :service, :spawner, :hashed, :prefix, :client, :session, :created, :expires, :note, :scopes)
         RETURNING *",
        named_params! {
            ":user": user_id, ":service": service_id, ":spawner": new.spawner_id.map(|id| id.0),
            ":hashed": new.hash.to_string(), ":prefix": new.hash.prefix(),
            ":client": new.client_id, ":session": new.session_id,
            ":created": created, ":expires": new.expires_at.map(Timestamp::to_db),
            ":note": new.note, ":scopes": row::to_json("api_tokens.scopes", &new.scopes)?,
        },
        from_row,
    )
}

/// The token that this text is, unless it has ended.
pub fn find_by_token(r: &Read<'_>, token: &str) -> Result<Option<TokenRow>, StoreError> {
    if !TokenHash::is_plausible(token) {
        return Ok(None);
    }
    let candidates = list_by_prefix(r, &TokenHash::prefix_of(token))?;
    Ok(candidates.into_iter().find(|row| row.hash.matches(token)))
}

/// The tokens with this prefix that have not ended.
pub fn list_by_prefix(r: &Read<'_>, prefix: &str) -> Result<Vec<TokenRow>, StoreError> {
    let sql = "SELECT * FROM api_tokens WHERE prefix = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
    r.list(sql, params![prefix, r.now().to_db()], from_row)
}

/// The token of this number, also one that has ended.
pub fn find_by_id(r: &Read<'_>, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
    r.find("SELECT * FROM api_tokens WHERE id = ?1", [id.0], from_row)
}

/// All tokens of a user or service that have not ended, oldest first.
pub fn list_by_owner(r: &Read<'_>, owner: TokenOwner) -> Result<Vec<TokenRow>, StoreError> {
    let (sql, id) = match owner {
        TokenOwner::User(id) => (
            "SELECT * FROM api_tokens WHERE user_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY id",
            id.0,
        ),
        TokenOwner::Service(id) => (
            "SELECT * FROM api_tokens WHERE service_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY id",
            id.0,
        ),
    };
    r.list(sql, params![id, r.now().to_db()], from_row)
}

/// Notes that the token was used; an earlier moment than the one known changes nothing.
pub fn touch_activity(tx: &mut Tx<'_>, id: TokenId, at: Timestamp) -> Result<(), StoreError> {
    let sql =
        "UPDATE api_tokens SET last_activity = ?2 WHERE id = ?1 AND (last_activity IS NULL OR last_activity < ?2)";
    tx.run(sql, params![id.0, at.to_db()])?;
    Ok(())
}

/// Who else than its owner is signed in to which server: tokens that servers got for visitors.
pub fn list_visitors(r: &Read<'_>) -> Result<Vec<(UserId, SpawnerId)>, StoreError> {
    let sql = "SELECT DISTINCT t.user_id AS visitor, s.id AS spawner FROM api_tokens t
               JOIN spawners s ON s.oauth_client_id = t.client_id
               WHERE t.user_id IS NOT NULL AND t.user_id <> s.user_id";
    r.list(sql, [], |row| Ok((UserId(row.get("visitor")?), SpawnerId(row.get("spawner")?))))
}

/// Revokes one token. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: TokenId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM api_tokens WHERE id = ?1", [id.0])? > 0)
}

/// Revokes all tokens of a user that one OAuth client got. Answers how many.
pub fn delete_by_client_and_user(tx: &mut Tx<'_>, client_id: &str, user: UserId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM api_tokens WHERE client_id = ?1 AND user_id = ?2", params![client_id, user.0])
}

/// Revokes all tokens that an OAuth client got, whoever's. Answers how many.
pub fn delete_by_client(tx: &mut Tx<'_>, client_id: &str) -> Result<u64, StoreError> {
    tx.run("DELETE FROM api_tokens WHERE client_id = ?1", [client_id])
}

/// Revokes all tokens that came from one browser session. Answers how many.
pub fn delete_by_session(tx: &mut Tx<'_>, oauth_session_id: &str) -> Result<u64, StoreError> {
    tx.run("DELETE FROM api_tokens WHERE session_id = ?1", [oauth_session_id])
}

/// Revokes the tokens that were made for a server itself. Answers how many.
pub fn delete_by_spawner(tx: &mut Tx<'_>, spawner: SpawnerId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM api_tokens WHERE spawner_id = ?1", [spawner.0])
}

/// Revokes all tokens of a user or service. Answers how many.
pub fn delete_by_owner(tx: &mut Tx<'_>, owner: TokenOwner) -> Result<u64, StoreError> {
    match owner {
        TokenOwner::User(id) => tx.run("DELETE FROM api_tokens WHERE user_id = ?1", [id.0]),
        TokenOwner::Service(id) => tx.run("DELETE FROM api_tokens WHERE service_id = ?1", [id.0]),
    }
}

/// Removes the tokens that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM api_tokens WHERE expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    let service: Option<i64> = row.get("service_id")?;
    let owner = match service {
        Some(id) => TokenOwner::Service(ServiceId(id)),
        None => TokenOwner::User(UserId(row.get("user_id")?)),
    };
    Ok(TokenRow {
        id: TokenId(row.get("id")?),
        owner,
        spawner_id: row.get::<_, Option<i64>>("spawner_id")?.map(SpawnerId),
        hash: row::token_hash(row)?,
        client_id: row.get("client_id")?,
        session_id: row.get("session_id")?,
        created: row::time(row, "created")?,
        expires_at: row::time_opt(row, "expires_at")?,
        last_activity: row::time_opt(row, "last_activity")?,
        note: row.get("note")?,
        scopes: row::json(row, "scopes")?,
    })
}
