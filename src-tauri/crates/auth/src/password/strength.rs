//! What makes a password good enough, in words that say what to do. Pure.

use std::collections::BTreeSet;

use labdeck_model::UserName;

use super::well_known;

/// Fewest characters.
pub const MIN_CHARS: usize = 8;
/// Most characters.
pub const MAX_CHARS: usize = 128;
/// Most bytes of any password that is looked at; 128 characters of four bytes each, and room.
pub const MAX_BYTES: usize = 1024;
/// Fewest different characters: fewer is a pattern such as `aaaabbbb`.
const MIN_DIFFERENT: usize = 4;
/// How many digits and signs at the end do not make another word of a word.
const TAIL: usize = 4;

/// A rule that a new password breaks. The text is for the person who chooses it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Too few characters.
    #[error("The password has {0} characters; choose at least 8. Three or four words in a row are easy to remember")]
    TooShort(usize),
    /// Too many characters.
    #[error("The password has {0} characters; choose at most 128")]
    TooLong(usize),
    /// Too many bytes.
    #[error("The password is longer than 1024 bytes; choose a shorter one")]
    TooManyBytes,
    /// A NUL or another control character, which some programs cut a text at.
    #[error("The password contains a character that cannot be typed; leave it out")]
    Control,
    /// The user's own name, or that and a few digits.
    #[error("The password is your user name; choose something that others would not try first")]
    UserName,
    /// The product's name, or that and a few digits.
    #[error("The password is the name of this hub; choose something that others would not try first")]
    HubName,
    /// One of the most common passwords, or that and a few digits.
    #[error("The password is one of the most common ones; choose another, for instance three or four words in a row")]
    Common,
    /// A pattern of hardly any different characters.
    #[error("The password has hardly any different characters; mix in others")]
    Monotonous,
}

/// Checks a new password.
///
/// # Errors
/// The first [`PasswordRule`] that it breaks.
pub fn check_rules(password: &str, user: &UserName) -> Result<(), PasswordRule> {
    if password.len() > MAX_BYTES {
        return Err(PasswordRule::TooManyBytes);
    }
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(PasswordRule::TooShort(chars));
    }
    if chars > MAX_CHARS {
        return Err(PasswordRule::TooLong(chars));
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordRule::Control);
    }
    check_words(&password.trim().to_lowercase(), user)
}

fn check_words(lower: &str, user: &UserName) -> Result<(), PasswordRule> {
    let word = without_tail(lower);
    let is = |known: &str| lower == known || word == known;
    if is(user.as_str()) || is(user.as_str().split('@').next().unwrap_or_default()) {
        return Err(PasswordRule::UserName);
    }
    if well_known::HUB_NAMES.into_iter().any(is) {
        return Err(PasswordRule::HubName);
    }
    if well_known::PASSWORDS.split_ascii_whitespace().any(is) {
        return Err(PasswordRule::Common);
    }
    if lower.chars().collect::<BTreeSet<_>>().len() < MIN_DIFFERENT {
        return Err(PasswordRule::Monotonous);
    }
    Ok(())
}

/// The text without up to [`TAIL`] digits and signs at its end. What remains must be longer than those.
fn without_tail(text: &str) -> &str {
    let word = text.trim_end_matches(|c: char| !c.is_alphabetic());
    let tail = text.chars().count() - word.chars().count();
    if tail <= TAIL { word } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordRule> {
        check_rules(password, &UserName::parse("benedetta").unwrap())
    }

    #[test]
    fn good_passwords_of_any_script_pass() {
        let most = "aé🔑x".repeat(32);
        for good in
            ["correct horse battery", "пароль-мой-длинный", "🔑🔒🚪🏠🔑🔒🚪🏠", "  mind the gap  ", "x7#kQ!2z", &most]
        {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn each_rule_has_its_answer() {
        let rows = [
            ("short 7".to_owned(), PasswordRule::TooShort(7)),
            ("пароль".to_owned(), PasswordRule::TooShort(6)),
            ("abcd ".repeat(26), PasswordRule::TooLong(130)),
            ("🔑".repeat(257), PasswordRule::TooManyBytes),
            ("nul\0in it is bad".to_owned(), PasswordRule::Control),
            ("BENEDETTA".to_owned(), PasswordRule::UserName),
            ("benedetta2026".to_owned(), PasswordRule::UserName),
            ("JupyterHub".to_owned(), PasswordRule::HubName),
            ("labdeck!1".to_owned(), PasswordRule::HubName),
            ("Password1".to_owned(), PasswordRule::Common),
            ("12345678".to_owned(), PasswordRule::Common),
            ("qwertyuiop".to_owned(), PasswordRule::Common),
            ("sunshine99".to_owned(), PasswordRule::Common),
            ("xoxoxoxoxo".to_owned(), PasswordRule::Monotonous),
        ];
        for (password, rule) in rows {
            assert_eq!(check(&password), Err(rule), "{password:?}");
        }
    }

    #[test]
    fn a_common_word_inside_a_long_password_is_fine() {
        assert_eq!(check("sunshine over 7 wet roofs"), Ok(()));
        assert_eq!(check("password93847198"), Ok(()));
    }

    #[test]
    fn every_answer_says_what_to_do() {
        use PasswordRule as R;
        let all = [
            R::TooShort(1),
            R::TooLong(200),
            R::TooManyBytes,
            R::Control,
            R::UserName,
            R::HubName,
            R::Common,
            R::Monotonous,
        ];
        for rule in all {
            let text = rule.to_string();
            assert!(text.contains("choose") || text.contains("leave") || text.contains("mix"), "{text}");
        }
    }
}
