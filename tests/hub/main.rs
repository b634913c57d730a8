//! The hub as a whole, driven through its public faces: HTTP as browsers and scripts use it, the window's listener,
//! the command line. One file per topic, one rule per test. Servers are stand-ins (`fake_singleuser.py`): real Jupyter
//! and real containers are tested elsewhere.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails ends the test")]

#[path = "../keys.rs"]
mod keys;
mod support;

mod api_servers;
mod api_tokens;
mod api_users;
mod archives;
mod asking;
mod claim;
mod cli;
mod control;
mod crowds;
mod downloads;
mod environment;
mod events;
mod exec;
mod figures;
mod folders;
mod gpus;
mod groups;
mod health;
mod history;
mod homes;
mod idle;
mod invitations;
mod kills;
mod limits;
mod login;
mod oauth;
mod other_hub;
mod page_rows;
mod panel;
mod proxy_isolation;
mod public_port;
mod queue;
mod rbac;
mod reboot;
mod renames;
mod resources;
mod restart;
mod roles;
mod server_changes;
mod service_clients;
mod services;
mod sessions;
mod sharing;
mod sharing_ends;
mod sharing_pages;
mod single_users;
mod sizes;
mod stacks;
mod start_links;
mod templates;
mod tickets;
mod tokens_asked;
mod whole;
