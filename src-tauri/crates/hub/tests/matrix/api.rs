//! The API: status of every call for every actor.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use labdeck_hub::front::Listener;
use serde_json::Value;

use crate::calls::{Call, FILTERS, Rule, TARGETS, Target, all_but, calls, limited_tokens, only};
use crate::golden::{Row, compare, section};
use crate::world::{Answer, Template, World};

/// Everybody who is somebody, by the name of their token.
const EVERYBODY: [&str; 9] =
    ["anonymous", "ada", "bo", "gus", "boss", "boss's page", "reports", "ada's server", "no scope"];

/// One call with its rows, in the order of its actors.
struct Asked {
    call: Call,
    rows: Vec<(String, Row)>,
}

fn actors(call: &Call) -> Vec<String> {
    let mut actors: Vec<String> = EVERYBODY.map(str::to_owned).into();
    if let Rule::Scopes(sets) = &call.rule {
        actors.extend(sets.iter().flat_map(|set| FILTERS.map(|filter| only(set, filter))));
        actors.push(all_but(sets));
    }
    actors
}

/// Asks for a part of the calls, each cell on a world that no earlier one has changed.
async fn ask_all(template: &Template, calls: Vec<Call>) -> Vec<Asked> {
    let mut world = template.world().await;
    let mut asked = Vec::new();
    for call in calls {
        let mut rows = Vec::new();
        for actor in actors(&call) {
            let mut row = Row::new();
            for target in TARGETS.iter().filter(|target| **target == Target::Ada || call.has_target()) {
                let answer = ask(&world, template, &call, (&actor, *target)).await;
                row.push(cell(&call, &answer));
                if changes(&call.method) && answer.status.is_success() {
                    world.abandon();
                    world = template.world().await;
                }
            }
            rows.push((actor, row));
        }
        asked.push(Asked { call, rows });
    }
    world.abandon();
    asked
}

fn changes(method: &Method) -> bool {
    ![Method::GET, Method::HEAD].contains(method)
}

async fn ask(world: &World, template: &Template, call: &Call, (actor, target): (&str, Target)) -> Answer {
    let _busy = call.path.starts_with("/labdeck/environment/").then(|| {
        // Nobody shall build an environment here: who may, is told that somebody does already.
        world.hub.context().jobs.begin("Upgrading the notebook environment")
    });
    let (path, body) = call.ask(target, template);
    let authorization = template.tokens.get(actor).map(|token| format!("token {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
    let boss = &template.sessions["boss"];
    let cookies = boss.header();
    if actor == "boss's page" {
        headers.extend([("cookie", cookies.as_str()), ("x-xsrftoken", boss.cookies["_xsrf"].as_str())]);
    }
    world.ask(Listener::Hub, (call.method.clone(), &path), &headers, &body).await
}

/// The status, and of lists whose things are in them.
fn cell(call: &Call, answer: &Answer) -> String {
    let status = answer.status.as_u16();
    let lists = call.method == Method::GET && !call.has_target() && status == 200;
    let seen = if lists { seen(&answer.body) } else { BTreeSet::new() };
    if seen.is_empty() {
        status.to_string()
    } else {
        format!("{status} ({})", seen.into_iter().collect::<Vec<_>>().join(" "))
    }
}

fn seen(body: &str) -> BTreeSet<String> {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return BTreeSet::new() };
    let items: Vec<&Value> = match &value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) if fields.values().all(Value::is_object) => fields.values().collect(),
        _ => Vec::new(),
    };
    let name =
        |item: &Value| ["user", "name", "routespec"].iter().find_map(|key| item[*key].as_str().map(str::to_owned));
    items.into_iter().filter_map(name).collect()
}

fn rule_in_words(rule: &Rule) -> String {
    match rule {
        Rule::Open => "everybody".to_owned(),
        Rule::Known => "whoever is known".to_owned(),
        Rule::Scopes(sets) => sets.iter().map(|set| set.join("+")).collect::<Vec<_>>().join(" or "),
    }
}

/// What the head of a section names is not repeated in each line.
fn shortened(who: &str, rule: &Rule) -> String {
    let Rule::Scopes(sets) = rule else { return who.to_owned() };
    if who == all_but(sets) {
        return "all but it".to_owned();
    }
    let [set] = sets.as_slice() else { return who.to_owned() };
    match FILTERS.iter().find(|filter| only(set, filter) == who) {
        Some(&"") => "just it".to_owned(),
        Some(filter) => format!("it{filter}"),
        None => who.to_owned(),
    }
}

const HEAD: &str = r#"Who is answered what by the API behind the proxy. Columns: what is ada's (in the group lab), what is bo's (in art), what
is nobody's; one column where a call is about nobody's thing. In brackets, whose things a list showed. gus looks after
the group lab; "boss's page" is a script on a page of the hub, with the admin's session. "no scope" is a token of the
admin's with none, "just it" one with what the call needs and nothing else, "it!user=ada" the same narrowed to that,
"all but it" one with every other scope. Where one of several scopes is enough, each is tried by its name.
Made by tests/matrix; UPDATE=1 writes it anew. Read it as an attacker would.

"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_caller_is_answered_as_was_reviewed() {
    let calls = calls(Listener::Hub);
    let template = Template::make(&limited_tokens(&calls)).await;
    let half = calls.len() / 2;
    let (first, second) = (calls[..half].to_vec(), calls[half..].to_vec());
    let (first, second) = tokio::join!(ask_all(&template, first), ask_all(&template, second));
    let asked: Vec<_> = first.into_iter().chain(second).collect();
    let mut text = HEAD.to_owned();
    for Asked { call, rows } in &asked {
        let head = format!("{} {}    [{}]", call.method, call.path, rule_in_words(&call.rule));
        let rows: Vec<_> = rows.iter().map(|(who, row)| (shortened(who, &call.rule), row.clone())).collect();
        text.push_str(&section(&head, &rows));
    }
    compare("api.txt", &text);
    let mut wrong = Vec::new();
    wrong.extend(asked.iter().flat_map(others_things_are_told_from_nothing));
    wrong.extend(asked.iter().flat_map(the_declared_scope_is_the_one));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who may not see bo's must not learn whether there is a bo.
fn others_things_are_told_from_nothing(asked: &Asked) -> Vec<String> {
    let call = &asked.call;
    let held: Vec<String> = match &call.rule {
        Rule::Scopes(sets) => sets.iter().map(|set| only(set, "")).collect(),
        Rule::Open | Rule::Known => Vec::new(),
    };
    let told = |(who, row): &(String, Row)| {
        let [ada, bo, nobody] = row.as_slice() else { return None };
        let others = if who == "bo" { ada } else { bo };
        let may_know = who.starts_with("boss") || held.contains(who);
        let refused = ["401", "403", "404"].contains(&others.as_str());
        (refused && !may_know && others != nobody).then(|| {
            format!("{} {}: {who} is told {others} of another's and {nobody} of nobody's", call.method, call.path)
        })
    };
    asked.rows.iter().filter_map(told).collect()
}

/// What the description says is needed is needed, and is enough.
fn the_declared_scope_is_the_one(asked: &Asked) -> Vec<String> {
    let Rule::Scopes(sets) = &asked.call.rule else { return Vec::new() };
    let rows: BTreeMap<_, _> = asked.rows.iter().map(|(who, row)| (who.as_str(), row)).collect();
    let refused = |who: &str| rows[who].iter().all(|cell| cell == "403");
    let name = format!("{} {}", asked.call.method, asked.call.path);
    let mut wrong = Vec::new();
    // Each token can tell who its owner is, and so has a right over one user, who is none of these.
    let owned = sets.iter().any(|set| set == &["read:users:name"]).then_some("404");
    if rows[all_but(sets).as_str()].iter().any(|cell| cell != "403" && Some(cell.as_str()) != owned) {
        wrong.push(format!("{name}: without {sets:?} it is answered {:?}", rows[all_but(sets).as_str()]));
    }
    for set in sets.iter().filter(|set| refused(&only(set, ""))) {
        // Sharing names somebody, which is a right of its own; some calls are for the window alone.
        if !refused("boss") && set.join("") != "shares" {
            wrong.push(format!("{name}: with {set:?} alone it is refused"));
        }
    }
    wrong
}
