//! The composition root of Labdeck and the binary labdeckd.
#![forbid(unsafe_code)]
