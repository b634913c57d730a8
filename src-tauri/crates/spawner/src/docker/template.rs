//! [`Template`]: a text of the configuration with names in braces that each server fills in, as dockerspawner has them.
//! Owns the names, and how a person's name becomes a part of a file name that can neither leave its folder nor be
//! taken for somebody else's.

use labdeck_model::ServerKey;

/// A text with names in braces: `jupyter-{username}`. `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It has a name that nothing stands for.
    #[error(
        "there is no {{{0}}}; there are {{username}}, {{raw_username}}, {{servername}}, {{raw_servername}}, {{imagename}} and {{prefix}}"
    )]
    UnknownName(String),
    /// A brace is not closed, or was never opened.
    #[error("a brace is alone; write {{{{ or }}}} for the sign itself")]
    LoneBrace,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(Name),
}

/// What a template can name. Reference: dockerspawner 14, `template_namespace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Username,
    RawUsername,
    Servername,
    RawServername,
    Imagename,
    Prefix,
}

/// What the names stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) key: &'a ServerKey,
    pub(super) image: &'a str,
    pub(super) prefix: &'a str,
}

// === impl Template ===

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let tail = &rest[at..];
            if let Some(after) = tail.strip_prefix("{{").or_else(|| tail.strip_prefix("}}")) {
                plain.push_str(&tail[..1]);
                rest = after;
                continue;
            }
            let (name, after) =
                tail.strip_prefix('{').and_then(|tail| tail.split_once('}')).ok_or(TemplateError::LoneBrace)?;
            let name = Name::parse(name).ok_or_else(|| TemplateError::UnknownName(name.chars().take(40).collect()))?;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Name(name));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it begins with, before the first name; the whole of a text without names.
    pub fn fixed_start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Name(_)) | None => "",
        }
    }

    /// Whether it differs between two servers of one person.
    pub(super) fn names_the_server(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Name(Name::Servername | Name::RawServername)))
    }

    /// The text for one server.
    pub(super) fn render(&self, names: &Names<'_>) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Name(name) => name.value(names),
        };
        self.parts.iter().map(part).collect()
    }
}

// === impl Name ===

impl Name {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "username" | "safe_username" => Self::Username,
            "raw_username" => Self::RawUsername,
            "servername" => Self::Servername,
            "raw_servername" => Self::RawServername,
            "imagename" => Self::Imagename,
            "prefix" => Self::Prefix,
            _ => return None,
        })
    }

    fn value(self, names: &Names<'_>) -> String {
        match self {
            Self::Username => escape(names.key.user.as_str()),
            Self::RawUsername => names.key.user.to_string(),
            Self::Servername => escape(names.key.server.as_str()),
            Self::RawServername => names.key.server.to_string(),
            Self::Imagename => names.image.replace(['/', ':', '@'], "-"),
            Self::Prefix => names.prefix.to_owned(),
        }
    }
}

/// Lower-case letters and digits stay, every other byte becomes a dash and its number in hexadecimal digits: two names
/// never become one. Reference: dockerspawner 14, `_default_escape`.
pub(super) fn escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("-{other:02x}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use labdeck_model::{ServerName, UserName};

    use super::*;

    pub(crate) fn key(user: &str, server: &str) -> ServerKey {
        ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap())
    }

    fn rendered(template: &str, user: &str, server: &str) -> String {
        let key = key(user, server);
        let names = Names { key: &key, image: "quay.io/a/b:1", prefix: "lab" };
        Template::parse(template).unwrap().render(&names)
    }

    #[test]
    fn names_are_filled_in_as_dockerspawner_does() {
        let rows = [
            ("{prefix}-{username}", "ada@lab.org", "", "lab-ada-40lab-2eorg"),
            ("{prefix}-{safe_username}--{servername}", "a-b", "gpu1", "lab-a-2db--gpu1"),
            ("/data/{raw_username}", "ada@lab.org", "", "/data/ada@lab.org"),
            ("{imagename}", "ada", "", "quay.io-a-b-1"),
            ("{{{username}}}", "ada", "", "{ada}"),
            ("plain", "ada", "", "plain"),
            ("", "ada", "", ""),
        ];
        for (template, user, server, expected) in rows {
            assert_eq!(rendered(template, user, server), expected, "{template}");
        }
    }

    #[test]
    fn a_text_with_a_mistake_is_refused() {
        assert_eq!(Template::parse("{user}").unwrap_err(), TemplateError::UnknownName("user".into()));
        for lone in ["{username", "username}", "{", "}", "{username}}"] {
            assert_eq!(Template::parse(lone).unwrap_err(), TemplateError::LoneBrace, "{lone}");
        }
        assert!(Template::parse("{}").is_err());
    }

    #[test]
    fn what_stands_before_the_first_name_is_known() {
        let start = |text: &str| Template::parse(text).unwrap().fixed_start().to_owned();
        assert_eq!(start("/data/{username}/x"), "/data/");
        assert_eq!(start("{username}"), "");
        assert_eq!(start("/data"), "/data");
    }

    #[test]
    fn an_escaped_name_stays_one_part_of_a_path_and_is_nobody_elses() {
        let hostile = ["a.b", "a-2eb", "a-b", "zoë", "a b", "x@y", "..", "a/../b", "-rf", "a_b"];
        let escaped: Vec<String> = hostile.iter().map(|name| escape(name)).collect();
        for (at, one) in escaped.iter().enumerate() {
            assert!(one.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{one}");
            assert!(!escaped[at + 1..].contains(one), "{one}");
        }
    }
}
