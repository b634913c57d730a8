//! How long the hub waits before it starts a service again. Pure.

use std::time::Duration;

/// After the first end. JupyterHub starts again at once, and so as often as a broken program can fail.
const FIRST: Duration = Duration::from_secs(1);
/// After many ends in a row.
const LONGEST: Duration = Duration::from_secs(300);
/// Who ran that long ran well: the next end is a first one again.
const RAN_WELL: Duration = Duration::from_secs(60);

/// The pause after a run of this length, with the one before it.
pub(super) fn next(before: Option<Duration>, ran: Duration) -> Duration {
    match before {
        Some(before) if ran < RAN_WELL => (before * 2).min(LONGEST),
        Some(_) | None => FIRST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_a_good_run_ends_that() {
        let mut pauses = vec![next(None, Duration::ZERO)];
        for _ in 0..10 {
            pauses.push(next(pauses.last().copied(), Duration::from_secs(2)));
        }
        let seconds: Vec<_> = pauses.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(next(Some(LONGEST), RAN_WELL), FIRST);
    }
}
