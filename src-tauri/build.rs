//! Tells Tauri where this layout keeps its capabilities and permissions, and lets a fresh checkout build before
//! the pages are built.

use std::{fs, path::Path};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Labdeck</title>\
<h1>Labdeck</h1><p>The pages of this window have not been built. Run <code>make ui</code>, then build again.</p></html>\n";

fn main() {
    // The working folder of a build script is its manifest's: the repository root.
    for path in ["ui/dist", "src-tauri/capabilities", "src-tauri/permissions", "tauri.conf.json"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let index = Path::new("ui/dist/index.html");
    if !index.exists() {
        let written = fs::create_dir_all("ui/dist").and_then(|()| fs::write(index, PLACEHOLDER));
        match written {
            Ok(()) => println!("cargo:warning=ui/dist was not built; a placeholder page stands in for it (make ui)"),
            Err(error) => fail(&format!("ui/dist is missing and cannot be made: {error}")),
        }
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/*.json")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml"));
    if let Err(error) = tauri_build::try_build(attributes) {
        fail(&format!("the Tauri build step failed: {error:#}"));
    }
}

fn fail(reason: &str) -> ! {
    println!("cargo:error={reason}");
    std::process::exit(1)
}
