//! What a browser sees of the hub: typed page contexts ([`view`]), their rendering ([`render`]), the static files they
//! ask for ([`static_files`]), and the handlers that call use-cases and fill the contexts. Every route stands in `router`.

mod accept_share;
mod account;
mod awake;
mod caller;
mod claim;
mod csp_report;
mod delete;
mod device;
mod environment;
mod error;
mod familiar;
mod form;
mod home;
mod invitation;
mod login;
mod logout;
mod not_running;
mod oauth;
mod overrides;
mod panel;
mod places;
pub mod render;
mod reply;
mod router;
mod server;
mod sharing;
mod spawn;
mod spawn_pending;
pub mod static_files;
mod statics;
mod stop;
mod ticket;
mod token;
mod user_url;
pub mod view;

pub use overrides::{Logo, PageProblem};
pub use render::Pages;
pub use router::router;
pub use static_files::{StaticFile, static_file};
