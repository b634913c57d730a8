//! One file per table: the row, and free functions that read (`&Read`) or write (`&mut Tx`) it. All SQL but the
//! migrations stands below here. Functions decide nothing: who may do what is the hub's.

pub mod sessions;
pub mod settings;
pub mod spawners;
pub mod tokens;
pub mod users;
