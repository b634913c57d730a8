//! Names as parsed values: whoever holds one may use it in a path, a container name or a query.
//! Rules are JupyterHub 6.1's (`orm.py`, `utils.py`: user names since 6.1, server names since 6.0),
//! with a length limit of our own where JupyterHub has none.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

/// Longest user, group or service name in characters. JupyterHub's column holds 255 bytes; a container's
/// label, a volume's name and a row on the screen want less.
const MAX_NAME_CHARS: usize = 64;

/// A name that breaks a rule. The text says which one and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but space.
    #[error("{0} is empty; type at least one letter or digit")]
    Empty(&'static str),
    /// Longer than the limit.
    #[error("{kind} has {chars} characters; {max} are the most")]
    TooLong {
        /// Which kind of name.
        kind: &'static str,
        /// How long it is.
        chars: usize,
        /// The limit.
        max: usize,
    },
    /// `.`, `..` or the like, which mean folders in a path.
    #[error("{0} may not consist of dots only; add a letter or digit")]
    OnlyDots(&'static str),
    /// A character that a path, a header or a person's eye would take for something else.
    #[error("{kind} may not contain {found:?}; use letters, digits, '.', '_', '-' and '@'")]
    Character {
        /// Which kind of name.
        kind: &'static str,
        /// The first such character.
        found: char,
    },
    /// The pattern of server names.
    #[error(
        "Invalid server_name: '{0}' must be 1 to 30 lower-case letters, digits and single dashes, beginning with a letter"
    )]
    ServerPattern(String),
    /// The rule of names that people read.
    #[error("Invalid display_name: '{0}' must be 1 to 255 visible characters, with single spaces between words only")]
    DisplayPattern(String),
    /// The pattern of role names.
    #[error(
        "role name {0:?} must be 3 to 255 of a-z, 0-9, '-', '_', '~', '.', beginning with a letter and ending with a letter or digit"
    )]
    RolePattern(String),
}

macro_rules! text_names {
    ($($(#[$doc:meta])* $name:ident = $rule:path),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks and normalises.
            ///
            /// # Errors
            /// [`NameError`] with the rule that is broken.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                $rule(text).map(Self)
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <String as utoipa::PartialSchema>::schema()
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )+};
}

text_names! {
    /// A user's name, normalised: NFKC, lower case, no outer space. `Ada`, `ADA` and `ａｄａ` are one account.
    UserName = user_name,
    /// A group's name, as given.
    GroupName = group_name,
    /// A service's name, as given.
    ServiceName = service_name,
    /// A role's name.
    RoleName = role_name,
    /// A server's name for people, in NFC.
    DisplayName = display_name,
    /// A named server's name, or the empty text for the default server.
    ServerName = server_name,
}

impl ServerName {
    /// The user's unnamed server.
    pub fn default_server() -> Self {
        Self(String::new())
    }

    /// Whether this is the default server.
    pub fn is_default(&self) -> bool {
        self.0.is_empty()
    }
}

fn user_name(text: &str) -> Result<String, NameError> {
    // Normalised before it is checked: a check of the raw form lets a look-alike become a second account.
    // Nearly all names are ASCII, which is its own normal form.
    let normal = if text.is_ascii() {
        text.trim().to_ascii_lowercase()
    } else {
        text.trim().nfkc().collect::<String>().to_lowercase()
    };
    plain("user name", normal.trim())
}

fn group_name(text: &str) -> Result<String, NameError> {
    plain("group name", text.trim())
}

fn service_name(text: &str) -> Result<String, NameError> {
    plain("service name", text.trim())
}

fn plain(kind: &'static str, text: &str) -> Result<String, NameError> {
    let chars = text.chars().count();
    if chars == 0 {
        return Err(NameError::Empty(kind));
    }
    if chars > MAX_NAME_CHARS {
        return Err(NameError::TooLong { kind, chars, max: MAX_NAME_CHARS });
    }
    if text.chars().all(|c| c == '.') {
        return Err(NameError::OnlyDots(kind));
    }
    match text.chars().find(|&c| !allowed(c)) {
        Some(found) => Err(NameError::Character { kind, found }),
        None => Ok(text.to_owned()),
    }
}

/// Letters and digits of any script, and the four signs that e-mail-like account names need. `%` and `/` would
/// change a path, `:` separates our own keys, controls and spaces are invisible.
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+')
}

fn server_name(text: &str) -> Result<String, NameError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let refused = || NameError::ServerPattern(text.chars().take(64).collect());
    let bytes = text.as_bytes();
    let begins = bytes.first().is_some_and(u8::is_ascii_lowercase);
    let inside = bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
    if begins && inside && bytes.len() <= 30 && !text.ends_with('-') && !text.contains("--") {
        Ok(text.to_owned())
    } else {
        Err(refused())
    }
}

/// JupyterHub's rule: 1 to 255 printable characters and single spaces, none of those at the ends.
fn display_name(text: &str) -> Result<String, NameError> {
    let normal: String = text.nfc().collect();
    let spaces = normal.contains("  ") || normal.starts_with(' ') || normal.ends_with(' ');
    let count = normal.chars().count();
    if spaces || !(1..=255).contains(&count) || normal.chars().any(|c| c != ' ' && !is_visible(c)) {
        return Err(NameError::DisplayPattern(text.chars().take(64).collect()));
    }
    Ok(normal)
}

/// Neither a space, a control nor a sign that formats or has no agreed shape.
fn is_visible(c: char) -> bool {
    let formats = matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}');
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    !(c.is_control() || c.is_whitespace() || formats || private)
}

fn role_name(text: &str) -> Result<String, NameError> {
    let bytes = text.as_bytes();
    let inside =
        bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'~' | b'.'));
    let begins = bytes.first().is_some_and(u8::is_ascii_lowercase);
    let ends = bytes.last().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if begins && ends && inside && (3..=255).contains(&bytes.len()) {
        Ok(text.to_owned())
    } else {
        Err(NameError::RolePattern(text.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_user() {
        for spelling in ["ada", "ADA", " Ada ", "ａｄａ"] {
            assert_eq!(UserName::parse(spelling).unwrap().as_str(), "ada", "{spelling}");
        }
    }

    #[test]
    fn unsafe_user_names_are_refused() {
        for bad in
            ["", "  ", ".", "..", "...", "a/b", "a\\b", "a%2e", "a b", "a\nb", "a:b", "a\u{202e}b", "<b>", "．．"]
        {
            assert!(UserName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(matches!(UserName::parse(&"x".repeat(300)), Err(NameError::TooLong { chars: 300, max: 64, .. })));
    }

    #[test]
    fn names_of_other_scripts_are_welcome() {
        assert_eq!(UserName::parse("Zoë").unwrap().as_str(), "zoë");
        assert_eq!(UserName::parse("мария").unwrap().as_str(), "мария");
        assert_eq!(UserName::parse("a.b@lab.org").unwrap().as_str(), "a.b@lab.org");
    }

    #[test]
    fn server_names_follow_jupyterhub_6() {
        for good in ["", "gpu", "gpu-1", "a"] {
            assert_eq!(ServerName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["GPU", "1a", "-a", "a-", "a--b", "a_b", "a.b", "..", "a/b", &"a".repeat(31)] {
            assert!(ServerName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn display_names_follow_jupyterhub_6() {
        for good in ["GPU", "My one", "Zoë's", "プロジェクト 1", &"x".repeat(255)] {
            assert_eq!(DisplayName::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(DisplayName::parse("zoe\u{308}").unwrap().as_str(), "zoë");
        for bad in ["", " a", "a ", "a  b", "a\tb", "a\u{a0}b", "a\u{202e}b", "a\u{200b}b", &"x".repeat(256)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_is_idempotent(text in "\\PC{0,80}") {
            if let Ok(name) = UserName::parse(&text) {
                proptest::prop_assert_eq!(UserName::parse(name.as_str()), Ok(name.clone()));
                proptest::prop_assert!(!name.as_str().contains(['/', '%', '\\', ':']));
            }
        }
    }
}
