//! The pages: what each of them answers to each person, whose session it is asked with.

use http::Method;
use labdeck_hub::front::Listener;

use crate::calls::TARGETS;
use crate::golden::{Row, compare, section};
use crate::world::{Answer, Session, Template};

const HEAD: &str = "\
Who is answered what by the pages, with a browser's session and, where a form is sent, its token. Columns as in
api.txt. A redirection is shown with the path it leads to. Forms are sent empty.

";

/// Where a page is asked for with what of a person.
fn filled(path: &str, user: &str) -> String {
    let below = path.contains("user/{*path}");
    let rest = if below { format!("{user}/lab") } else { "lab".to_owned() };
    let path = path.replace("{name}", user).replace("{server}", "x").replace("{*path}", &rest);
    path.replace("{code}", "404")
}

fn cell(answer: &Answer) -> String {
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok());
    let to = to.map(|to| to.split('?').next().unwrap_or_default());
    match to {
        Some(to) => format!("{} {to}", answer.status.as_u16()),
        None => answer.status.as_u16().to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_answers_as_was_reviewed() {
    let template = Template::make(&Default::default()).await;
    let mut world = template.world().await;
    let mut text = HEAD.to_owned();
    let mut told = Vec::new();
    for route in labdeck_hub::routes("/", Listener::Hub) {
        if route.path.starts_with("/hub/api") && route.path != "/hub/api/oauth2/authorize" {
            continue;
        }
        let methods = route.method.map_or_else(|| vec![Method::GET, Method::POST], |method| vec![method]);
        for method in methods {
            let mut rows = Vec::new();
            for who in ["anonymous", "ada", "bo", "gus", "boss"] {
                let mut row = Row::new();
                for target in TARGETS.iter().filter(|target| {
                    target.user() == "ada" || route.path.contains("{name}") || route.path.contains("user/{*path}")
                }) {
                    let mut session = match template.sessions.get(who) {
                        Some(session) => session.clone(),
                        None => visitor(&world).await,
                    };
                    let path = filled(&route.path, target.user());
                    let answer = world.page(&mut session, method.clone(), &path, &[]).await;
                    row.push(cell(&answer));
                    if method == Method::POST || route.path.ends_with("logout") {
                        world.abandon();
                        world = template.world().await;
                    }
                }
                if let [_, bo, nobody] = row.as_slice()
                    && (bo.starts_with("403") || bo.starts_with("404"))
                    && bo != nobody
                {
                    told.push(format!("{method} {}: {who} is told {bo} of bo and {nobody} of nobody", route.path));
                }
                rows.push((who.to_owned(), row));
            }
            text.push_str(&section(&format!("{method} {}", route.path), &rows));
        }
    }
    compare("pages.txt", &text);
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// A browser that has seen the sign-in page and nothing else.
async fn visitor(world: &crate::world::World) -> Session {
    let mut session = Session::default();
    world.page(&mut session, Method::GET, "/hub/login", &[]).await;
    session
}
