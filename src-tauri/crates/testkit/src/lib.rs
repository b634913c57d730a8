//! Test helpers of Labdeck; a dev-dependency only. Owns a browser that keeps cookies, and waiting without sleeping.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails ends the test")]

mod browser;
mod eventually;

pub use browser::{Browser, Page};
pub use eventually::eventually;
