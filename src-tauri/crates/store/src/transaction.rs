//! [`Read`] and [`Tx`]: what a closure sees of the database. Owns the shape of a query (cached statements, rows to
//! values) and the events that wait for the commit. Begins and ends no transaction: writer and readers do.

use std::fmt;
use std::ops::Deref;

use labdeck_model::{Event, Timestamp};
use rusqlite::{Connection, Params, Row};

use crate::StoreError;

/// One consistent view of the database. Functions of `tables` that only read take it.
pub struct Read<'c> {
    connection: &'c Connection,
    now: Timestamp,
}

/// One transaction that may write. It derefs to [`Read`], so what reads works inside it too.
pub struct Tx<'c> {
    read: Read<'c>,
    events: Vec<Event>,
    durable: bool,
}

// === impl Read ===

impl<'c> Read<'c> {
    pub(crate) fn new(connection: &'c Connection, now: Timestamp) -> Self {
        Self { connection, now }
    }

    /// When this transaction began, by the hub's clock. The same moment for everything in it.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The first row, if there is one.
    pub(crate) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        from_row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        Ok(rows.next()?.map(from_row).transpose()?)
    }

    /// All rows.
    pub(crate) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        from_row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, from_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number in the first column of the only row.
    pub(crate) fn count(&self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        let found = self.find(sql, params, |row| row.get::<_, i64>(0))?.unwrap_or_default();
        Ok(u64::try_from(found).unwrap_or_default())
    }
}

impl fmt::Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("now", &self.now).finish_non_exhaustive()
    }
}

// === impl Tx ===

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: &'c Connection, now: Timestamp) -> Self {
        Self { read: Read::new(connection, now), events: Vec::new(), durable: false }
    }

    /// Publishes the event once this transaction is committed; if it is undone, nobody hears of it.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Asks that this write survive a power cut from the moment it is answered (a process that dies loses no write
    /// in any case). For what takes rights away: a revoked token must not come back.
    pub fn require_sync(&mut self) {
        self.durable = true;
    }

    /// Runs one statement; answers how many rows it changed.
    pub(crate) fn run(&mut self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        self.must_be_open()?;
        let changed = self.read.connection.prepare_cached(sql)?.execute(params)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// Runs one statement that ends in `RETURNING` and answers its one row.
    pub(crate) fn returning<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        from_row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.must_be_open()?;
        Ok(self.read.connection.prepare_cached(sql)?.query_one(params, from_row)?)
    }

    /// Runs one statement that ends in `RETURNING` and answers its row, if it touched one.
    pub(crate) fn returning_opt<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        from_row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.must_be_open()?;
        self.read.find(sql, params, from_row)
    }

    /// On a full disk SQLite may undo the whole transaction by itself. Code that went on after that would write
    /// outside of any.
    fn must_be_open(&self) -> Result<(), StoreError> {
        if self.read.connection.is_autocommit() {
            return Err(StoreError::Refused("this transaction was undone by an earlier error"));
        }
        Ok(())
    }

    /// What is left to do after the commit: the events, and whether to sync.
    pub(crate) fn into_parts(self) -> (Vec<Event>, bool) {
        (self.events, self.durable)
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Read<'c>;
    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("now", &self.read.now).field("events", &self.events.len()).finish_non_exhaustive()
    }
}
