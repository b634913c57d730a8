//! The hub of Labdeck: lifecycle, authorisation, OAuth provider, REST API and pages.
#![forbid(unsafe_code)]

pub mod config;
pub mod lifecycle;
pub mod pages;
pub mod tasks;
