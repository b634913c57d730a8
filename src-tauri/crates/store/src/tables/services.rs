//! `services`: programs beside the hub that have rights of their own. Called by the hub's services.

use std::collections::BTreeMap;

use labdeck_model::{ServiceId, ServiceName};
use rusqlite::{Row, named_params, params};
use serde_json::{Map, Value};

use crate::{Read, StoreError, Tx, row};

/// One service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRow {
    /// Its number.
    pub id: ServiceId,
    /// Its name.
    pub name: ServiceName,
    /// What is known of it.
    pub facts: ServiceFacts,
}

/// What a configuration or an admin says of a service. The fields are JupyterHub's.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "the columns are JupyterHub's, each a switch of its own")]
pub struct ServiceFacts {
    /// Whether it has the role `admin`.
    pub admin: bool,
    /// Where it listens.
    pub url: Option<String>,
    /// What its OAuth client may ask for.
    pub oauth_client_allowed_scopes: Vec<String>,
    /// Free values that its page shows.
    pub info: Map<String, Value>,
    /// Whether it stands in the menu.
    pub display: bool,
    /// Whether users are not asked before it learns who they are.
    pub oauth_no_confirm: bool,
    /// How the hub starts it; empty for one that it does not start.
    pub command: Vec<String>,
    /// Where that command runs.
    pub cwd: Option<String>,
    /// What that command gets in its environment.
    pub environment: BTreeMap<String, String>,
    /// The system user that the command runs as.
    pub user: Option<String>,
    /// How long the hub waits for it to answer, in seconds.
    pub timeout_seconds: u32,
    /// Whether the configuration names it; if not, an admin added it.
    pub from_config: bool,
    /// Its OAuth client, if it has one.
    pub oauth_client_id: Option<String>,
}

impl Default for ServiceFacts {
    /// JupyterHub's defaults.
    fn default() -> Self {
        Self {
            admin: false,
            url: None,
            oauth_client_allowed_scopes: Vec::new(),
            info: Map::new(),
            display: true,
            oauth_no_confirm: false,
            command: Vec::new(),
            cwd: None,
            environment: BTreeMap::new(),
            user: None,
            timeout_seconds: 30,
            from_config: true,
            oauth_client_id: None,
        }
    }
}

/// The service of this name.
pub fn find_by_name(r: &Read<'_>, name: &ServiceName) -> Result<Option<ServiceRow>, StoreError> {
    r.find("SELECT * FROM services WHERE name = ?1", [name.as_str()], from_row)
}

/// The service of this number.
pub fn find_by_id(r: &Read<'_>, id: ServiceId) -> Result<Option<ServiceRow>, StoreError> {
    r.find("SELECT * FROM services WHERE id = ?1", [id.0], from_row)
}

/// The service that an OAuth client belongs to.
pub fn find_by_oauth_client(r: &Read<'_>, client_id: &str) -> Result<Option<ServiceRow>, StoreError> {
    r.find("SELECT * FROM services WHERE oauth_client_id = ?1", [client_id], from_row)
}

/// All services, by name.
pub fn list(r: &Read<'_>) -> Result<Vec<ServiceRow>, StoreError> {
    r.list("SELECT * FROM services ORDER BY name", [], from_row)
}

/// Adds a service, or changes the one of this name. The row of its OAuth client must exist.
pub fn upsert(tx: &mut Tx<'_>, name: &ServiceName, facts: &ServiceFacts) -> Result<ServiceRow, StoreError> {
    tx.returning(
        "INSERT INTO services (name, admin, url, oauth_client_allowed_scopes, info, display, oauth_no_confirm, command,
                               cwd, environment, user, timeout, from_config, oauth_client_id)
         VALUES (:name, :admin, :url, :scopes, :info, :display, :no_confirm, :command,
                 :cwd, :environment, :user, :timeout, :from_config, :client)
         ON CONFLICT (name) DO UPDATE SET
           admin = excluded.admin, url = excluded.url, info = excluded.info, display = excluded.display,
           oauth_client_allowed_scopes = excluded.oauth_client_allowed_scopes, command = excluded.command,
           oauth_no_confirm = excluded.oauth_no_confirm, cwd = excluded.cwd, environment = excluded.environment,
           user = excluded.user, timeout = excluded.timeout, from_config = excluded.from_config,
           oauth_client_id = excluded.oauth_client_id
         RETURNING *",
        named_params! {
            ":name": name.as_str(), ":admin": facts.admin, ":url": facts.url,
            ":scopes": row::to_json("services.oauth_client_allowed_scopes", &facts.oauth_client_allowed_scopes)?,
            ":info": row::to_json("services.info", &facts.info)?, ":display": facts.display,
            ":no_confirm": facts.oauth_no_confirm, ":command": row::to_json("services.command", &facts.command)?,
            ":cwd": facts.cwd, ":environment": row::to_json("services.environment", &facts.environment)?,
            ":user": facts.user, ":timeout": facts.timeout_seconds, ":from_config": facts.from_config,
            ":client": facts.oauth_client_id,
        },
        from_row,
    )
}

/// Removes a service with its tokens and roles. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: ServiceId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM services WHERE id = ?1", [id.0])? > 0)
}

/// Removes the services that came from the configuration and are not in `keep`. Answers how many.
pub fn delete_absent(tx: &mut Tx<'_>, keep: &[ServiceName]) -> Result<u64, StoreError> {
    let keep = row::to_json("services.name", keep)?;
    let sql = "DELETE FROM services WHERE from_config = 1 AND name NOT IN (SELECT value FROM json_each(?1))";
    tx.run(sql, params![keep])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ServiceRow> {
    let facts = ServiceFacts {
        admin: row.get("admin")?,
        url: row.get("url")?,
        oauth_client_allowed_scopes: row::json(row, "oauth_client_allowed_scopes")?,
        info: row::json(row, "info")?,
        display: row.get("display")?,
        oauth_no_confirm: row.get("oauth_no_confirm")?,
        command: row::json(row, "command")?,
        cwd: row.get("cwd")?,
        environment: row::json(row, "environment")?,
        user: row.get("user")?,
        timeout_seconds: row.get("timeout")?,
        from_config: row.get("from_config")?,
        oauth_client_id: row.get("oauth_client_id")?,
    };
    Ok(ServiceRow { id: ServiceId(row.get("id")?), name: row::parsed(row, "name")?, facts })
}
