//! [`Question`]: one line of a table in `questions/`. Who asks, method, path, then as needed headers in brackets, a body
//! (`json`, `form` or `text`, up to what follows), `until POINTER=VALUE` to ask again until the answer says so, and
//! `-> NAME=POINTER` to keep a part of the answer for later lines, where `$(NAME)` stands for it.
//!
//! Who: several, separated by commas, ask one after the other. `nobody`; a user or service of the fixture, by token; `token:NAME`, a token that was kept; `@NAME`, somebody's
//! browser, signed in; `?NAME`, a browser in which nobody has signed in. Browsers keep their cookies. `$(xsrf)`,
//! `$(session)` and `$(origin)` are the browser's own. A `#` at the beginning of a line begins a comment.

/// One thing that both hubs are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The line as it stands, with its blanks made one; declared differences name it.
    pub(crate) text: String,
    /// Who asks.
    pub(crate) who: String,
    /// The method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Further headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty is none.
    pub(crate) body: String,
    /// What the answer must come to say: a JSON pointer, or `status`, and its value.
    pub(crate) until: Option<(String, String)>,
    /// What later lines need of the answer: name, and a JSON pointer or `location:PARAMETER`.
    pub(crate) keep: Vec<(String, String)>,
}

/// Reads a table.
pub(crate) fn read(table: &str) -> Vec<Question> {
    let lines = table.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| everyone(line).into_iter().map(|line| read_line(&line))).collect()
}

/// The line, once for each who asks.
fn everyone(line: &str) -> Vec<String> {
    let (who, rest) = line.split_once(' ').unwrap_or((line, ""));
    who.split(',').map(|who| format!("{who} {rest}")).collect()
}

fn read_line(line: &str) -> Question {
    let text = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let (line, keep) = text.split_once(" -> ").unwrap_or((&text, ""));
    let (line, until) = line.split_once(" until ").map_or((line, None), |(line, until)| (line, Some(pair(until, "="))));
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (who, method, path, rest) = (word(), word(), word(), word());
    assert!(path.starts_with('/') || path == "*", "no path: {text}");
    let mut rest = rest.as_str();
    let mut headers = Vec::new();
    while let Some((header, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        headers.push(pair(header, ": "));
        rest = after.trim_start();
    }
    let (kind, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let content_type = match kind {
        "json" => "application/json",
        "form" => "application/x-www-form-urlencoded",
        "text" => "text/plain",
        "" => "",
        other => panic!("{other} is no kind of body: {text}"),
    };
    if !content_type.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    let keep = keep.split(", ").filter(|part| !part.is_empty()).map(|part| pair(part, "=")).collect();
    Question { who, method, path, headers, body: body.to_owned(), until, keep, text }
}

fn pair(text: &str, between: &str) -> (String, String) {
    let (left, right) = text.split_once(between).unwrap_or_else(|| panic!("no {between:?} in {text:?}"));
    (left.trim().to_owned(), right.trim().to_owned())
}

#[test]
fn a_line_is_read_as_it_is_written() {
    let [question] =
        &read("# a comment\n\nada  POST /x?y=1 [Accept: a/b] [N: 1] json {\"a\": [1]} -> id=/id, t=/token\n")[..]
    else {
        panic!("one question");
    };
    assert_eq!((question.who.as_str(), question.method.as_str(), question.path.as_str()), ("ada", "POST", "/x?y=1"));
    assert_eq!(question.headers.len(), 3);
    assert_eq!(question.body, r#"{"a": [1]}"#);
    assert_eq!(question.keep, [pair("id=/id", "="), pair("t=/token", "=")]);
    assert_eq!(read("nobody GET / until /ready=true")[0].until, Some(pair("/ready=true", "=")));
    let both: Vec<_> = read("ada,bo GET /x").into_iter().map(|question| question.text).collect();
    assert_eq!(both, ["ada GET /x", "bo GET /x"]);
}
