//! The rules that hold for one server. Owns their order: a person's own, then the groups', then the file's, then the
//! window's, then the default, which is that nothing is stopped.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// How long before a stop people are told, where nobody says otherwise: enough to come back from lunch's coffee and
/// press a button, and not so long that the warning is part of the furniture.
const DEFAULT_WARNING: Duration = Duration::from_secs(600);

/// The rules that hold for one server. `None` is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Stop when nobody used it and no kernel computed for so long.
    pub idle: Option<Duration>,
    /// Stop when a kernel has been busy without a word, and nobody there, for so long.
    pub busy_silent: Option<Duration>,
    /// Stop when it has run for so long, used or not.
    pub max_age: Option<Duration>,
    /// Tell people so long before.
    pub warn: Duration,
}

/// What one place says about the rules. An absent field says nothing; `null` or 0 switches a rule off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Seconds without use.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<u64>)]
    pub idle_seconds: Option<Option<u64>>,
    /// Seconds of computing without a word.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<u64>)]
    pub busy_silent_seconds: Option<Option<u64>>,
    /// Seconds since the start.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<u64>)]
    pub max_age_seconds: Option<Option<u64>>,
    /// Seconds of warning.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "said")]
    #[schema(value_type = Option<u64>)]
    pub warn_seconds: Option<Option<u64>>,
}

/// The places that may say something about one server.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Its user's own rule.
    pub person: Layer,
    /// Those of the groups of its user: the most generous counts.
    pub groups: Vec<Layer>,
    /// The configuration's.
    pub file: Layer,
    /// What was set in the window.
    pub window: Layer,
}

/// A field that is there is something said, also when it is `null`.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::<u64>::deserialize(deserializer).map(Some)
}

/// The rules that hold, from all that was said.
pub fn resolve(sources: &Sources) -> Rules {
    let pick = |field: fn(&Layer) -> Option<Option<u64>>| -> Option<Option<u64>> {
        let groups = sources.groups.iter().filter_map(field).max_by_key(|said| generosity(*said));
        field(&sources.person).or(groups).or_else(|| field(&sources.file)).or_else(|| field(&sources.window))
    };
    let time = |said: Option<Option<u64>>| said.flatten().filter(|&seconds| seconds > 0).map(Duration::from_secs);
    Rules {
        idle: time(pick(|layer| layer.idle_seconds)),
        busy_silent: time(pick(|layer| layer.busy_silent_seconds)),
        max_age: time(pick(|layer| layer.max_age_seconds)),
        warn: match pick(|layer| layer.warn_seconds) {
            Some(seconds) => Duration::from_secs(seconds.unwrap_or_default()),
            None => DEFAULT_WARNING,
        },
    }
}

/// Off is the most generous of all.
fn generosity(said: Option<u64>) -> u64 {
    said.filter(|&seconds| seconds > 0).unwrap_or(u64::MAX)
}

// === impl Layer ===

impl Layer {
    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

// === impl Rules ===

impl Rules {
    /// Whether any of them can stop something.
    pub fn any(&self) -> bool {
        self.shortest().is_some()
    }

    /// The shortest time that any of them asks for.
    pub fn shortest(&self) -> Option<Duration> {
        [self.idle, self.busy_silent, self.max_age].into_iter().flatten().min()
    }
}

/// A time as people say it: `2 hours`, `90 minutes`, `1 day`.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        s if s >= 172_800 && s.is_multiple_of(86_400) => (s / 86_400, "day"),
        s if s >= 7200 && s.is_multiple_of(3600) => (s / 3600, "hour"),
        3600 => (1, "hour"),
        s if s >= 7200 || (s >= 60 && s.is_multiple_of(60)) => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str) -> Layer {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_field_that_is_absent_says_nothing_and_null_switches_off() {
        let said = layer(r#"{"idle_seconds": null, "warn_seconds": 60}"#);
        assert_eq!((said.idle_seconds, said.max_age_seconds), (Some(None), None));
        assert_eq!(serde_json::to_string(&said).unwrap(), r#"{"idle_seconds":null,"warn_seconds":60}"#);
        assert!(layer("{}").is_empty() && !said.is_empty());
    }

    #[test]
    fn nothing_is_stopped_where_nobody_says_so() {
        let rules = resolve(&Sources::default());
        assert!(!rules.any());
        assert_eq!(rules.warn, DEFAULT_WARNING);
    }

    #[test]
    fn the_nearest_word_counts() {
        let hour = layer(r#"{"idle_seconds": 3600, "max_age_seconds": 7200}"#);
        let rules = |person: &str, groups: &[&str], file: &str| {
            resolve(&Sources {
                person: layer(person),
                groups: groups.iter().map(|text| layer(text)).collect(),
                file: layer(file),
                window: hour.clone(),
            })
        };
        let idle = |rules: Rules| rules.idle.map(|time| time.as_secs());
        assert_eq!(idle(rules("{}", &[], "{}")), Some(3600));
        assert_eq!(idle(rules("{}", &[], r#"{"idle_seconds": 60}"#)), Some(60));
        assert_eq!(
            idle(rules("{}", &[r#"{"idle_seconds": 5}"#, r#"{"idle_seconds": 9}"#], r#"{"idle_seconds": 60}"#)),
            Some(9)
        );
        assert_eq!(
            idle(rules("{}", &[r#"{"idle_seconds": 5}"#, r#"{"idle_seconds": 0}"#], "{}")),
            None,
            "off is the most"
        );
        let own = rules(r#"{"idle_seconds": null}"#, &[r#"{"idle_seconds": 5}"#], "{}");
        assert_eq!((idle(own), own.max_age.map(|time| time.as_secs())), (None, Some(7200)), "each field by itself");
    }

    #[test]
    fn times_read_as_people_say_them() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(
            (words(1), words(2), words(60), words(5400)),
            ("1 second".into(), "2 seconds".into(), "1 minute".into(), "90 minutes".into())
        );
        assert_eq!((words(100), words(7300)), ("100 seconds".into(), "121 minutes".into()));
        assert_eq!(
            (words(3600), words(7200), words(86_400), words(604_800)),
            ("1 hour".into(), "2 hours".into(), "24 hours".into(), "7 days".into())
        );
    }
}
