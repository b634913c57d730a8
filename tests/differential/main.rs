//! The same questions to an unmodified JupyterHub 6.1.1 and to `labdeckd`, and the answers compared: status, headers,
//! cookies, and each value of the body. The questions are the tables in `questions/`, one area each; what differs on
//! purpose stands in `declared.rs` with its reason. Any other difference fails, and so does one that stands there and is none
//! any more. JupyterHub comes from PyPI once for each computer (`scripts/jupyterhub.sh`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper that fails ends the test, and its output is the list of differences"
)]

mod answer;
mod asker;
mod declared;
mod kind;
mod pair;
mod question;
mod verdict;

use asker::Asker;
use pair::Pair;
use verdict::Verdict;

/// Asks a table to a fresh pair, and compares.
async fn compare(area: &str) {
    let table = pair::workspace(&format!("tests/differential/questions/{area}.txt"));
    let table = std::fs::read_to_string(table).unwrap();
    let base = if area == "prefix" { "/lab/" } else { "/" };
    let pair = Pair::start(base).await;
    let (mut theirs, mut ours) = tokio::join!(Asker::prepare(&pair.theirs, base), Asker::prepare(&pair.ours, base));
    let mut verdict = Verdict::new(area);
    for question in question::read(&table) {
        let (at_theirs, at_ours) = tokio::join!(theirs.ask(&question), ours.ask(&question));
        // Whatever is declared: an error of our own is never the better answer.
        assert!(
            !at_ours.status.is_server_error() || at_theirs.status == at_ours.status,
            "{}: {}",
            question.text,
            at_ours.status
        );
        let found = answer::differences(&answer::of(&at_theirs, &theirs), &answer::of(&at_ours, &ours));
        verdict.hear(&question, found);
    }
    verdict.end();
}

macro_rules! areas {
    ($($area:ident)*) => {$(
        #[tokio::test]
        async fn $area() {
            compare(stringify!($area)).await;
        }
    )*};
}

areas! { errors groups hub info oauth pages prefix rename servers services session shares tokens users xsrf }
