//! `oauth_clients`: servers and services that sign people in through the hub. Called by the OAuth provider and by
//! the start and stop of servers.

use labdeck_model::ClientRowId;
use rusqlite::{Row, named_params};

use crate::{Read, StoreError, TokenHash, Tx, row};

/// One client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// Its number.
    pub id: ClientRowId,
    /// Its `client_id`: `jupyterhub-user-ada`.
    pub identifier: String,
    /// What people read.
    pub description: String,
    /// The hash of its secret; `None` for a client without one, which cannot exchange codes.
    pub secret: Option<TokenHash>,
    /// Where codes are sent to.
    pub redirect_uri: String,
    /// What it may ask for.
    pub allowed_scopes: Vec<String>,
}

/// A client to be added or changed.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Its `client_id`.
    pub identifier: String,
    /// What people read.
    pub description: String,
    /// The hash of its secret.
    pub secret: Option<TokenHash>,
    /// Where codes are sent to.
    pub redirect_uri: String,
    /// What it may ask for.
    pub allowed_scopes: Vec<String>,
}

/// The client of this `client_id`.
pub fn find(r: &Read<'_>, identifier: &str) -> Result<Option<ClientRow>, StoreError> {
    r.find("SELECT * FROM oauth_clients WHERE identifier = ?1", [identifier], from_row)
}

/// All clients.
pub fn list(r: &Read<'_>) -> Result<Vec<ClientRow>, StoreError> {
    r.list("SELECT * FROM oauth_clients ORDER BY identifier", [], from_row)
}

/// Adds a client, or changes the one of this `client_id`; its tokens and codes stay.
pub fn upsert(tx: &mut Tx<'_>, new: &NewClient) -> Result<ClientRow, StoreError> {
    tx.returning(
        "INSERT INTO oauth_clients (identifier, description, secret, redirect_uri, allowed_scopes)
         VALUES (:identifier, :description, :secret, :redirect_uri, :scopes)
         ON CONFLICT (identifier) DO UPDATE SET description = excluded.description, secret = excluded.secret,
           redirect_uri = excluded.redirect_uri, allowed_scopes = excluded.allowed_scopes
         RETURNING *",
        named_params! {
            ":identifier": new.identifier, ":description": new.description,
            ":secret": new.secret.as_ref().map(ToString::to_string).unwrap_or_default(),
            ":redirect_uri": new.redirect_uri,
            ":scopes": row::to_json("oauth_clients.allowed_scopes", &new.allowed_scopes)?,
        },
        from_row,
    )
}

/// Removes a client with its codes and the tokens that it got. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, identifier: &str) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM oauth_clients WHERE identifier = ?1", [identifier])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ClientRow> {
    Ok(ClientRow {
        id: ClientRowId(row.get("id")?),
        identifier: row.get("identifier")?,
        description: row.get("description")?,
        secret: row::token_hash_opt(row, "secret")?,
        redirect_uri: row.get("redirect_uri")?,
        allowed_scopes: row::json(row, "allowed_scopes")?,
    })
}
