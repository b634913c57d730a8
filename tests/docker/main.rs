//! The program as people run it: `labdeckd` as a process, the machine's real container engine, the unmodified
//! single-user server in real containers. Everything goes over HTTP and websockets through the public port; the
//! engine's own command shows what the hub does not. Needs an engine with the test images; `door` also needs root and
//! iproute2, `stacks` docker-registry. What is missing is a failure in words.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod adopt;
mod archives;
mod books;
mod choice;
mod diagnosis;
mod door;
mod engine_trouble;
mod failures;
mod gpus;
mod homes;
mod hostile;
mod idle;
mod kernel;
#[path = "../keys.rs"]
mod keys;
mod kills;
mod lab;
mod lifecycle;
mod many;
mod memory;
#[path = "../hub/support/nvml.rs"]
#[allow(dead_code, reason = "shared; a driver that is not loaded is shown without an engine")]
mod nvml;
mod registry;
mod relay;
mod second_engine;
mod sharing;
mod spec;
mod stacks;
