//! Golden files: what a person has read and found right. `UPDATE=1` writes them anew, for the next person to read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// What one actor was answered, one text per column.
pub(crate) type Row = Vec<String>;

/// Compares with a file beside this one.
pub(crate) fn compare(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let sections = |text: &str| -> BTreeMap<String, String> {
        let parts = text.split("\n\n").filter_map(|part| part.split_once('\n'));
        parts.map(|(head, rows)| (head.to_owned(), rows.trim_end().to_owned())).collect()
    };
    let (wanted, found) = (sections(&wanted), sections(found));
    let mut differences = String::new();
    for head in wanted.keys().chain(found.keys().filter(|head| !wanted.contains_key(*head))) {
        if wanted.get(head) != found.get(head) {
            let text =
                |side: &BTreeMap<String, String>| side.get(head).cloned().unwrap_or_else(|| "    nothing".to_owned());
            let _ = write!(
                differences,
                "\n{head}\n  was read and found right:\n{}\n  is answered:\n{}\n",
                text(&wanted),
                text(&found)
            );
        }
    }
    assert!(
        differences.is_empty(),
        "{file}: who may do what has changed. Read it as an attacker would; if it is right, write it down with UPDATE=1.\n{differences}"
    );
}

/// One section: those that are answered alike on one line.
pub(crate) fn section(head: &str, rows: &[(String, Row)]) -> String {
    let mut alike: Vec<(&Row, Vec<&str>)> = Vec::new();
    for (who, row) in rows {
        match alike.iter_mut().find(|(known, _)| *known == row) {
            Some((_, names)) => names.push(who),
            None => alike.push((row, vec![who])),
        }
    }
    let mut text = format!("{head}\n");
    for (row, names) in alike {
        let short = row.iter().all(|cell| cell.len() == 3);
        let cells = row.join(if short { "  " } else { " | " });
        let _ = writeln!(text, "    {cells:<16} {}", names.join(", "));
    }
    text.push('\n');
    text
}
