//! The exec driver: a program that the configuration names starts the servers, wherever it likes. It is called once
//! for each question, with a verb as its last argument, one line of JSON on its input and lines of JSON on its output;
//! `docs/exec-spawner.md` is the contract. Its parts: `protocol` (the messages), `call` (one run of the program).
//!
//! One run for one question instead of a program that lives on: nothing is left to hang, to leak or to be restarted,
//! and a shell script will do.

mod call;
mod driver;
mod protocol;

pub use driver::{ExecConfig, ExecSpawner};
