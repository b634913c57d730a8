//! The house rules that a program can check (ARCHITECTURE.md 3 and 11). Reads the sources as text: no compiler
//! knows that SQL belongs to the store, or that a module may not look upwards. Each rule is one test; a failure lists
//! every breach, so that one run is enough.
#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const MAX_LINES: usize = 400;
const MAX_TEST_LINES: usize = 600;
const MAX_COMPONENT_LINES: usize = 250;

/// Everything that may stand beside this repository's `Cargo.toml`; what git ignores is not looked at.
const TOP_LEVEL: &[&str] = &[
    ".ci",
    ".config",
    ".git",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".taurignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "assets",
    "clippy.toml",
    "deny.toml",
    "docs",
    "icons",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scripts",
    "src-tauri",
    "tauri.conf.json",
    "tests",
    "ui",
];

/// What git ignores, at any depth.
const IGNORED: &[&str] = &["target", "node_modules", "dist", "gen", ".git", "__pycache__", ".venv"];

/// Which of our crates each may depend on, in `[dependencies]`. The testkit is for tests only and sees everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("labdeck", &["labdeck-model", "labdeck-server"]),
    (
        "labdeck-server",
        &["labdeck-auth", "labdeck-hub", "labdeck-model", "labdeck-proxy", "labdeck-spawner", "labdeck-store"],
    ),
    ("labdeck-hub", &["labdeck-auth", "labdeck-model", "labdeck-proxy", "labdeck-spawner", "labdeck-store"]),
    ("labdeck-store", &["labdeck-model"]),
    ("labdeck-spawner", &["labdeck-model"]),
    ("labdeck-auth", &["labdeck-model"]),
    ("labdeck-proxy", &[]),
    ("labdeck-model", &[]),
];

/// Third-party crates that have a home: nobody else may name them in `[dependencies]`.
const HOMES: &[(&str, &[&str])] = &[
    ("tauri", &["labdeck"]),
    ("tauri-plugin-dialog", &["labdeck"]),
    ("tauri-plugin-opener", &["labdeck"]),
    ("tauri-plugin-single-instance", &["labdeck"]),
    ("bollard", &["labdeck-spawner"]),
    ("rusqlite", &["labdeck-store"]),
    ("rusqlite_migration", &["labdeck-store"]),
    ("oauth2", &["labdeck-auth"]),
    ("argon2", &["labdeck-auth"]),
    ("keyring", &["labdeck-server"]),
    ("minijinja", &["labdeck-hub"]),
    ("nvml-wrapper", &["labdeck-hub"]),
    ("utoipa", &["labdeck-model", "labdeck-hub"]),
    ("prometheus", &["labdeck-hub"]),
    ("axum", &["labdeck-hub", "labdeck-server"]),
    ("anyhow", &["labdeck", "labdeck-server"]),
];

/// Names inside a folder of ours, where the manifest alone cannot tell: (folder, texts that must not stand in it,
/// paths where they may).
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    ("src-tauri/crates/model/src", &["tokio", "axum", "hyper", "rusqlite", "std::fs", "std::net"], &[]),
    ("src-tauri/crates/spawner/src", &["bollard::"], &["src-tauri/crates/spawner/src/docker"]),
    ("src-tauri/crates/auth/src", &["oauth2::"], &["src-tauri/crates/auth/src/oauth"]),
    ("src-tauri/crates/auth/src", &["argon2::"], &["src-tauri/crates/auth/src/password"]),
    ("src-tauri/crates/server/src", &["use keyring"], &["src-tauri/crates/server/src/keyring.rs"]),
    ("src-tauri/crates/hub/src", &["prometheus::"], &["src-tauri/crates/hub/src/metrics"]),
    (
        "src-tauri/crates/hub/src",
        &["axum::"],
        &[
            "src-tauri/crates/hub/src/api",
            "src-tauri/crates/hub/src/front",
            "src-tauri/crates/hub/src/pages",
            "src-tauri/crates/hub/src/routers.rs",
        ],
    ),
    ("src-tauri/crates/hub/src", &["minijinja::"], &["src-tauri/crates/hub/src/pages"]),
    ("src-tauri/crates/hub/src", &["nvml_wrapper::"], &["src-tauri/crates/hub/src/resources/nvml.rs"]),
    ("src-tauri/crates/hub/src/api", &["labdeck_store::", "lifecycle::actor", "minijinja::"], &[]),
    ("src-tauri/crates/hub/src/pages", &["labdeck_store::", "lifecycle::actor"], &[]),
    ("src-tauri/src", &["axum", "bollard", "rusqlite", "labdeck_hub", "labdeck_store", "labdeck_proxy"], &[]),
];

/// The storeys of `labdeck-hub`, from the ground up: a folder may use those below it, never those above. `context` has
/// no storey: it holds a handle of each mechanism, and is what they reach each other by.
const STOREYS: &[&[&str]] = &[
    &["config", "error", "tasks"],
    &[
        "authz",
        "event_log",
        "events",
        "front",
        "jobs",
        "lifecycle",
        "local",
        "metrics",
        "secrets",
        "seed",
        "session",
        "spawners",
    ],
    &[
        "accounts",
        "diagnosis",
        "downloads",
        "environment",
        "groups",
        "health",
        "homes",
        "idle",
        "oauth",
        "overview",
        "resources",
        "servers",
        "services",
        "sharing",
        "stacks",
        "tickets",
        "tokens",
    ],
    &["api", "housekeeping", "pages"],
    &["hub", "routers"],
];

/// Words that the glossary sets aside for names of ours.
const SET_ASIDE: &[&str] = &[
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "master",
    "backend",
    "gateway",
    "launcher",
    "plugin",
    "addon",
    "principal",
    "flavour",
    "heartbeat",
];

struct Source {
    /// From the top of the repository, with slashes.
    path: String,
    text: String,
}

struct Manifest {
    name: String,
    folder: String,
    /// `[dependencies]`, those of targets included.
    normal: BTreeSet<String>,
    /// `[dev-dependencies]` and `[build-dependencies]`.
    others: BTreeSet<String>,
}

fn top() -> PathBuf {
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    while !folder.join("tauri.conf.json").exists() {
        assert!(folder.pop(), "the top of the repository is above every manifest");
    }
    folder
}

/// Every file with one of these endings.
fn sources(endings: &[&str]) -> Vec<Source> {
    let top = top();
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of ours") {
            let path = entry.expect("its entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if IGNORED.contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path.strip_prefix(&top).expect("it is below").to_string_lossy().replace('\\', "/");
                found.push(Source { path: relative, text: fs::read_to_string(&path).expect("text") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn manifests() -> Vec<Manifest> {
    sources(&["Cargo.toml"]).iter().map(Manifest::read).collect()
}

impl Manifest {
    /// Reads the few lines it needs: our manifests write one dependency in one line.
    fn read(source: &Source) -> Self {
        let folder = source.path.trim_end_matches("Cargo.toml").trim_end_matches('/').to_owned();
        let mut manifest = Self { name: String::new(), folder, normal: BTreeSet::new(), others: BTreeSet::new() };
        let mut section = "";
        for line in source.text.lines() {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with([' ', '#', ']'])) else {
                continue;
            };
            let key = key.trim().trim_end_matches(".workspace").to_owned();
            match section {
                "package" if key == "name" => value.trim().trim_matches('"').clone_into(&mut manifest.name),
                "workspace.dependencies" => {}
                _ if section.ends_with("dev-dependencies") || section.ends_with("build-dependencies") => {
                    manifest.others.insert(key);
                }
                _ if section.ends_with("dependencies") => {
                    manifest.normal.insert(key);
                }
                _ => {}
            }
        }
        manifest
    }
}

/// The lines that are code: comments are gone, line numbers stay.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let lines = source.text.lines().enumerate();
    lines.map(|(number, line)| (number + 1, if line.trim_start().starts_with("//") { "" } else { line }))
}

/// Whether the name stands in the line, not as the end of a longer one or below another module.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|before| !(before.is_alphanumeric() || before == '_' || before == ':'))
    })
}

#[track_caller]
fn none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}\n  {}\n", breaches.join("\n  "));
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<_> = sources(&[".rs"])
        .into_iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path)
        .collect();
    none("a Rust file opens with //!: what it owns, what it does not, who calls it", &silent);
}

#[test]
fn files_hold_one_concept() {
    let mut long = Vec::new();
    for source in sources(&[".rs", ".svelte", ".ts"]) {
        let in_tests =
            source.path.split('/').any(|part| part == "tests" || part == "dev") || source.path.contains(".test.");
        let generated = source.path.ends_with("schema.ts") || source.path.contains(".gen.");
        let limit = match source.path.as_str() {
            _ if generated => continue,
            path if path.ends_with(".svelte") => MAX_COMPONENT_LINES,
            _ if in_tests => MAX_TEST_LINES,
            _ => MAX_LINES,
        };
        let lines = source.text.lines().count();
        if lines > limit {
            long.push(format!("{}: {lines} lines, at most {limit}", source.path));
        }
    }
    none("a file holds one concept", &long);
}

#[test]
fn crates_depend_downwards_only() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut upward = Vec::new();
    for manifest in manifests() {
        if manifest.name == "labdeck-testkit" {
            continue;
        }
        let Some(allowed) = allowed.get(manifest.name.as_str()) else {
            upward.push(format!("{}: not in the table of crates", manifest.name));
            continue;
        };
        let ours = manifest.normal.iter().filter(|name| name.starts_with("labdeck"));
        upward.extend(
            ours.filter(|name| !allowed.contains(&name.as_str())).map(|name| format!("{} -> {name}", manifest.name)),
        );
    }
    none("an arrow that ARCHITECTURE.md 3 does not have", &upward);
}

#[test]
fn heavy_crates_have_one_home() {
    let homes: BTreeMap<_, _> = HOMES.iter().copied().collect();
    let mut strangers = Vec::new();
    for manifest in manifests() {
        for name in &manifest.normal {
            if homes.get(name.as_str()).is_some_and(|homes| !homes.contains(&manifest.name.as_str())) {
                strangers.push(format!("{} depends on {name}", manifest.name));
            }
        }
    }
    none("a dependency outside its home", &strangers);
}

#[test]
fn every_dependency_is_used() {
    let sources = sources(&[".rs"]);
    let mut unused = Vec::new();
    for manifest in manifests() {
        // The root package's own sources lie beside the crates; a crate's tests may lie at the top.
        let own = if manifest.folder.is_empty() { "src-tauri/src/" } else { manifest.folder.as_str() };
        let mine: Vec<_> = sources
            .iter()
            .filter(|source| {
                source.path.starts_with(own) || source.path.starts_with("tests/") || source.path == "src-tauri/build.rs"
            })
            .collect();
        for dependency in manifest.normal.iter().chain(&manifest.others) {
            let name = dependency.replace('-', "_");
            let used = mine.iter().any(|source| code(source).any(|(_, line)| names(line, &name)));
            if !used {
                unused.push(format!("{}: {dependency}", manifest.name));
            }
        }
    }
    none("a dependency that no source names", &unused);
}

#[test]
fn rooms_keep_to_themselves() {
    let mut breaches = Vec::new();
    for source in sources(&[".rs"]) {
        for (room, strangers, except) in ROOMS {
            if !source.path.starts_with(&format!("{room}/")) || except.iter().any(|path| source.path.starts_with(path))
            {
                continue;
            }
            for (number, line) in code(&source) {
                breaches.extend(
                    strangers
                        .iter()
                        .filter(|name| names(line, name))
                        .map(|name| format!("{}:{number}: {name}", source.path)),
                );
            }
        }
    }
    none("a name in a room that must not know it", &breaches);
}

#[test]
fn sql_lives_in_the_store() {
    let mut strays = Vec::new();
    for source in sources(&[".rs"]) {
        // A test may look into the file from outside, as anybody with the file could.
        if source.path.starts_with("src-tauri/crates/store/") || source.path.starts_with("tests/") {
            continue;
        }
        for (number, line) in code(&source) {
            if ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "].iter().any(|words| line.contains(words)) {
                strays.push(format!("{}:{number}", source.path));
            }
        }
    }
    none("SQL outside labdeck-store", &strays);
}

#[test]
fn the_hub_looks_downwards_only() {
    let home = "src-tauri/crates/hub/src/";
    let storey_of = |module: &str| STOREYS.iter().position(|storey| storey.contains(&module));
    let use_cases = STOREYS.iter().position(|storey| storey.contains(&"accounts"));
    let mut upward = Vec::new();
    for source in sources(&[".rs"]) {
        let Some(inside) = source.path.strip_prefix(home) else { continue };
        let here = inside.split(['/', '.']).next().unwrap_or_default();
        let Some(storey) = storey_of(here) else { continue };
        for (number, line) in code(&source) {
            for path in paths_in(line) {
                let mut parts = path.split("::");
                let there = parts.next().unwrap_or_default();
                let Some(other) = storey_of(there) else { continue };
                // `accounts::users::find` is inside; `accounts::get` and `accounts::Standing::User` are the face.
                let inside = parts.next().is_some_and(|part| part.starts_with(char::is_lowercase))
                    && parts.next().is_some_and(|part| !part.is_empty());
                let through_the_wall = Some(other) == use_cases && here != there && inside;
                if other > storey || through_the_wall {
                    upward.push(format!("{}:{number}: {here} -> {path}", source.path));
                }
            }
        }
    }
    none("a module of the hub that looks up, or inside a use-case from without", &upward);
}

/// What stands behind each `crate::`: one path, or each of the list in braces.
fn paths_in(line: &str) -> Vec<&str> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    line.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect::<Vec<_>>(),
            None => vec![rest],
        })
        .map(|path| path.split(|c: char| !is_path(c)).next().unwrap_or_default())
        .collect()
}

#[test]
fn names_are_the_glossarys() {
    let mut set_aside = Vec::new();
    for source in sources(&[".rs"]).iter().filter(|source| !source.path.contains("tests/")) {
        for (number, line) in code(source) {
            let words = line.trim_start();
            let words = ["pub ", "pub(crate) ", "pub(super) "]
                .iter()
                .fold(words, |words, start| words.strip_prefix(start).unwrap_or(words));
            let Some(rest) =
                ["struct ", "enum ", "trait ", "mod ", "type "].iter().find_map(|start| words.strip_prefix(start))
            else {
                continue;
            };
            let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            if words_of(name).iter().any(|word| SET_ASIDE.contains(&word.as_str())) {
                set_aside.push(format!("{}:{number}: {name}", source.path));
            }
        }
    }
    none("a name made of a word that the glossary sets aside", &set_aside);
}

/// `ServerManager` and `server_manager` are both `server`, `manager`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if letter != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn public_functions_take_no_bare_bool() {
    let mut bare = Vec::new();
    for source in sources(&[".rs"]).iter().filter(|source| !source.path.contains("/tests/")) {
        for start in ["pub fn ", "pub async fn "] {
            for (at, _) in source.text.match_indices(start) {
                let rest = &source.text[at + start.len()..];
                let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
                let head = &rest[..rest.find([';', '{']).unwrap_or(rest.len())];
                let parameters = head.rsplit_once("->").map_or(head, |(parameters, _)| parameters);
                // In `set_shown(true)` the value is what the name says.
                let names_it = name.starts_with("set_") || name.starts_with("with_");
                if parameters.contains(": bool") && !names_it {
                    bare.push(format!("{}: {name}", source.path));
                }
            }
        }
    }
    none("a bare bool in a public function: two functions, or an enum", &bare);
}

#[test]
fn what_is_left_to_do_has_an_issue() {
    let marks = ["TO", "FIX"].map(|start| format!("{start}{}", if start == "TO" { "DO" } else { "ME" }));
    let mut loose = Vec::new();
    for source in sources(&[".rs", ".ts", ".svelte", ".css", ".html", ".sh", ".sql", ".toml", ".py"]) {
        for (number, line) in source.text.lines().enumerate() {
            for mark in &marks {
                let follows = line.split_once(mark.as_str()).map(|(_, rest)| rest);
                if follows.is_some_and(|rest| !rest.trim_start_matches(['(', ' ']).starts_with('#')) {
                    loose.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
                }
            }
        }
    }
    none("a note without an issue number, as in (#12)", &loose);
}

#[test]
fn no_test_is_switched_off() {
    let switches = [
        format!("#[{}", "ignore"),
        format!(".{}(", "skip"),
        format!("it.{}(", "only"),
        format!("describe.{}(", "only"),
    ];
    let mut off = Vec::new();
    for source in sources(&[".rs", ".test.ts"]) {
        let is_rust = source.path.ends_with(".rs");
        for (number, line) in code(&source) {
            if switches.iter().any(|switch| line.contains(switch.as_str()) && (is_rust == switch.starts_with('#'))) {
                off.push(format!("{}:{number}", source.path));
            }
        }
    }
    none("a test that is switched off: what it needs is brought up by `make test`", &off);
}

#[test]
fn the_top_level_holds_what_the_plan_says() {
    let known: BTreeSet<_> = TOP_LEVEL.iter().chain(IGNORED).copied().collect();
    let entries = fs::read_dir(top()).expect("the top").map(|entry| entry.expect("an entry").file_name());
    let strays: Vec<_> =
        entries.map(|name| name.to_string_lossy().into_owned()).filter(|name| !known.contains(name.as_str())).collect();
    none("a stray entry at the top level", &strays);
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let home = std::env::var("HOME").unwrap_or_default();
    let top = top();
    let here =
        [top.to_string_lossy().into_owned(), home].into_iter().filter(|path| Path::new(path).components().count() > 2);
    let here: Vec<_> = here.map(|path| format!("{path}/")).collect();
    let mut found = Vec::new();
    for source in sources(&[".rs", ".ts", ".svelte", ".sh", ".py", ".toml", ".json", ".md"]) {
        found.extend(
            here.iter()
                .filter(|path| source.text.contains(path.as_str()))
                .map(|path| format!("{}: {path}", source.path)),
        );
    }
    none("a path of this machine", &found);
}
