//! The store of Labdeck: SQLite behind one writer thread.
#![forbid(unsafe_code)]
