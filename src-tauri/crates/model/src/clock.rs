//! Time as a value. Owns [`Timestamp`] (what is stored and shown) and the [`Clock`] that every other room asks,
//! so that a test can stand still. Durations that only measure use the runtime's own monotonic clock.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A moment in UTC with microsecond precision, JupyterHub's resolution.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// A text that is no moment in time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a time; write it like 2026-11-20T06:07:29Z")]
pub struct TimestampError(String);

/// Where the hub reads the time of day. One per process, handed down.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

/// A clock that stands where it was set; for tests.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

// === impl Timestamp ===

impl Timestamp {
    /// From microseconds since 1970. Values beyond the calendar's range are moved to its nearest end.
    pub fn from_unix_micros(micros: i64) -> Self {
        let nanos = i128::from(micros) * 1000;
        let clamp = if micros < 0 { PrimitiveDateTime::MIN.assume_utc() } else { PrimitiveDateTime::MAX.assume_utc() };
        Self(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(clamp))
    }

    /// Microseconds since 1970.
    pub fn unix_micros(self) -> i64 {
        i64::try_from(self.0.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    /// Seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// This moment plus a duration; stays at the calendar's end where the sum would leave it.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros().saturating_add(micros))
    }

    /// This moment minus a duration.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros().saturating_sub(micros))
    }

    /// How long ago `earlier` was; zero if it lies ahead (a clock that was set back must not look like an age).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.unix_micros().saturating_sub(earlier.unix_micros())).unwrap_or(0))
    }

    /// Reads RFC 3339 with any offset, or the same without one (then UTC), as JupyterHub's clients send it.
    ///
    /// # Errors
    /// [`TimestampError`] with the text.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let with_offset = OffsetDateTime::parse(text, &Rfc3339);
        let parsed = with_offset.or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
        let moment = parsed.map_err(|_| TimestampError(text.chars().take(64).collect()))?;
        Ok(Self::from_unix_micros(
            i64::try_from(moment.to_offset(UtcOffset::UTC).unix_timestamp_nanos() / 1000).unwrap_or(0),
        ))
    }

    /// As JupyterHub's database columns hold it: `2026-11-20 06:07:29.322000`.
    pub fn to_db(self) -> String {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6]");
        self.0.format(&format).unwrap_or_default()
    }

    /// Reads [`Self::to_db`]'s form, with or without the fraction.
    ///
    /// # Errors
    /// [`TimestampError`] with the text.
    pub fn from_db(text: &str) -> Result<Self, TimestampError> {
        Self::parse(&text.replacen(' ', "T", 1))
    }
}

impl fmt::Display for Timestamp {
    /// JupyterHub's form: UTC with `Z`, six digits of fraction, none when it is zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        f.write_str(&self.0.format(&whole).unwrap_or_default())?;
        match self.0.microsecond() {
            0 => f.write_str("Z"),
            micros => write!(f, ".{micros:06}Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Timestamp {}

// === impl clocks ===

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

impl FixedClock {
    /// A clock that shows `at` until told otherwise.
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.unix_micros()))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Sets the clock, also backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.unix_micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_jupyterhub_does() {
        let t = Timestamp::parse("2026-11-20T06:07:29.322Z").unwrap();
        assert_eq!(t.to_string(), "2026-11-20T06:07:29.322000Z");
        assert_eq!(t.to_db(), "2026-11-20 06:07:29.322000");
        assert_eq!(Timestamp::from_db(&t.to_db()).unwrap(), t);
        assert_eq!(Timestamp::parse("2026-11-20T06:07:29").unwrap().to_string(), "2026-11-20T06:07:29Z");
        assert_eq!(Timestamp::parse("2026-11-20T07:07:29+01:00").unwrap().to_string(), "2026-11-20T06:07:29Z");
    }

    #[test]
    fn a_clock_set_back_shows_no_age() {
        let (early, late) = (Timestamp::from_unix_micros(1_000_000), Timestamp::from_unix_micros(3_000_000));
        assert_eq!(late.since(early), Duration::from_secs(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn nonsense_is_refused_with_the_text() {
        assert_eq!(Timestamp::parse("soon"), Err(TimestampError("soon".to_owned())));
    }
}
