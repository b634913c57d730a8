//! `SECURITY.md` names a test for each thing that must hold: each of them exists.

use std::path::Path;

/// The rows of the table: what must hold, and where.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| T-")?.split('|');
        let id = cells.next()?.trim();
        Some((id, cells.nth(1)?.trim()))
    })
}

#[test]
fn each_test_that_the_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let text = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut missing = Vec::new();
    let mut ids = Vec::new();
    for (id, tests) in rows(&text) {
        ids.push(id);
        for place in tests.split(';').map(str::trim) {
            let (file, names) = place.split_once(": ").unwrap_or((place, ""));
            let source = std::fs::read_to_string(root.join(file.trim_matches('`'))).unwrap_or_default();
            for name in names.split(", ").map(|name| name.trim_matches('`')) {
                if name.is_empty() || !source.contains(&format!("fn {name}(")) {
                    missing.push(format!("T-{id}: {name:?} in {file}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "SECURITY.md names tests that are not there:\n{}", missing.join("\n"));
    let wanted = [("Z", 8), ("X", 5), ("S", 8), ("V", 5)];
    let all: Vec<_> =
        wanted.iter().flat_map(|(letter, last)| (1..=*last).map(move |n| format!("{letter}{n}"))).collect();
    assert_eq!(ids, all, "each has its row");
}
