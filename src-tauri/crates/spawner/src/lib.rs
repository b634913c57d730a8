//! The spawners of Labdeck: the extension point, Docker and local processes.
#![forbid(unsafe_code)]
