//! [`shell_word`]: a name or path as one word of a command, for commands that people copy from a message and for those
//! that a shell is given.

/// One word for a POSIX shell, as Python's `shlex.quote` writes it: what is tame stays as it is.
///
/// ```
/// use labdeck_model::shell_word;
/// assert_eq!(shell_word("/srv/ada"), "/srv/ada");
/// assert_eq!(shell_word("/srv/ada's; rm x"), r#"'/srv/ada'"'"'s; rm x'"#);
/// ```
pub fn shell_word(word: &str) -> String {
    let tame = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(tame) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r#"'"'"'"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_a_shell_as_they_are() {
        assert_eq!(shell_word("/usr/bin/x-y_1.0"), "/usr/bin/x-y_1.0");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("it's $HOME"), r#"'it'"'"'s $HOME'"#);
        for (hostile, quoted) in
            [("a b", "'a b'"), ("~/x", "'~/x'"), ("a;b", "'a;b'"), ("a\nb", "'a\nb'"), ("`x`", "'`x`'")]
        {
            assert_eq!(shell_word(hostile), quoted);
        }
    }
}
