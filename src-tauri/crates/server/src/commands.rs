//! The sub-commands that look at or change something and end.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use http::Method;
use labdeck_hub::config::Config;
use labdeck_hub::pages::Pages;
use labdeck_model::{UserName, quote_path_part, shell_word};
use serde_json::json;

use crate::channel::Channel;
use crate::cli::{TokenCommand, UserCommand};

/// `labdeckd user …`.
pub(crate) async fn user(config: Config, data_dir: PathBuf, command: &UserCommand) -> Result<()> {
    let base = format!("{}hub/api", config.base_url);
    let native = config.authenticator == labdeck_hub::config::AuthenticatorKind::Native;
    let channel = Channel::open(config, data_dir).await?;
    let done = match command {
        UserCommand::Add { name, admin } => add(&channel, &base, name, *admin, native).await,
        UserCommand::List => list(&channel, &base).await,
        UserCommand::Remove { name } => remove(&channel, &base, name).await,
        UserCommand::Password { name } => link(&channel, &base, &UserName::parse(name)?).await,
    };
    channel.close().await;
    done
}

async fn add(channel: &Channel, base: &str, name: &str, admin: bool, native: bool) -> Result<()> {
    let name = UserName::parse(name)?;
    let overview = channel.call(Method::GET, &format!("{base}/labdeck/overview"), None).await?;
    if overview["hub"]["claimed"] != json!(true) && !admin {
        bail!(
            "Nobody has claimed this hub yet. Add its first admin: labdeckd user add {} --admin",
            shell_word(name.as_str())
        );
    }
    let path = format!("{base}/users/{}", quote_path_part(name.as_str()));
    channel.call(Method::POST, &path, Some(json!({ "admin": admin }))).await?;
    print(&format!("Added {name}{}.\n", if admin { " as an admin" } else { "" }))?;
    if native { link(channel, base, &name).await } else { Ok(()) }
}

async fn list(channel: &Channel, base: &str) -> Result<()> {
    let mut offset = 0;
    loop {
        let all = channel.call(Method::GET, &format!("{base}/users?limit=200&offset={offset}"), None).await?;
        let page = all.as_array().cloned().unwrap_or_default();
        for user in &page {
            let name = user["name"].as_str().unwrap_or_default();
            let admin = if user["admin"] == json!(true) { "admin" } else { "" };
            let last = user["last_activity"].as_str().unwrap_or("never");
            print(&format!("{name:<32} {admin:<6} last active {last}\n"))?;
        }
        if page.len() < 200 {
            return Ok(());
        }
        offset += 200;
    }
}

async fn remove(channel: &Channel, base: &str, name: &str) -> Result<()> {
    let name = UserName::parse(name)?;
    channel.call(Method::DELETE, &format!("{base}/users/{}", quote_path_part(name.as_str())), None).await?;
    print(&format!("Removed {name}. Their files were kept.\n"))
}

async fn link(channel: &Channel, base: &str, name: &UserName) -> Result<()> {
    let path = format!("{base}/labdeck/users/{}/invitation", quote_path_part(name.as_str()));
    let made = channel.call(Method::POST, &path, Some(json!({}))).await?;
    let text = |key: &str| made[key].as_str().unwrap_or_default().to_owned();
    print(&format!("They choose their password here, once, until {}:\n  {}\n", text("expires_at"), text("url")))
}

/// `labdeckd token …`.
pub(crate) async fn token(config: Config, data_dir: PathBuf, command: &TokenCommand) -> Result<()> {
    let TokenCommand::Create { user, scopes, note, expires_in } = command;
    let name = UserName::parse(user)?;
    let path = format!("{}hub/api/users/{}/tokens", config.base_url, quote_path_part(name.as_str()));
    let mut body = json!({ "note": note });
    if !scopes.is_empty() {
        body["scopes"] = json!(scopes);
    }
    if let Some(seconds) = expires_in {
        body["expires_in"] = json!(seconds);
    }
    let channel = Channel::open(config, data_dir).await?;
    let made = channel.call(Method::POST, &path, Some(body)).await;
    channel.close().await;
    let token = made?["token"].as_str().map(str::to_owned).context("The hub answered without a token")?;
    print(&format!("{token}\n"))
}

/// `labdeckd config show`.
pub(crate) fn show_config(config: &Config) -> Result<()> {
    for row in config.effective() {
        let line = format!("{:<44} {:<36} {}", row.key, row.value, row.source);
        print(&format!("{}\n", line.trim_end()))?;
    }
    for warning in &config.warnings {
        print(&format!("# {warning}\n"))?;
    }
    Ok(())
}

/// `labdeckd config check`. The settings themselves were checked when they were read.
pub(crate) fn check_config(config: &Config) -> Result<()> {
    let pages = Pages::new(&config.base_url, "Labdeck", env!("CARGO_PKG_VERSION")).with_changes(&config.pages);
    let problems: Vec<_> = pages.problems().iter().map(|problem| format!("\n  {problem}")).collect();
    anyhow::ensure!(problems.is_empty(), "Something of your own for the pages cannot be used:{}", problems.concat());
    for warning in &config.warnings {
        print(&format!("# {warning}\n"))?;
    }
    print("The configuration is good.\n")
}

/// Writes to standard output; a reader that went away is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
