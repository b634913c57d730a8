//! The local-process driver, `simple` in configuration: the answer where there is no Docker. Every server is a process
//! in a session of its own, of the hub's account (which it can read whole; saying so and asking for consent is the
//! hub's duty) or, when the hub is root, of its person's. Its parts: `environment` (the Python it keeps, in `version`s that `venv` makes), `launch` (the
//! process itself), `port`, `account`, `links`, `record` (what is written down), `cgroup` and `memory` (limits), `procfs` and
//! `signal` (the system), `follow` (the log), `program` (what is no server).

mod account;
mod cgroup;
mod config;
mod driver;
mod environment;
mod follow;
mod homes;
mod launch;
mod links;
mod memory;
mod pack;
mod pip;
mod port;
mod prepare;
mod procfs;
mod program;
mod program_log;
mod record;
mod signal;
mod usage;
mod venv;
mod version;

pub(crate) use cgroup::{MemoryTree, Version, memory_tree};
pub use config::{ProcessConfig, RunAs};
pub use driver::ProcessSpawner;
pub use environment::{EnvironmentReport, EnvironmentState, Repaired};
pub use program::{Program, ProgramExit, ProgramOrder, Programs};
