//! The proxy's contract over real sockets, by surface. Every test has its own proxy and its own recording backend on
//! loopback ports that the system chooses.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail by panicking, as its assertions do"
)]

mod api;
mod errors;
mod headers;
mod hosts;
mod limits;
mod routing;
mod shutdown;
mod smuggling;
mod support;
mod targets;
mod websocket;
