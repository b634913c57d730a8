//! The configuration from outside: what it reads, which source wins, what it says of mistakes.

mod containers;
mod errors;
mod reading;

use super::Config;

/// The problems of a text, one line each.
fn problems(text: &str) -> Vec<String> {
    let error = Config::from_toml("labdeck.toml", text).expect_err("a configuration with mistakes");
    error.problems.iter().map(ToString::to_string).collect()
}

fn good(text: &str) -> Config {
    Config::from_toml("labdeck.toml", text).unwrap_or_else(|e| panic!("{e}"))
}
