//! Rights never grow: a token means no more than it says and no more than its owner may (T-Z5), follows its owner's
//! roles and name, and whatever a person who is no admin asks for, nobody ends up with more than that person had.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use http::Method;
use labdeck_hub::authz::{self, Members};
use labdeck_hub::front::Listener;
use labdeck_model::scope::{Membership, Scope, ScopeBase, ScopeSet, expand, intersect};
use labdeck_model::{GroupName, RoleName, ServiceName, UserName};
use labdeck_store::tables::roles::{self, AssignedBy, Holder};
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::tables::{groups, services, users};
use labdeck_store::{StoreError, TokenHash, generate_token};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::world::{Template, World};

const FILTERS: [&str; 10] = [
    "",
    "!user=ada",
    "!user",
    "!user=bo",
    "!group=lab",
    "!group=art",
    "!server=ada/",
    "!server=ada/x",
    "!server",
    "!service=reports",
];

/// What one try is made of: the scopes of ada's own role, of her group's role, and of her token.
type Sets = (Vec<String>, Vec<String>, Vec<String>);

fn scopes() -> impl Strategy<Value = Vec<String>> {
    let one = (0..ScopeBase::TABLE.len(), 0..FILTERS.len());
    let texts = |picks: Vec<(usize, usize)>| {
        let texts = picks.into_iter().map(|(base, filter)| format!("{}{}", ScopeBase::TABLE[base], FILTERS[filter]));
        texts.filter(|text| Scope::parse(text).is_ok()).collect::<Vec<_>>()
    };
    proptest::collection::vec(one, 0..6).prop_map(texts)
}

/// What is in the first and not within the second.
fn excess(inner: &ScopeSet, outer: &ScopeSet, members: &dyn Membership) -> ScopeSet {
    let inner = expand(inner);
    inner.difference(&intersect(&inner, outer, members))
}

fn ada() -> UserName {
    UserName::parse("ada").unwrap()
}

/// What ada's new token means and what she may, before and after she lost her own role.
async fn try_token(world: &World, (own, shared, wanted): Sets) -> Vec<(ScopeSet, ScopeSet, Members)> {
    let token = generate_token().expose().clone();
    let hash = TokenHash::of(&token);
    let (role, group_role) = (RoleName::parse("tried").unwrap(), RoleName::parse("tried-group").unwrap());
    let store = &world.hub.context().store;
    let made = store.write(move |tx| {
        let user = users::find_by_name(tx, &ada())?.unwrap();
        let lab = groups::find_by_name(tx, &GroupName::parse("lab").unwrap())?.unwrap();
        let role = roles::upsert(tx, &role, "", &own)?;
        roles::assign(tx, role.id, Holder::User(user.id), AssignedBy::Hub)?;
        let shared = roles::upsert(tx, &group_role, "", &shared)?;
        roles::assign(tx, shared.id, Holder::Group(lab.id), AssignedBy::Hub)?;
        tokens::create(tx, &NewToken { scopes: wanted, ..NewToken::new(TokenOwner::User(user.id), hash) })?;
        Ok::<_, StoreError>((user.id, role.id))
    });
    let (user, role) = made.await.unwrap();
    let before = meaning(world, &token).await;
    let taken = store.write(move |tx| roles::unassign(tx, role, Holder::User(user)));
    assert!(taken.await.unwrap());
    vec![before, meaning(world, &token).await]
}

async fn meaning(world: &World, token: &str) -> (ScopeSet, ScopeSet, Members) {
    let token = token.to_owned();
    let read = world.hub.context().store.read(move |read| {
        let caller = authz::find_by_token(read, &token)?.unwrap();
        let user = users::find_by_name(read, &ada())?.unwrap();
        let members = Members::new(groups::list_memberships(read)?);
        Ok::<_, StoreError>((caller.scopes, authz::owner_scopes(read, &user)?, members))
    });
    read.await.unwrap()
}

#[test]
fn a_token_means_no_more_than_it_says_and_no_more_than_its_owner_may() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(async { Template::make(&BTreeMap::new()).await.world().await });
    let meaningful = AtomicUsize::new(0);
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let tried = runner.run(&(scopes(), scopes(), scopes()), |sets| {
        let (own, wanted) = (sets.0.clone(), sets.2.clone());
        for (meant, held, members) in runtime.block_on(try_token(&world, sets)) {
            meaningful.fetch_add(usize::from(!meant.is_empty()), Relaxed);
            let beyond = excess(&meant, &held, &members);
            prop_assert!(beyond.is_empty(), "{wanted:?} of one with {own:?} means {beyond} beyond its owner");
            let asked = ScopeSet::parse(&wanted).unwrap();
            if !asked.mentions(&ScopeBase::Inherit) {
                let owner = labdeck_model::scope::Owner::user(ada());
                // Every token tells whose it is, as in JupyterHub.
                let says = labdeck_model::scope::resolve_owner(&asked, &owner).union(&authz::identify_scopes(&owner));
                let beyond = excess(&meant, &says, &members);
                prop_assert!(beyond.is_empty(), "{wanted:?} means {beyond}, which it does not say");
            }
        }
        Ok(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(meaningful.load(Relaxed) > 40, "tokens that mean nothing show nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_follow_a_person_to_a_new_name_and_not_to_who_takes_the_old_one() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let token = format!("token {}", template.tokens["ada"]);
    let told = async || {
        let answer = world.ask(Listener::Hub, (Method::GET, "/hub/api/user"), &[("authorization", &token)], "").await;
        (answer.status.as_u16(), answer.body)
    };
    assert!(told().await.1.contains("servers!user=ada"));
    world.as_window(Method::DELETE, "users/ada/server", Value::Null).await;
    world.as_window(Method::PATCH, "users/ada", json!({ "name": "ida" })).await;
    let (status, body) = told().await;
    assert!(status == 200 && body.contains("servers!user=ida") && !body.contains("=ada"), "{body}");
    world.as_window(Method::POST, "users/ada", json!({})).await;
    assert!(!told().await.1.contains("=ada"));
    let fresh = world.as_window(Method::GET, "users/ada?include_stopped_servers=1", Value::Null).await;
    let servers: Vec<_> = fresh["servers"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((&fresh["groups"], &fresh["last_activity"], servers), (&json!([]), &Value::Null, vec![""]), "{fresh}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_under_a_name_that_was_deleted_begins_with_nothing() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    world.as_window(Method::DELETE, "users/ada", Value::Null).await;
    world.as_window(Method::POST, "users/ada", json!({})).await;
    world.as_window(Method::PUT, "users/ada/servers/x", json!({})).await;
    for who in ["ada", "ada's server"] {
        let token = format!("token {}", template.tokens[who]);
        let answer = world.ask(Listener::Hub, (Method::GET, "/hub/api/user"), &[("authorization", &token)], "").await;
        assert_eq!(answer.status, 403, "{who}: {}", answer.body);
    }
    let cookies = template.sessions["ada"].header();
    let answer = world.ask(Listener::Hub, (Method::GET, "/hub/api/user"), &[("cookie", &cookies)], "").await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    let shared = world.as_window(Method::GET, "users/ada/shared", Value::Null).await;
    let shares = world.as_window(Method::GET, "shares/ada/x", Value::Null).await;
    let codes = world.as_window(Method::GET, "share-codes/ada/x", Value::Null).await;
    assert_eq!((&shared["items"], &shares["items"], &codes["items"]), (&json!([]), &json!([]), &json!([])));
    let user = world.as_window(Method::GET, "users/ada", Value::Null).await;
    assert_eq!((&user["groups"], &user["roles"]), (&json!([]), &json!(["user"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_called_like_a_person_is_not_that_person() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let secret = "a-service-with-the-name-of-a-user";
    world.as_window(Method::POST, "services/ada", json!({ "api_token": secret })).await;
    let give = world.hub.context().store.write(|tx| {
        let service = services::find_by_name(tx, &ServiceName::parse("ada").unwrap())?.unwrap();
        let scopes = ["tokens!user=ada".to_owned(), "read:users!user".to_owned()];
        let role = roles::upsert(tx, &RoleName::parse("minter").unwrap(), "", &scopes)?;
        roles::assign(tx, role.id, Holder::Service(service.id), AssignedBy::Hub)
    });
    assert!(give.await.unwrap());
    let token = format!("token {secret}");
    let mint = async |body: Value| {
        let asked = (Method::POST, "/hub/api/users/ada/tokens");
        world.ask(Listener::Hub, asked, &[("authorization", &token)], &body.to_string()).await
    };
    for beyond in
        [json!({}), json!({ "scopes": ["self"] }), json!({ "scopes": ["servers!user"] }), json!({ "roles": ["user"] })]
    {
        let answer = mint(beyond.clone()).await;
        assert_eq!(answer.status, 400, "{beyond}: {}", answer.body);
    }
    assert_eq!(mint(json!({ "scopes": ["read:tokens!user=ada"] })).await.status, 201);
    let answer = world.ask(Listener::Hub, (Method::GET, "/hub/api/user"), &[("authorization", &token)], "").await;
    assert!(!answer.body.contains("read:users"), "a filter to the owner is none for a service: {}", answer.body);
}

/// Numbers that look thrown and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &among[usize::try_from(self.0 >> 33).unwrap() % among.len()]
    }
}

/// Something that gus might try.
fn attempt(dice: &mut Dice) -> (Method, String, Value) {
    let user = *dice.throw(&["ada", "bo", "cy", "boss", "gus", "new"]);
    let group = *dice.throw(&["lab", "art"]);
    let role = *dice.throw(&["readers", "listers", "leads", "reports"]);
    let scope = *dice.throw(&[
        "inherit",
        "self",
        "admin:users",
        "list:users",
        "servers!user",
        "servers",
        "tokens!group=lab",
        "admin:servers",
        "access:servers!user=bo",
        "read:users!group=lab",
        "shares!user=ada",
        "admin:groups",
    ]);
    let calls = [
        (Method::POST, format!("users/{user}/tokens"), json!({ "scopes": [scope] })),
        (Method::POST, format!("users/{user}/tokens"), json!({})),
        (Method::POST, format!("users/{user}/tokens"), json!({ "roles": [role] })),
        (Method::PATCH, format!("users/{user}"), json!({ "admin": true })),
        (Method::PATCH, format!("users/{user}"), json!({ "name": "boss" })),
        (Method::POST, "users".to_owned(), json!({ "usernames": ["new"], "admin": true })),
        (Method::POST, format!("users/{user}"), json!({ "admin": true })),
        (Method::POST, format!("groups/{group}/users"), json!({ "users": [user] })),
        (Method::DELETE, format!("groups/{group}/users"), json!({ "users": [user] })),
        (Method::PUT, format!("labdeck/roles/{role}/users/{user}"), Value::Null),
        (Method::PUT, format!("labdeck/roles/{role}/groups/{group}"), Value::Null),
        (Method::DELETE, format!("labdeck/roles/{role}/users/{user}"), Value::Null),
        (Method::POST, format!("shares/{user}/x"), json!({ "user": "gus", "scopes": [scope] })),
        (Method::POST, format!("shares/{user}/x"), json!({ "group": group })),
        (Method::POST, format!("share-codes/{user}/x"), json!({ "scopes": [scope] })),
        (Method::POST, "services/evil".to_owned(), json!({ "admin": true, "api_token": "evil-evil-evil-evil-evil" })),
        (Method::POST, format!("labdeck/users/{user}/invitation"), Value::Null),
        (Method::POST, "labdeck/claim".to_owned(), json!({ "name": "gus" })),
        (Method::DELETE, format!("users/{user}"), Value::Null),
    ];
    dice.throw(&calls).clone()
}

/// What somebody with this token may.
async fn closure(world: &World, token: &str) -> ScopeSet {
    let token = format!("token {token}");
    let answer = world.ask(Listener::Hub, (Method::GET, "/hub/api/user"), &[("authorization", &token)], "").await;
    let told: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    let scopes = told["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    ScopeSet::parse(scopes).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_somebody_who_is_no_admin_asks_for_nobody_gets_more_than_they_had() {
    let template = Template::make(&BTreeMap::new()).await;
    let mut successes = 0;
    for seed in 0..24 {
        let world = template.world().await;
        let mut dice = Dice(seed);
        let gus = template.tokens["gus"].clone();
        let before = closure(&world, &gus).await;
        let (mut held, mut done) = (vec![gus.clone()], Vec::new());
        for _ in 0..16 {
            let (method, call, body) = attempt(&mut dice);
            let authorization = format!("token {gus}");
            let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
            let text = if body.is_null() { String::new() } else { body.to_string() };
            let path = format!("/hub/api/{call}");
            let answer = world.ask(Listener::Hub, (method.clone(), &path), &headers, &text).await;
            done.push(format!("{method} {call} {body}: {}", answer.status.as_u16()));
            successes += usize::from(answer.status.is_success());
            let made: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
            held.extend(made["token"].as_str().map(str::to_owned));
        }
        let members = world.hub.context().store.read(groups::list_memberships).await;
        let members = Members::new(members.unwrap());
        for token in &held {
            let beyond = excess(&closure(&world, token).await, &before, &members);
            assert!(beyond.is_empty(), "{beyond} was gained by {done:#?}");
        }
        let all = world.as_window(Method::GET, "users", Value::Null).await;
        let admins: Vec<_> = all.as_array().unwrap().iter().filter(|user| user["admin"] == true).collect();
        assert!(admins.len() == 1 && admins[0]["name"] == "boss", "{admins:?} after {done:#?}");
        world.abandon();
    }
    assert!(successes > 15, "{successes}: somebody to whom everything is refused shows nothing");
}
