//! Writes every page with plausible data below a folder, to be looked at:
//! `cargo run -p labdeck-hub --example pages -- DIR`, then serve DIR over HTTP and open `/hub/`.
#![expect(clippy::print_stdout, reason = "tells where the pages are")]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use labdeck_hub::config::PageSettings;
use labdeck_hub::pages::{Pages, static_file};

#[path = "../tests/pages/fixture.rs"]
mod fixture;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("name a folder to write to")?).join("hub");
    fs::create_dir_all(folder.join("static"))?;
    for name in ["tokens.css", "pages.css", "home.js", "progress.js", "password.js", "logo.svg"] {
        fs::write(folder.join("static").join(name), static_file(name).ok_or(name)?.bytes)?;
    }
    let said = "Maintenance today at <b>18:00</b>. Servers stop at 17:55; please save before.";
    let variables = serde_json::json!({ "announcement_home": said }).as_object().cloned().unwrap_or_default();
    let settings = PageSettings { template_vars: variables, ..PageSettings::default() };
    let pages = Pages::new("/", "Brandt Lab", "0.1.0").with_changes(&settings);
    let words = fixture::Words(str::to_owned);
    let mut index = String::from("<!doctype html><meta charset=utf-8><ul>");
    for (name, html) in fixture::draw_all(&pages, &words) {
        fs::write(folder.join(format!("{name}.html")), html)?;
        index += &format!("<li><a href='{name}.html'>{name}</a>");
    }
    fs::write(folder.join("index.html"), index)?;
    println!("{}", folder.display());
    Ok(())
}
