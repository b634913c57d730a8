//! The authenticators of Labdeck: the extension point, native passwords, rules.
#![forbid(unsafe_code)]
