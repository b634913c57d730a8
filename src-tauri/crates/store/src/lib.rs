//! The store of Labdeck: SQLite behind one writer thread and a few readers. Owns the data folder's lock, the schema
//! and every SQL statement; knows nothing of HTTP, spawners or rules about who may do what. The hub calls it.
//!
//! - *A new table*: a numbered file in `migrations/`, its line in `migrate.rs`, `tables/<noun>.rs`, the golden schema.
//! - *A new column*: likewise; a released migration is never edited.
//!
//! ```
//! use std::sync::Arc;
//! use labdeck_model::{SystemClock, UserName};
//! use labdeck_store::{Store, StoreError, tables::users};
//! # let dir = std::env::temp_dir().join(format!("labdeck-doc-{}", std::process::id()));
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let store = Store::open(&dir, Arc::new(SystemClock))?;
//! let ada = UserName::parse("ada")?;
//! store.write({ let ada = ada.clone(); move |tx| users::create(tx, &ada) }).await?;
//! let found = store.read(move |r| users::find_by_name(r, &ada)).await?;
//! assert!(found.is_some());
//! store.close().await;
//! # std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod backup;
mod db;
mod error;
mod files;
mod hashed;
mod migrate;
mod phase;
mod readers;
mod row;
pub mod tables;
mod transaction;
mod writer;

pub use db::{FILE_NAME, Publisher, Store};
pub use error::StoreError;
pub use hashed::{SecretHash, TokenHash, TokenHashError, generate_secret, generate_token};
pub use transaction::{Read, Tx};
