//! Events: the bus that carries what happened, and the stream in which browsers and the window read it.

mod bus;
mod sse;
mod streams;

pub use bus::{Bus, Missed, Subscription};
pub use sse::event_stream;
pub use streams::{Place, Streams};
