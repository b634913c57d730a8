//! The history of a server in sentences: what was asked, what happened, why it ended. Owns the words' way into the
//! store and onto the bus; whoever sees something happen notes it here.

use labdeck_model::{Event, ServerEntry, ServerKey};
use labdeck_store::tables::{server_events, spawners};
use labdeck_store::{Store, StoreError};

/// Notes one line and tells everybody who watches. A server that was deleted meanwhile has no history any more.
pub async fn note(store: &Store, key: &ServerKey, kind: &'static str, message: impl Into<String>) {
    let (key, message) = (key.clone(), message.into());
    let of = key.clone();
    let noted: Result<(), StoreError> = store
        .write(move |tx| {
            let Some(row) = spawners::find_by_key(tx, &key)? else { return Ok(()) };
            let entry = server_events::add(tx, row.id, kind, &message)?;
            tx.emit(Event::ServerNoted { user: key.user, name: key.server.to_string(), entry });
            Ok(())
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(server.key = %of, error = &error as &dyn std::error::Error, "Could not note what happened to {of}");
    }
}

/// The latest lines of a server, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list(store: &Store, key: &ServerKey, limit: u32) -> Result<Vec<ServerEntry>, StoreError> {
    let key = key.clone();
    store
        .read(move |read| match spawners::find_by_key(read, &key)? {
            Some(row) => server_events::list(read, row.id, limit),
            None => Ok(Vec::new()),
        })
        .await
}
