//! One file per table: the row, and free functions that read (`&Read`) or write (`&mut Tx`) it. All SQL but the
//! migrations stands below here. Functions decide nothing: who may do what is the hub's.

pub mod access_requests;
pub mod credentials;
pub mod folders;
pub mod groups;
pub mod invitations;
pub mod kept_homes;
pub mod oauth_clients;
pub mod oauth_codes;
pub mod roles;
mod scope_texts;
pub mod server_events;
pub mod services;
pub mod session_names;
pub mod sessions;
pub mod settings;
pub mod share_codes;
pub mod shares;
pub mod sizes;
pub mod spawners;
pub mod stacks;
pub mod starts;
pub mod tickets;
pub mod tokens;
pub mod users;
pub mod visits;
