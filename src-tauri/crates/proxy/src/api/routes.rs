//! The calls on `/api/routes`: list, get, add, delete, with configurable-http-proxy's statuses and texts. Pure but for
//! the table; the socket side is `mod.rs`.
//!
//! Deliberate differences: the token is checked before the body; a target that could never be reached is 400 and not
//! 201; a malformed escape is 400 and `DELETE /api/routes` works, where CHP hangs.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::{Answer, CallError, empty, json};
use crate::gate::path::has_valid_escapes;
use crate::routespec::Routespec;
use crate::table::{Route, RouteTable};
use crate::target::Target;

/// The part behind `/api/routes`, if this is a path of this API.
pub(super) fn path_below(path: &str) -> Option<&str> {
    path.strip_prefix("/api/routes").filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Decodes once; one slash in front, none at the end.
pub(super) fn decode(path: &str) -> Result<String, CallError> {
    let malformed = || CallError::new(StatusCode::BAD_REQUEST, "Path not valid: malformed percent escape");
    if !has_valid_escapes(path) {
        return Err(malformed());
    }
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| malformed())?;
    let trimmed = decoded.strip_suffix('/').unwrap_or(&decoded);
    Ok(if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") })
}

pub(super) fn list(table: &RouteTable, query: &str) -> Answer {
    let since = inactive_since(query)?;
    let routes = table.list().into_iter().filter(|route| since.is_none_or(|since| route.last_activity < since));
    let listed: Map<String, Value> = routes.map(|route| (route.spec.chp_path(), shown(&route))).collect();
    Ok(json(&Value::Object(listed)))
}

pub(super) fn get(table: &RouteTable, path: &str) -> Answer {
    let route = spec(path).ok().and_then(|spec| table.get(&spec));
    route.map(|route| json(&shown(&route))).ok_or_else(|| CallError::new(StatusCode::NOT_FOUND, ""))
}

pub(super) fn add(table: &RouteTable, path: &str, body: &[u8]) -> Answer {
    let bad = |text: String| CallError::new(StatusCode::BAD_REQUEST, text);
    let body: Value = serde_json::from_slice(body).map_err(|error| bad(format!("Body not valid JSON: {error}")))?;
    let Value::Object(mut data) = body else { return Err(bad("Must specify 'target' as string".to_owned())) };
    let Some(Value::String(target)) = data.remove("target") else {
        return Err(bad("Must specify 'target' as string".to_owned()));
    };
    data.remove("last_activity");
    let target = Target::parse(&target).map_err(|error| bad(error.to_string()))?;
    table.add(spec(path)?, target, Value::Object(data));
    Ok(empty(StatusCode::CREATED))
}

pub(super) fn delete(table: &RouteTable, path: &str) -> Answer {
    if spec(path).is_ok_and(|spec| table.remove(&spec)) {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    Err(CallError::new(StatusCode::NOT_FOUND, ""))
}

fn spec(path: &str) -> Result<Routespec, CallError> {
    Routespec::from_chp_path(path).map_err(|error| CallError::new(StatusCode::BAD_REQUEST, error.to_string()))
}

/// A route as CHP shows it: the posted object again, with its last activity.
fn shown(route: &Route) -> Value {
    let mut object = route.data.as_object().cloned().unwrap_or_default();
    object.insert("target".to_owned(), route.target.as_str().into());
    object.insert("last_activity".to_owned(), timestamp(route.last_activity).into());
    Value::Object(object)
}

/// JavaScript's `toISOString`: milliseconds and `Z`.
fn timestamp(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

/// `inactiveSince` or, in its absence, `inactive_since`.
fn inactive_since(query: &str) -> Result<Option<OffsetDateTime>, CallError> {
    let find = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let Some(raw) = find("inactiveSince").or_else(|| find("inactive_since")) else { return Ok(None) };
    let text = percent_decode_str(raw).decode_utf8_lossy();
    let refused = || CallError::new(StatusCode::BAD_REQUEST, format!("Invalid datestamp '{text}' must be ISO8601."));
    parse_time(&text).map(Some).ok_or_else(refused)
}

fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let with_offset = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, &Rfc2822)).ok();
    let without = || {
        let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]");
        PrimitiveDateTime::parse(text, form).ok().map(PrimitiveDateTime::assume_utc)
    };
    let day =
        || Date::parse(text, format_description!("[year]-[month]-[day]")).ok().map(|day| day.midnight().assume_utc());
    with_offset.or_else(without).or_else(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_trimmed() {
        for (given, wanted) in
            [("", "/"), ("/", "/"), ("/user/a%40b", "/user/a@b"), ("/user/a/", "/user/a"), ("/a%2540", "/a%40")]
        {
            assert_eq!(decode(path_below(&format!("/api/routes{given}")).unwrap()).unwrap(), wanted, "{given}");
        }
        assert!(decode("/%zz").is_err());
        assert!(path_below("/api/routesx").is_none());
        assert!(path_below("/api").is_none());
    }

    #[test]
    fn datestamps_of_many_forms_are_read() {
        for text in [
            "2099-01-01",
            "2099-01-01T00:00:00",
            "2099-01-01T00:00:00.000000",
            "2099-01-01T00:00:00Z",
            "2099-01-01T01:00:00.5+01:00",
        ] {
            assert!(parse_time(text).is_some_and(|at| at.year() == 2099 || at.year() == 2098), "{text}");
        }
        assert_eq!(inactive_since("inactiveSince=endoftheuniverse").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert!(inactive_since("x=1").unwrap().is_none());
    }

    #[test]
    fn time_is_written_as_javascript_does() {
        assert_eq!(timestamp(OffsetDateTime::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
