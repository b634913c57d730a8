//! Lets a fresh checkout build before the pages of the panel are built: a placeholder stands in for them. They are the
//! window's pages, `ui/dist`, which `pages/static_files.rs` embeds; builds for debugging read the folder as they run.

use std::{fs, path::Path};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Labdeck</title>\
<h1>Labdeck</h1><p>The pages of this window have not been built. Run <code>make ui</code>, then build again.</p></html>\n";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let dist = Path::new("../../../ui/dist");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed={}", dist.display());
    }
    let index = dist.join("index.html");
    if !index.exists()
        && let Err(error) = fs::create_dir_all(dist).and_then(|()| fs::write(&index, PLACEHOLDER))
    {
        println!("cargo:warning=ui/dist is missing and cannot be made: {error}");
    }
}
