//! Test helpers of Labdeck; a dev-dependency only.
#![forbid(unsafe_code)]
