//! The HTTP front of the hub's own listeners: connections with time-outs and caps, the gate in front of every
//! route, and what is known of the peer behind a request. Who may connect to which listener is decided here;
//! who may do what is `authz`'s matter. (The public port belongs to the proxy, which has a gate of its own.)

mod gate;
mod peer;
pub mod router;
mod serve;
mod window;

pub use gate::{Gate, Listener};
pub use peer::{PROXY_HEADER, Peer, Transport};
#[cfg(unix)]
pub use serve::serve_socket;
pub use serve::{PeerRule, Routes, serve};
pub use window::{cors, only_the_claim, window_origins};
