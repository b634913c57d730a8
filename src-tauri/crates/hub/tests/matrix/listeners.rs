//! What each of the four listeners serves, and to whom.

use std::collections::BTreeMap;

use http::Method;
use labdeck_hub::front::Listener;

use crate::golden::{compare, section};
use crate::world::{Template, WINDOW_TOKEN};

const LISTENERS: [(&str, Listener); 4] = [
    ("hub", Listener::Hub),
    ("control", Listener::Control),
    ("socket", Listener::Socket),
    ("containers", Listener::Containers),
];

const HEAD: &str = "\
Which routes each listener of the hub has, and below what each of them takes for proof of who asks.

";

#[tokio::test]
async fn each_listener_has_the_routes_that_were_reviewed() {
    let mut served: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut order = Vec::new();
    for (name, listener) in LISTENERS {
        for route in labdeck_hub::routes("/", listener) {
            let method = route.method.map_or_else(|| "any".to_owned(), |method| method.to_string());
            let text = format!("{method:<7} {}", route.path);
            let listeners = served.entry(text.clone()).or_insert_with(|| {
                order.push(text);
                Vec::new()
            });
            listeners.push(name);
        }
    }
    let mut groups: BTreeMap<String, Vec<(String, Vec<String>)>> = BTreeMap::new();
    for text in order {
        groups.entry(served[&text].join(", ")).or_default().push((String::new(), vec![text]));
    }
    let mut text = HEAD.to_owned();
    for (listeners, rows) in groups {
        text.push_str(&format!("at {listeners}\n"));
        rows.iter().for_each(|(_, row)| text.push_str(&format!("    {}\n", row[0])));
        text.push('\n');
    }
    text.push_str(&section("GET /hub/api/user, by what is shown", &proofs().await));
    compare("listeners.txt", &text);
}

/// What each listener answers to each proof, and to a page.
async fn proofs() -> Vec<(String, Vec<String>)> {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let (token, window) = (format!("token {}", template.tokens["boss"]), format!("token {WINDOW_TOKEN}"));
    let cookies = template.sessions["boss"].header();
    let shown = [
        ("nothing", vec![]),
        ("a token of the admin's", vec![("authorization", token.as_str())]),
        ("the window's token", vec![("authorization", window.as_str())]),
        ("the admin's cookies", vec![("cookie", cookies.as_str())]),
    ];
    let mut rows = Vec::new();
    for (proof, headers) in shown {
        let mut row = Vec::new();
        for (name, listener) in LISTENERS {
            let answer = world.ask(listener, (Method::GET, "/hub/api/user"), &headers, "").await;
            row.push(format!("{name} {}", answer.status.as_u16()));
        }
        rows.push((proof.to_owned(), row));
    }
    let mut row = Vec::new();
    for (name, listener) in LISTENERS {
        let answer = world.ask(listener, (Method::GET, "/hub/login"), &[], "").await;
        row.push(format!("{name} {}", answer.status.as_u16()));
    }
    rows.push(("(the page /hub/login)".to_owned(), row));
    rows
}
