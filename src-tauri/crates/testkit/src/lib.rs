//! Test helpers of Labdeck; a dev-dependency only. Owns a browser that keeps cookies, a reader of event
//! streams, and waiting without sleeping.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails ends the test")]

mod browser;
mod eventually;
mod events;

pub use browser::{Browser, Page};
pub use eventually::eventually;
pub use events::{EventReader, Frame};
