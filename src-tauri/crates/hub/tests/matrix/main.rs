//! Who may do what: every operation of the router, asked by everybody, about what is theirs, another's and nobody's,
//! compared with answers that a person has read. The operations come from the router itself, so that a new one is in
//! here by being served; one whose description names no scope fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod api;
mod calls;
mod golden;
mod growth;
mod input;
mod listeners;
mod origins;
mod pages;
mod stand;
mod table;
mod world;
