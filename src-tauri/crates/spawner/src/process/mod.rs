//! The local-process driver, `simple` in configuration: the answer where there is no Docker. Every server is a process
//! of the hub's own account in a session of its own, so it can read whatever that account can; saying so and asking
//! for consent is the hub's duty. Its parts: `environment` (the Python it keeps), `launch` (the process itself),
//! `record` (what is written down), `procfs` and `signal` (the system).

mod config;
mod driver;
mod environment;
mod homes;
mod launch;
mod pack;
mod pip;
mod procfs;
mod record;
mod signal;

pub use config::ProcessConfig;
pub use driver::ProcessSpawner;
