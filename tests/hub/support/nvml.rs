//! Builds the stand-in for NVIDIA's management library, so that the real way to a card is taken where there is none.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the stand-in says when it is asked to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    /// It works.
    Works,
    /// It is installed and not loaded.
    NotLoaded,
}

/// The library, built below `folder`.
pub(crate) fn nvml_stand_in(folder: &Path, driver: Driver) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/hub/nvml_stand_in.c");
    let library = folder.join("libnvidia-ml.so.1");
    let answer = if driver == Driver::Works { 0 } else { 9 };
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror", &format!("-DINIT_ANSWER={answer}"), "-o"])
        .args([&library, &source])
        .output()
        .expect("these tests need a C compiler, cc, as Rust itself does to link");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    library
}
