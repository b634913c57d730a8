//! Services: programs that work with the hub. Owns what they are (`wish`, `change`, `model`), those that the hub starts
//! (`keeper`, with its pure `pauses` and `environment`), whether they answer (`health`), and the way to them (`routes`).
//! What is stored is in the store; what runs is on the [`ServiceBoard`].

mod board;
mod change;
mod environment;
mod health;
mod keeper;
mod model;
mod pauses;
mod routes;
mod wish;

pub use board::{MenuItem, ServiceBoard};
pub use change::{create, delete, restart};
pub use keeper::{begin, end};
pub use model::{ServiceExit, ServiceState, ServiceView, get_model, list_models, list_views, log_lines, own_model};
pub use routes::reconcile;
