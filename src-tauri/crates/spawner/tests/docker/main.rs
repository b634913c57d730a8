//! The Docker driver against a real engine and the real single-user server. What is missing fails in words: the
//! images are made by `tests/images/build-test-image.sh`, the engine is brought up by `tests/images/ensure-docker.sh`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test a surprise is a failure")]

mod confinement;
mod engine;
mod errands;
mod happenings;
mod homes;
mod images;
mod inside;
mod lifecycle;
mod options;
mod podman;
mod registry;
mod remote;
mod support;
