//! The store through its public face: files and locks, transactions, and each table's rules.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod catalogue;
mod fixture;
mod open;
mod people;
mod servers;
mod sharing;
mod survival;
mod transactions;
