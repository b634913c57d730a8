//! Values as Python writes them: JupyterHub's refusals quote what they refuse so, and clients read these texts. Owns no
//! decisions but one: whether a body is of the kinds that a call knows.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// The name of a value's class.
pub(crate) fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// A value as `repr` writes it.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(list) => format!("[{}]", list.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| format!("{}: {}", repr_text(name), repr(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as `repr` writes it.
pub(crate) fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\\' => written.push_str("\\\\"),
            letter if letter == quote => written.extend(['\\', letter]),
            letter if letter.is_control() => written.push_str(&format!("\\x{:02x}", u32::from(letter))),
            letter => written.push(letter),
        }
    }
    written.push(quote);
    written
}

/// The fields of a body, each of the class that the call knows for it. `of` is what the body describes.
///
/// # Errors
/// 400 in JupyterHub's words (`_check_model`).
pub(crate) fn checked(body: Value, known: &[(&str, &str)], of: &str) -> Result<Map<String, Value>> {
    let Value::Object(fields) = body else {
        return Err(Error::invalid(format!("Invalid JSON data: {}", repr(&body))));
    };
    if fields.keys().any(|name| !known.iter().any(|(known, _)| known == name)) {
        return Err(Error::invalid(format!("Invalid JSON keys: {}", repr(&Value::Object(fields)))));
    }
    for (name, wanted) in known {
        let Some(value) = fields.get(*name) else { continue };
        let found = class_of(value);
        if found != *wanted {
            let words = format!("{of}.{name} must be <class '{wanted}'>, not: <class '{found}'>");
            return Err(Error::invalid(words));
        }
    }
    Ok(fields)
}

/// The texts of a list.
///
/// # Errors
/// 400 with `words` and the class of the first that is none.
pub(crate) fn texts(list: &[Value], words: &str) -> Result<Vec<String>> {
    let text = |value: &Value| {
        let refused = || Error::invalid(format!("{words} must be str, not <class '{}'>", class_of(value)));
        value.as_str().map(str::to_owned).ok_or_else(refused)
    };
    list.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_python_writes_them() {
        let value = json!({ "a": [1, 2.5, null, true], "b": "it's", "c": "a\"b'c\n\u{1}\\" });
        assert_eq!(repr(&value), r#"{'a': [1, 2.5, None, True], 'b': "it's", 'c': 'a"b\'c\n\x01\\'}"#);
    }

    #[test]
    fn a_body_of_other_kinds_is_refused_in_jupyterhubs_words() {
        let known = [("name", "str"), ("admin", "bool")];
        let refusal = |body: Value| checked(body, &known, "user").unwrap_err().public().to_owned();
        assert_eq!(refusal(Value::Null), "Invalid JSON data: None");
        assert_eq!(refusal(json!({ "shoe": 1 })), "Invalid JSON keys: {'shoe': 1}");
        assert_eq!(refusal(json!({ "admin": "no" })), "user.admin must be <class 'bool'>, not: <class 'str'>");
        assert_eq!(checked(json!({ "name": "ada" }), &known, "user").unwrap()["name"], "ada");
        assert!(texts(&[json!("ada"), json!(1)], "usernames").is_err());
    }
}
