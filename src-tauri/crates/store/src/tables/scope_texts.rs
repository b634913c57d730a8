//! Scopes that tables keep as text, all of them: when a user or a server gets another name, what was narrowed to it
//! stays narrowed to it, and does not wait for whoever gets the old name next. Called by `users` and `spawners`.

use labdeck_model::{ServerKey, UserName};
use rusqlite::params;

use crate::{StoreError, Tx, row};

/// Table and column of each list of scopes. Roles are not among them: their text is the configuration's.
const LISTS: [(&str, &str); 4] =
    [("api_tokens", "scopes"), ("shares", "scopes"), ("share_codes", "scopes"), ("oauth_clients", "allowed_scopes")];

/// Narrows to `new` what was narrowed to the server `old`.
pub(super) fn rename_server(tx: &mut Tx<'_>, old: &ServerKey, new: &ServerKey) -> Result<(), StoreError> {
    let (from, to) = (format!("!server={}", old.full_name()), format!("!server={}", new.full_name()));
    rewrite(tx, &from, |scope| scope.strip_suffix(&from).map(|base| format!("{base}{to}")))
}

/// Narrows to `new` and their servers what was narrowed to the user `old` and theirs.
pub(super) fn rename_user(tx: &mut Tx<'_>, old: &UserName, new: &UserName) -> Result<(), StoreError> {
    let filter = format!("!user={old}");
    rewrite(tx, &filter, |scope| scope.strip_suffix(&filter).map(|base| format!("{base}!user={new}")))?;
    let prefix = format!("!server={old}/");
    rewrite(tx, &prefix, |scope| {
        scope.split_once(&prefix).map(|(base, server)| format!("{base}!server={new}/{server}"))
    })
}

fn rewrite(tx: &mut Tx<'_>, part: &str, rewritten: impl Fn(&str) -> Option<String>) -> Result<(), StoreError> {
    for (table, column) in LISTS {
        let sql = format!("SELECT id, {column} FROM {table} WHERE instr({column}, ?1) > 0");
        let found: Vec<(i64, Vec<String>)> =
            tx.list(&sql, [part], |found| Ok((found.get("id")?, row::json(found, column)?)))?;
        for (id, scopes) in found {
            let scopes: Vec<_> = scopes.into_iter().map(|scope| rewritten(&scope).unwrap_or(scope)).collect();
            let text = row::to_json(&format!("{table}.{column}"), &scopes)?;
            tx.run(&format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"), params![id, text])?;
        }
    }
    Ok(())
}
