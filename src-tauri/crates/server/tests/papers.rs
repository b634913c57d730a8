//! Keeps the papers honest: what the program knows stands in them, and what they point to is there. Reads the
//! Markdown files as text and asks the real program; does not judge what they say.
#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use labdeck_hub::config::{Config, ConfigInputs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn paper(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect(name)
}

/// `README.md` and its neighbours, and everything in `docs/`.
fn papers() -> Vec<PathBuf> {
    let files = |folder: PathBuf| {
        let entries = fs::read_dir(&folder).expect("a folder of papers");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect::<Vec<_>>()
    };
    [files(root()), files(root().join("docs"))].concat()
}

/// The targets of Markdown's links and pictures, without those in code.
fn links(text: &str) -> Vec<&str> {
    let outside_code = text.split("```").step_by(2);
    let targets = outside_code.flat_map(|part| part.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target)).collect()
}

/// The names in the part of a help text that lists sub-commands.
fn sub_commands(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_labdeckd")).args(arguments).arg("--help").output();
    let help = String::from_utf8(output.expect("labdeckd runs").stdout).expect("help in UTF-8");
    let Some((_, list)) = help.split_once("Commands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let own = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    own.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_setting_is_explained() {
    let config = Config::load(&ConfigInputs::default()).expect("the defaults are in order");
    let page = paper("docs/configuration.md");
    let known = config.effective();
    assert!(known.len() > 20, "only {} settings were found", known.len());
    let line = |key: &str| page.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
    let missing: Vec<_> = known.iter().filter(|row| line(&row.key).is_none()).map(|row| &row.key).collect();
    assert!(missing.is_empty(), "docs/configuration.md lacks: {missing:#?}");
    let differs = known.iter().filter(|row| line(&row.key).is_some_and(|line| !line.contains(row.words)));
    let differs: Vec<_> = differs.map(|row| (&row.key, row.words)).collect();
    assert!(differs.is_empty(), "docs/configuration.md says something else than the program: {differs:#?}");
    let values = known.iter().filter(|row| row.value != "(not set)");
    let stale = values.filter(|row| line(&row.key).is_some_and(|line| !line.contains(&format!("| `{}` |", row.value))));
    let stale: Vec<_> = stale.map(|row| (&row.key, &row.value)).collect();
    assert!(stale.is_empty(), "docs/configuration.md has other defaults than the program: {stale:#?}");
}

#[test]
fn every_sub_command_is_explained() {
    let page = paper("docs/headless.md");
    let first = sub_commands(&[]);
    assert!(first.contains(&"serve".to_owned()), "{first:?}");
    let mut missing: Vec<_> = first.iter().filter(|name| !page.contains(&format!("\n## {name}\n"))).cloned().collect();
    for name in first.iter().filter(|name| *name != "help" && *name != "proxy") {
        let below = sub_commands(&[name]).into_iter().filter(|below| below != "help");
        missing.extend(
            below.map(|below| format!("labdeckd {name} {below}")).filter(|whole| !page.contains(whole.as_str())),
        );
    }
    assert!(missing.is_empty(), "docs/headless.md lacks: {missing:?}");
}

#[test]
fn every_link_and_picture_leads_somewhere() {
    let mut broken = Vec::new();
    for file in papers() {
        let text = fs::read_to_string(&file).expect("a paper in UTF-8");
        for target in links(&text).into_iter().filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let path = target.split('#').next().unwrap_or(target);
            if !file.parent().expect("a folder").join(path).exists() {
                broken.push(format!("{}: {target}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these lead nowhere: {broken:#?}");
}

#[test]
fn the_commands_of_the_readme_are_the_makefiles() {
    let (readme, makefile) = (paper("README.md"), paper("Makefile"));
    for command in ["run", "test", "serve"] {
        assert!(readme.contains(&format!("make {command}")), "README.md does not name make {command}");
        assert!(makefile.contains(&format!("\n{command}:")), "the Makefile has no {command}");
    }
}
