//! What holds for every page, whatever stands in it: nothing breaks out of its place, nothing runs inline, every form
//! carries its token, every field has its label, and it all stays small.

mod fixture;
mod html;

use fixture::{Drawn, Words, draw_all};
use html::{Tag, tags, text_of};
use labdeck_hub::pages::view::{ErrorPage, LoginPage, Shell};
use labdeck_hub::pages::{Pages, static_file};

/// What people and programs might put into a field to get out of it.
const HOSTILE: &[&str] = &[
    "\"><script>alert(1)</script><x y=\"",
    "' onmouseover='alert(1)' x='",
    "--></title></textarea></noscript><!--<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% include 'page.html' %}{# x #}",
    "javascript:alert(document.domain)",
    "//evil.example/\\..",
    "\u{202e}gnp.exe\u{2066}\u{0}\u{1b}[31m\u{feff} 👩‍🔬 \r\n&amp;&lt;&#x3c;",
    "/ok\"><base href=//evil.example>",
];

fn pages() -> Pages {
    Pages::new("/lab/", "Brandt \"<Lab>\" & Co", "0.1.0")
}

fn plausible() -> Vec<Drawn> {
    draw_all(&pages(), &Words(str::to_owned))
}

/// A page's skeleton: its tags and the names of their attributes. Icons differ by state, so their insides do not count.
fn skeleton(html: &str) -> Vec<String> {
    let shape = |tag: &Tag| {
        let names: Vec<&str> = tag.attributes.iter().map(|(name, _)| name.as_str()).collect();
        format!("{} {}", tag.name, names.join(" "))
    };
    tags(html).iter().filter(|tag| !matches!(tag.name.as_str(), "path" | "circle")).map(shape).collect()
}

#[test]
fn hostile_text_changes_no_tag_and_no_attribute() {
    let long = "<b>é".repeat(2500);
    for hostile in HOSTILE.iter().copied().chain([long.as_str()]) {
        let replace = |text: &str| if text.is_empty() { String::new() } else { hostile.to_owned() };
        for ((name, honest), (_, attacked)) in plausible().iter().zip(draw_all(&pages(), &Words(replace))) {
            assert_eq!(skeleton(honest), skeleton(&attacked), "{name} with {hostile:.60?}");
        }
    }
}

#[test]
fn template_syntax_in_a_field_is_text() {
    let page = LoginPage { username: "{{ 7 * 7 }}".to_owned(), ..LoginPage::default() };
    let html = pages().login(&Shell::default(), &page);
    assert!(html.contains("{{ 7 * 7 }}") && !html.contains("49"));
}

#[test]
fn what_was_typed_comes_back_as_it_was() {
    for hostile in HOSTILE {
        let page = LoginPage { username: (*hostile).to_owned(), ..LoginPage::default() };
        let html = pages().login(&Shell::default(), &page);
        let field = tags(&html).into_iter().find(|tag| tag.get("id") == Some("username")).unwrap();
        assert_eq!(field.get("value"), Some(*hostile));
    }
}

#[test]
fn addresses_stay_on_this_host() {
    for hostile in HOSTILE {
        for (name, html) in draw_all(&pages(), &Words(|_: &str| (*hostile).to_owned())) {
            for tag in tags(&html) {
                for (key, value) in &tag.attributes {
                    if matches!(key.as_str(), "href" | "src" | "action" | "data-progress") {
                        let local = value.starts_with('#') || (value.starts_with('/') && !value.starts_with("//"));
                        assert!(local, "{name}: {key}={value:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn nothing_runs_or_is_styled_inline() {
    for (name, html) in plausible() {
        for tag in tags(&html) {
            assert_ne!(tag.name, "style", "{name}");
            assert!(tag.name != "script" || (tag.get("src").is_some() && tag.text.is_empty()), "{name}: {tag:?}");
            for (key, _) in &tag.attributes {
                assert!(key != "style" && !key.starts_with("on"), "{name}: {tag:?}");
            }
        }
    }
}

#[test]
fn every_form_posts_and_carries_the_token() {
    let mut forms = 0;
    for (name, html) in plausible() {
        for form in html.split("<form ").skip(1) {
            forms += 1;
            let form = format!("<form {}", form.split("</form>").next().unwrap());
            let all = tags(&form);
            assert_eq!(all[0].get("method"), Some("post"), "{name}");
            assert!(all[0].get("action").is_some_and(|action| action.starts_with('/')), "{name}: {form}");
            let token =
                all.iter().find(|tag| tag.get("name") == Some("_xsrf")).unwrap_or_else(|| panic!("{name}: {form}"));
            assert_eq!(token.get("type"), Some("hidden"), "{name}");
            assert!(token.get("value").is_some_and(|value| value.starts_with("MnwxOjB8")), "{name}");
        }
        assert!(
            !html.contains("_xsrf=") || name.starts_with("spawn_pending"),
            "{name}: the token is not for addresses"
        );
    }
    assert!(forms > 40, "{forms}");
}

#[test]
fn the_login_form_is_jupyterhubs() {
    let page = LoginPage { next: Some("/lab/hub/user/ada/lab?a=1&b=2".to_owned()), ..LoginPage::default() };
    let all = tags(&pages().login(&Shell { xsrf: "tok".to_owned(), ..Shell::default() }, &page));
    let form = all.iter().find(|tag| tag.name == "form").unwrap();
    assert_eq!(form.get("action"), Some("/lab/hub/login?next=%2Flab%2Fhub%2Fuser%2Fada%2Flab%3Fa%3D1%26b%3D2"));
    let names: Vec<_> = all.iter().filter(|tag| tag.name == "input").filter_map(|tag| tag.get("name")).collect();
    assert_eq!(names, ["_xsrf", "username", "password"]);
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, html) in plausible() {
        let all = tags(&html);
        let mut ids: Vec<&str> = all.iter().filter_map(|tag| tag.get("id")).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        for tag in &all {
            for key in ["for", "aria-describedby", "aria-labelledby", "aria-controls"] {
                for id in tag.get(key).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {key}={id:?}");
                }
            }
        }
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in plausible() {
        let all = tags(&html);
        for field in all.iter().filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "textarea")) {
            if field.get("type") == Some("hidden") {
                continue;
            }
            let id = field.get("id").unwrap_or_else(|| panic!("{name}: {field:?}"));
            let labels = all.iter().filter(|tag| tag.name == "label" && tag.get("for") == Some(id)).count();
            assert_eq!(labels, 1, "{name}: {id}");
        }
    }
}

#[test]
fn every_page_has_language_title_landmarks_and_one_heading() {
    for (name, html) in plausible() {
        let all = tags(&html);
        let count = |tag_name: &str| all.iter().filter(|tag| tag.name == tag_name).count();
        assert_eq!(all.iter().find(|tag| tag.name == "html").and_then(|tag| tag.get("lang")), Some("en"), "{name}");
        assert_eq!(
            (count("title"), count("main"), count("header"), count("footer"), count("h1")),
            (1, 1, 1, 1, 1),
            "{name}"
        );
        assert!(all.iter().any(|tag| tag.get("class") == Some("skip") && tag.get("href") == Some("#main")), "{name}");
        assert!(!text_of(&html).contains("none"), "{name}: an absent value was drawn");
    }
}

#[test]
fn a_page_with_its_files_stays_below_40_kilobytes() {
    let files = ["tokens.css", "pages.css", "home.js", "progress.js", "password.js", "logo.svg"];
    for (name, html) in plausible() {
        let asked = files.iter().filter(|file| html.contains(&format!("{file}?")));
        let files: usize = asked.map(|file| static_file(file).unwrap().bytes.len()).sum();
        assert!(html.len() + files < 40_000, "{name}: {} + {files}", html.len());
    }
}

#[test]
fn the_home_page_names_the_parts_that_its_script_keeps_fresh() {
    let (_, html) = plausible().into_iter().find(|(name, _)| *name == "home").unwrap();
    let all = tags(&html);
    let parts: Vec<_> = all.iter().filter_map(|tag| tag.get("data-live")).collect();
    assert_eq!(parts, ["requests", "first", "named"]);
    assert!(html.contains("home.js?"));
}

#[test]
fn while_a_failed_start_is_cleared_away_the_page_says_that_it_failed() {
    let (_, html) = plausible().into_iter().find(|(name, _)| *name == "stop_pending-failed").unwrap();
    let text = text_of(&html);
    assert!(text.contains("did not start") && text.contains("status 1 before it answered"), "{text}");
    assert!(!text.contains("closing its kernels"), "{text}");
}

#[test]
fn where_sizes_are_offered_a_stack_says_no_limits_of_its_own() {
    let (_, html) = plausible().into_iter().find(|(name, _)| *name == "spawn").unwrap();
    let (stacks, sizes) = html.split_once("How large shall it be?").unwrap();
    assert!(!stacks.contains("GB memory") && sizes.contains("memory"), "{html}");
}

#[test]
fn the_progress_page_reloads_itself_only_without_script() {
    let (_, html) = plausible().into_iter().find(|(name, _)| *name == "spawn_pending").unwrap();
    assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    let all = tags(&html);
    let steps: Vec<_> = all.iter().filter_map(|tag| tag.get("data-step")).collect();
    assert_eq!(steps, ["queued", "pulling", "creating", "booting"]);
    assert_eq!(
        all.iter().find(|tag| tag.get("aria-current") == Some("step")).and_then(|tag| tag.get("data-step")),
        Some("booting")
    );
}

#[test]
fn the_warning_about_the_open_network_stands_on_every_page_that_asks_for_it() {
    let said = |shell: &Shell| pages().login(shell, &LoginPage::default()).contains("Not encrypted.");
    assert!(said(&Shell { insecure_network: true, ..Shell::default() }));
    assert!(!said(&Shell::default()));
}

#[test]
fn every_status_has_words() {
    for status in 400..600 {
        let html = pages().error(&Shell::default(), &ErrorPage::of_status(status));
        assert!(html.contains("<h1>") && text_of(&html).contains(&status.to_string()), "{status}");
    }
}

#[test]
fn pages_and_window_share_their_tokens() {
    let window = include_str!("../../../../../ui/src/styles/tokens.css");
    assert_eq!(std::str::from_utf8(&static_file("tokens.css").unwrap().bytes).unwrap(), window);
}
