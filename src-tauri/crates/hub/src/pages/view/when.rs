//! [`When`]: a moment in words, with the exact time beside it.

use labdeck_model::Timestamp;
use serde::Serialize;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// The moment of drawing: what "today" and "yesterday" are counted from.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// The hub's own distance from UTC. The teammates of a hub on a local network share its clock on the wall.
    pub offset: UtcOffset,
}

/// A moment as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct When {
    /// In words: `today 10:42`, `14 Nov 09:03`.
    pub text: String,
    /// In full, shown on pointing: `2026-11-20 10:42:07 +01:00`.
    pub exact: String,
    /// For machines (RFC 3339).
    pub datetime: String,
}

// === impl Moment ===

impl Moment {
    /// Puts a moment into words.
    pub fn words(&self, at: Timestamp) -> When {
        let (then, now) = (self.local(at), self.local(self.now));
        let clock = format_description!("[hour]:[minute]");
        let this_year = format_description!("[day padding:none] [month repr:short] [hour]:[minute]");
        let other_year = format_description!("[day padding:none] [month repr:short] [year]");
        let days = (now.date() - then.date()).whole_days();
        let text = match days {
            0 => then.format(clock).map(|t| format!("today {t}")),
            1 => then.format(clock).map(|t| format!("yesterday {t}")),
            -1 => then.format(clock).map(|t| format!("tomorrow {t}")),
            _ if now.year() == then.year() => then.format(this_year),
            _ => then.format(other_year),
        };
        let exact = format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory]:[offset_minute]"
        );
        When {
            text: text.unwrap_or_else(|_| at.to_string()),
            exact: then.format(exact).unwrap_or_else(|_| at.to_string()),
            datetime: at.to_string(),
        }
    }

    /// Whole seconds from `since` until now; 0 where the clock was set back.
    pub fn seconds_since(&self, since: Timestamp) -> u64 {
        self.now.since(since).as_secs()
    }

    fn local(&self, at: Timestamp) -> OffsetDateTime {
        let nanos = i128::from(at.unix_micros()) * 1000;
        let utc = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        utc.checked_to_offset(self.offset).unwrap_or(utc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_on_the_hubs_own_calendar() {
        let moment = Moment {
            now: Timestamp::parse("2026-11-20T00:30:00+02:00").unwrap(),
            offset: UtcOffset::from_hms(2, 0, 0).unwrap(),
        };
        let words = |text: &str| moment.words(Timestamp::parse(text).unwrap()).text;
        assert_eq!(words("2026-11-20T00:10:00+02:00"), "today 00:10");
        assert_eq!(words("2026-11-19T23:50:00+02:00"), "yesterday 23:50");
        assert_eq!(words("2026-11-21T01:00:00+02:00"), "tomorrow 01:00");
        assert_eq!(words("2026-11-04T09:03:00+02:00"), "4 Nov 09:03");
        assert_eq!(words("2025-01-02T09:03:00+02:00"), "2 Jan 2025");
        let exact = moment.words(Timestamp::parse("2026-11-19T22:10:00Z").unwrap());
        assert_eq!(exact.exact, "2026-11-20 00:10:00 +02:00");
        assert_eq!(exact.datetime, "2026-11-19T22:10:00Z");
    }

    #[test]
    fn the_ends_of_time_are_put_into_words_too() {
        let moment =
            Moment { now: Timestamp::from_unix_micros(i64::MAX), offset: UtcOffset::from_hms(14, 0, 0).unwrap() };
        assert!(!moment.words(Timestamp::from_unix_micros(i64::MIN)).text.is_empty());
    }
}
