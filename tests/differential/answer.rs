//! [`Answer`]: what of an answer is compared, as texts by the name of their place. Times of now, ids, tokens
//! and the hub's own address are the same on both sides by then; nothing else is left out.

use std::collections::{BTreeMap, BTreeSet};

use labdeck_model::{Clock as _, SystemClock, Timestamp};
use labdeck_testkit::Page;
use serde_json::Value;

use crate::asker::Asker;

/// Headers that are not compared: those of the connection and of the program that serves, and what depends on how long a
/// body is. Cookies are compared by themselves.
const PASSED_OVER: [&str; 8] =
    ["connection", "content-length", "date", "etag", "last-modified", "server", "set-cookie", "transfer-encoding"];

/// Numbers and texts that differ from run to run: of which kind they are is compared, and of ids their letters.
const VOLATILE: [&str; 5] = ["id", "token_id", "session_id", "pid", "code"];

/// A time is of now if it is no further off, in seconds: a busy machine asks a whole table in that.
const NOW: i64 = 600;

/// Begins a message with a set of scopes, in an order that differs from run to run.
const EXCESS: &str = "Not assigning requested scopes ";

/// Place → value.
pub(crate) type Answer = BTreeMap<String, String>;

/// Where two answers differ: place, theirs, ours.
pub(crate) type Difference = (String, String, String);

/// What is compared of an answer.
pub(crate) fn of(page: &Page, asker: &Asker) -> Answer {
    let mut answer = Answer::new();
    answer.insert("status".to_owned(), page.status.as_u16().to_string());
    for name in page.headers.keys().map(http::HeaderName::as_str) {
        // What kind of nothing an empty body is, matters to nobody.
        if PASSED_OVER.contains(&name) || name == "content-type" && page.body.is_empty() {
            continue;
        }
        if let Some(value) = page.header(name) {
            answer.insert(name.to_owned(), plain_header(name, value, asker));
        }
    }
    for line in page.set_cookies() {
        let (name, rest) = cookie(line);
        answer.insert(format!("cookie {name}"), rest);
    }
    put_body(&mut answer, page, asker);
    answer
}

/// Every place where they are not the same.
pub(crate) fn differences(theirs: &Answer, ours: &Answer) -> Vec<Difference> {
    let places: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    let of = |answer: &Answer, place: &str| answer.get(place).cloned().unwrap_or_else(|| "-".to_owned());
    let pairs = places.into_iter().map(|place| (place.clone(), of(theirs, place), of(ours, place)));
    pairs.filter(|(_, theirs, ours)| theirs != ours).collect()
}

fn put_body(answer: &mut Answer, page: &Page, asker: &Asker) {
    let kind = page.header("content-type").unwrap_or_default();
    if kind.starts_with("text/event-stream") {
        let events = page.body.lines().filter_map(|line| line.strip_prefix("data: "));
        let events = events.map(|text| serde_json::from_str(text).unwrap_or(Value::Null)).collect();
        flatten(answer, "", &Value::Array(events), asker);
    } else if kind.starts_with("text/html") && !page.body.is_empty() {
        answer.insert("body".to_owned(), "a page".to_owned());
        let fields = fields(&page.body);
        // Programs sign in by the form; other pages are for people.
        if fields.contains("password") {
            answer.insert("form fields".to_owned(), fields);
        }
    } else if let Ok(value) = serde_json::from_str::<Value>(&page.body) {
        flatten(answer, "", &value, asker);
    } else {
        answer.insert("body".to_owned(), plain(&page.body, asker));
    }
}

/// Names of what a page's forms send.
fn fields(html: &str) -> String {
    let inputs = html.split("<input").skip(1).filter_map(|part| part.split('>').next());
    let names: BTreeSet<_> = inputs.filter_map(|tag| tag.split("name=\"").nth(1)?.split('"').next()).collect();
    names.into_iter().collect::<Vec<_>>().join(" ")
}

fn flatten(answer: &mut Answer, place: &str, value: &Value, asker: &Asker) {
    match value {
        Value::Object(map) => {
            answer.insert(format!("{place}{{}}"), String::new());
            for (name, value) in map.iter().filter(|(name, _)| !name.starts_with("labdeck_")) {
                let place = format!("{place}/{name}");
                if name == "last_activity" {
                    // JupyterHub writes it before it answers, we a moment later.
                    let shown = value.as_str().and_then(time).unwrap_or_else(|| value.to_string());
                    let fresh = shown == "null" || shown == "(now)";
                    answer.insert(place, if fresh { "null or (now)".to_owned() } else { shown });
                } else if VOLATILE.contains(&name.as_str()) && !value.is_null() {
                    answer.insert(place, kind_of(name, value));
                } else {
                    flatten(answer, &place, value, asker);
                }
            }
        }
        Value::Array(list) if is_set(place) => {
            let mut texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            texts.sort_unstable();
            answer.insert(place.to_owned(), texts.join(", "));
        }
        Value::Array(list) => {
            answer.insert(format!("{place}[]"), list.len().to_string());
            for (at, value) in list.iter().enumerate() {
                flatten(answer, &format!("{place}/{at}"), value, asker);
            }
        }
        Value::String(text) => drop(answer.insert(place.to_owned(), format!("{:?}", plain(text, asker)))),
        other => drop(answer.insert(place.to_owned(), other.to_string())),
    }
}

/// Lists in which the order says nothing, and JupyterHub's own differs from run to run.
fn is_set(place: &str) -> bool {
    place.ends_with("/scopes") || place.ends_with("/roles") || place.ends_with("/groups")
}

/// A text without what differs from run to run.
fn plain(text: &str, asker: &Asker) -> String {
    if let Some(time) = time(text) {
        return time;
    }
    let mut text = text.replace(asker.origin(), "(origin)");
    let host = asker.origin().trim_start_matches("http://");
    text = text.replace(host, "(host)");
    for (name, value) in &asker.kept {
        if value.len() >= 16 {
            text = text.replace(value.as_str(), &format!("({name})"));
        }
    }
    // Ids are short: they are known by standing alone.
    let known = |word: &str| asker.kept.iter().find(|(_, value)| !word.is_empty() && *value == word);
    let words =
        text.split(' ').map(|word| known(word).map_or_else(|| word.to_owned(), |(name, _)| format!("({name})")));
    text = words.collect::<Vec<_>>().join(" ");
    if let Some((path, _)) = text.split_once("accept-share?code=") {
        return format!("{path}accept-share?code=(code)");
    }
    if let Some((list, whose)) = text.strip_prefix(EXCESS).and_then(|rest| rest.split_once(" not held by ")) {
        let mut scopes: Vec<_> = list.split(',').collect();
        scopes.sort_unstable();
        return format!("{EXCESS}{} not held by {whose}", scopes.join(","));
    }
    if text.len() == 30 && text.chars().all(|c| c.is_ascii_alphanumeric()) {
        return "(token)".to_owned();
    }
    if text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit()) {
        return "(token)".to_owned();
    }
    text
}

/// Of an id its letters; of others whether they are a text.
fn kind_of(name: &str, value: &Value) -> String {
    match value.as_str() {
        Some(id) if name.ends_with("id") && id.len() < 16 => {
            id.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
        }
        Some(_) => "a text".to_owned(),
        None => "a number".to_owned(),
    }
}

/// `2026-11-20T06:07:29.322000Z`, with or without the fraction, which a proxy writes with three digits: a time of this
/// run as `(now)`, one to come by the minutes until then, an older one, which a question gave, as it is.
fn time(text: &str) -> Option<String> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let shapes = ["0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00.000000Z"];
    if !shapes.contains(&shape.as_str()) {
        return None;
    }
    let ahead = Timestamp::parse(text).ok()?.unix_seconds() - SystemClock.now().unix_seconds();
    Some(match ahead {
        31.. => format!("(in {} minutes)", (ahead + 30) / 60),
        _ if ahead < -NOW => text.to_owned(),
        _ => "(now)".to_owned(),
    })
}

fn plain_header(name: &str, value: &str, asker: &Asker) -> String {
    let value = plain(value, asker);
    if name == "content-type" {
        return value.to_lowercase();
    }
    if name != "location" {
        return value;
    }
    // The order and the way of escaping do not matter, nor do codes and XSRF tokens.
    let Some((path, query)) = value.split_once('?') else { return value };
    let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (name, value) in &mut pairs {
        if ["code", "_xsrf"].contains(&name.as_str()) {
            "*".clone_into(value);
        }
    }
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Name and all but the value of a `Set-Cookie` line; a lifetime in hours.
fn cookie(line: &str) -> (String, String) {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
    let mut marks: Vec<_> = parts
        .map(|part| match part.split_once('=') {
            Some((name, date)) if name.eq_ignore_ascii_case("expires") => lifetime(seconds_until(date)),
            Some((name, value)) if name.eq_ignore_ascii_case("max-age") => lifetime(value.parse().ok()),
            Some((name, value)) => format!("{}={value}", name.to_lowercase()),
            None => part.to_lowercase(),
        })
        .collect();
    marks.sort();
    marks.dedup();
    if value.trim_matches('"').is_empty() {
        marks.retain(|mark| mark.starts_with("path="));
        marks.insert(0, "gone".to_owned());
    }
    (name.to_owned(), marks.join(" "))
}

fn lifetime(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "no lifetime".to_owned(), |seconds| format!("{}h", (seconds + 1800) / 3600))
}

/// How far off a date of HTTP is: `Fri, 04 Dec 2026 06:07:29 GMT`.
fn seconds_until(date: &str) -> Option<i64> {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [_, day, month, year, clock, _] = date.split(' ').collect::<Vec<_>>()[..] else { return None };
    let month = months.iter().position(|name| *name == month)? + 1;
    let at = Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}Z")).ok()?;
    Some(at.unix_seconds() - SystemClock.now().unix_seconds())
}
