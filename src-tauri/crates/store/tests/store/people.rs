//! users, credentials, groups, roles, services, settings.

use std::time::Duration;

use labdeck_model::{Clock, GroupName, RoleName, ServiceName, UserName};
use labdeck_store::StoreError;
use labdeck_store::tables::roles::{AssignedBy, Holder};
use labdeck_store::tables::services::ServiceFacts;
use labdeck_store::tables::spawners::{Phase, Run};
use labdeck_store::tables::users::{UserQuery, UserSort, UserState};
use labdeck_store::tables::{credentials, groups, oauth_clients, roles, services, settings, spawners, users, visits};
use serde_json::json;

use crate::fixture::{Fixture, scopes, server, user};

async fn listed(f: &Fixture, query: UserQuery) -> Vec<String> {
    let rows = f.read(move |r| users::list(r, &query)).await;
    rows.iter().map(|row| row.name.to_string()).collect()
}

#[tokio::test]
async fn a_user_is_found_by_name_number_and_cookie() {
    let f = Fixture::new();
    let id = f.user("Ada").await;
    let ada = f.read(|r| users::get_by_name(r, &user("ada"))).await;
    assert_eq!((ada.id, ada.admin, ada.created, ada.last_activity), (id, false, f.clock.now(), None));
    let cookie = ada.cookie_id.expose().clone();
    assert_eq!(f.read(move |r| users::find_by_cookie_id(r, &cookie)).await, Some(ada.clone()));
    assert_eq!(f.read(move |r| users::find_by_id(r, id)).await, Some(ada.clone()));
    f.write(move |tx| users::renew_cookie_id(tx, id)).await;
    let old = ada.cookie_id.expose().clone();
    assert_eq!(f.read(move |r| users::find_by_cookie_id(r, &old)).await, None);
    let missing = f.store.read(|r| users::get_by_name(r, &user("grace"))).await;
    assert!(matches!(missing, Err(StoreError::NotFound("user"))));
}

#[tokio::test]
async fn a_taken_name_is_refused_with_its_column() {
    let f = Fixture::new();
    f.user("ada").await;
    let grace = f.user("grace").await;
    let twice = f.store.write(|tx| users::create(tx, &user("ADA"))).await;
    assert!(matches!(twice, Err(StoreError::Duplicate { what }) if what == "users.name"));
    let renamed = f.store.write(move |tx| users::rename(tx, grace, &user("ada"))).await;
    assert!(matches!(renamed, Err(StoreError::Duplicate { .. })));
}

#[tokio::test]
async fn numbers_of_deleted_users_do_not_come_back() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    assert!(f.write(move |tx| users::delete(tx, ada)).await);
    assert!(!f.write(move |tx| users::delete(tx, ada)).await);
    assert!(f.user("grace").await > ada);
}

#[tokio::test]
async fn activity_only_moves_forward() {
    let f = Fixture::new();
    let id = f.user("ada").await;
    let (early, late) = (f.clock.now(), f.clock.now().after(Duration::from_micros(1)));
    for at in [late, early] {
        f.write(move |tx| users::touch_activity(tx, id, at)).await;
    }
    assert_eq!(f.read(move |r| users::find_by_id(r, id)).await.unwrap().last_activity, Some(late));
}

#[tokio::test]
async fn lists_are_sorted_filtered_and_paged() {
    let f = Fixture::new();
    for name in ["cleo", "ada", "bob.ada"] {
        f.user(name).await;
    }
    let cleo = f.read(|r| users::get_by_name(r, &user("cleo"))).await.id;
    let now = f.clock.now();
    f.write(move |tx| users::touch_activity(tx, cleo, now)).await;
    let sorted = |sort| UserQuery { sort, ..UserQuery::default() };
    assert_eq!(listed(&f, sorted(UserSort::Id)).await, ["cleo", "ada", "bob.ada"]);
    assert_eq!(listed(&f, sorted(UserSort::IdDescending)).await, ["bob.ada", "ada", "cleo"]);
    assert_eq!(listed(&f, sorted(UserSort::Name)).await, ["ada", "bob.ada", "cleo"]);
    assert_eq!(listed(&f, sorted(UserSort::NameDescending)).await, ["cleo", "bob.ada", "ada"]);
    assert_eq!(listed(&f, sorted(UserSort::LastActivity)).await, ["ada", "bob.ada", "cleo"]);
    assert_eq!(listed(&f, sorted(UserSort::LastActivityDescending)).await, ["cleo", "ada", "bob.ada"]);
    let filter = UserQuery { name_filter: Some("ADA".to_owned()), limit: Some(1), offset: 1, ..UserQuery::default() };
    assert_eq!(listed(&f, filter.clone()).await, ["bob.ada"]);
    assert_eq!(f.read(move |r| users::count(r, &filter)).await, 2);
    let literal = UserQuery { name_filter: Some("%".to_owned()), ..UserQuery::default() };
    assert_eq!(listed(&f, literal).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_state_filter_looks_at_servers() {
    let f = Fixture::new();
    for (name, phase) in
        [("off", Phase::Stopped), ("up", Phase::Ready), ("coming", Phase::Starting), ("bad", Phase::Failed)]
    {
        let id = f.user(name).await;
        let server = f.server(id, "").await;
        f.write(move |tx| spawners::set_run(tx, server, &Run { phase, ..Run::default() })).await;
    }
    f.user("never").await;
    let state = |state| UserQuery { state: Some(state), ..UserQuery::default() };
    assert_eq!(listed(&f, state(UserState::Active)).await, ["up", "coming"]);
    assert_eq!(listed(&f, state(UserState::Ready)).await, ["up"]);
    assert_eq!(listed(&f, state(UserState::Inactive)).await, ["off", "bad", "never"]);
    assert_eq!(f.read(move |r| users::count(r, &state(UserState::Active))).await, 2);
}

#[tokio::test]
async fn what_is_kept_of_a_user_comes_back() {
    let f = Fixture::new();
    let id = f.user("ada").await;
    f.write(move |tx| {
        users::set_admin(tx, id, true)?;
        users::set_user_info(tx, id, Some(&json!({"name": "Ada L."})))?;
        users::set_auth_state(tx, id, Some(b"sealed"))
    })
    .await;
    let ada = f.read(move |r| users::find_by_id(r, id)).await.unwrap();
    assert_eq!((ada.admin, ada.user_info), (true, Some(json!({"name": "Ada L."}))));
    assert_eq!(f.read(users::count_admins).await, 1);
    assert_eq!(f.read(move |r| users::find_auth_state(r, id)).await.as_deref(), Some(b"sealed".as_slice()));
}

#[tokio::test]
async fn visits_follow_a_new_name() {
    let f = Fixture::new();
    let (ada, grace) = (f.user("ada").await, f.user("grace").await);
    f.write(move |tx| visits::add(tx, &user("grace"), ada, &server("gpu"))).await;
    f.write(move |tx| users::rename(tx, grace, &user("hopper"))).await;
    let seen = f.read(move |r| visits::list_for_owner(r, ada, 10)).await;
    assert_eq!((seen[0].visitor.as_str(), seen[0].user.as_str(), seen[0].server.as_str()), ("hopper", "ada", "gpu"));
    f.write(move |tx| users::delete(tx, grace)).await;
    assert_eq!(f.read(|r| visits::list_all(r, 10)).await.len(), 1);
    let later = f.clock.now().after(Duration::from_secs(1));
    assert_eq!(f.write(move |tx| visits::purge_before(tx, later)).await, 1);
}

#[tokio::test]
async fn a_password_hash_is_kept_replaced_and_removed() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    f.write(move |tx| credentials::set(tx, ada, "$argon2id$1")).await;
    f.clock.advance(Duration::from_secs(5));
    f.write(move |tx| credentials::set(tx, ada, "$argon2id$2")).await;
    let kept = f.read(move |r| credentials::find(r, ada)).await.unwrap();
    assert_eq!((kept.hash.as_str(), kept.changed_at), ("$argon2id$2", f.clock.now()));
    assert!(!format!("{kept:?}").contains("argon2"));
    f.write(move |tx| users::delete(tx, ada)).await;
    assert_eq!(f.read(move |r| credentials::find(r, ada)).await, None);
}

#[tokio::test]
async fn groups_have_members_and_properties() {
    let f = Fixture::new();
    let (ada, bob) = (f.user("ada").await, f.user("bob").await);
    let lab = f.write(|tx| groups::create(tx, &GroupName::parse("Lab").unwrap())).await.id;
    assert!(f.write(move |tx| groups::add_member(tx, lab, bob)).await);
    assert!(f.write(move |tx| groups::add_member(tx, lab, ada)).await);
    assert!(!f.write(move |tx| groups::add_member(tx, lab, ada)).await);
    let members = f.read(move |r| groups::list_members(r, lab)).await;
    assert_eq!(members, [(ada, user("ada")), (bob, user("bob"))]);
    let mut pairs = f.read(groups::list_memberships).await;
    pairs.sort();
    let lab_name = || GroupName::parse("Lab").unwrap();
    assert_eq!(pairs, [(user("ada"), lab_name()), (user("bob"), lab_name())]);
    let properties = json!({"room": 7}).as_object().cloned().unwrap();
    f.write(move |tx| groups::set_properties(tx, lab, &properties)).await;
    let found = f.read(|r| groups::find_by_name(r, &GroupName::parse("Lab").unwrap())).await.unwrap();
    assert_eq!(found.properties["room"], 7);
    assert_eq!(f.read(move |r| groups::list_for_user(r, ada)).await, std::slice::from_ref(&found));
    assert_eq!(f.read(groups::list).await, [found]);
    assert!(f.write(move |tx| groups::remove_member(tx, lab, ada)).await);
    assert!(f.read(move |r| groups::list_for_user(r, ada)).await.is_empty());
    assert!(f.write(move |tx| groups::delete(tx, lab)).await);
    assert!(f.read(move |r| groups::find_by_id(r, lab)).await.is_none());
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

#[tokio::test]
async fn roles_are_given_to_users_groups_and_services() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let lab = f.write(|tx| groups::create(tx, &GroupName::parse("lab").unwrap())).await.id;
    let bot =
        f.write(|tx| services::upsert(tx, &ServiceName::parse("bot").unwrap(), &ServiceFacts::default())).await.id;
    let staff = f.write(|tx| roles::upsert(tx, &role("staff"), "the staff", &scopes(&["list:users"]))).await;
    let id = staff.id;
    let holders = [Holder::User(ada), Holder::Group(lab), Holder::Service(bot)];
    for holder in holders {
        assert!(f.write(move |tx| roles::assign(tx, id, holder, AssignedBy::Hub)).await);
        assert!(!f.write(move |tx| roles::assign(tx, id, holder, AssignedBy::Hub)).await);
        assert_eq!(f.read(move |r| roles::list_for(r, holder)).await, std::slice::from_ref(&staff));
    }
    assert_eq!(f.read(move |r| roles::list_holders(r, id)).await, holders);
    f.write(move |tx| groups::add_member(tx, lab, ada)).await;
    assert_eq!(f.read(move |r| roles::list_through_groups(r, ada)).await, [staff]);
    assert!(f.write(move |tx| roles::unassign(tx, id, Holder::User(ada))).await);
    assert_eq!(f.write(move |tx| roles::unassign_all(tx, Holder::Group(lab), AssignedBy::Authenticator)).await, 0);
    assert_eq!(f.write(move |tx| roles::unassign_all(tx, Holder::Group(lab), AssignedBy::Hub)).await, 1);
    assert_eq!(f.read(move |r| roles::list_holders(r, id)).await, [Holder::Service(bot)]);
}

#[tokio::test]
async fn roles_that_left_the_configuration_vanish_but_not_the_authenticator_s() {
    let f = Fixture::new();
    for name in ["staff", "guests", "from-idp"] {
        f.write(move |tx| roles::upsert(tx, &role(name), "", &[])).await;
    }
    let idp = f.read(|r| roles::find_by_name(r, &role("from-idp"))).await.unwrap().id;
    f.write(move |tx| roles::set_managed_by_auth(tx, idp, AssignedBy::Authenticator)).await;
    let changed = f.write(|tx| roles::upsert(tx, &role("staff"), "new", &scopes(&["read:hub"]))).await;
    assert_eq!((changed.description.as_str(), changed.scopes), ("new", scopes(&["read:hub"])));
    assert_eq!(f.write(|tx| roles::delete_absent(tx, &[role("staff")])).await, 1);
    let left: Vec<String> = f.read(roles::list).await.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(left, ["from-idp", "staff"]);
    assert!(f.write(move |tx| roles::delete(tx, idp)).await);
}

#[tokio::test]
async fn services_keep_all_that_jupyterhub_says_of_them() {
    let f = Fixture::new();
    let client = oauth_clients::NewClient {
        identifier: "service-bot".to_owned(),
        description: String::new(),
        secret: None,
        redirect_uri: "/services/bot/oauth_callback".to_owned(),
        allowed_scopes: Vec::new(),
    };
    f.write(move |tx| oauth_clients::upsert(tx, &client)).await;
    let facts = ServiceFacts {
        admin: true,
        url: Some("http://127.0.0.1:9".to_owned()),
        oauth_client_allowed_scopes: scopes(&["identify"]),
        info: json!({"a": [1]}).as_object().cloned().unwrap(),
        display: false,
        oauth_no_confirm: true,
        command: scopes(&["python3", "-m", "bot"]),
        cwd: Some("/srv".to_owned()),
        environment: [("A".to_owned(), "b".to_owned())].into(),
        user: Some("nobody".to_owned()),
        timeout_seconds: 7,
        from_config: true,
        oauth_client_id: Some("service-bot".to_owned()),
    };
    let name = ServiceName::parse("bot").unwrap();
    let (n, given) = (name.clone(), facts.clone());
    let id = f.write(move |tx| services::upsert(tx, &n, &given)).await.id;
    let found = f.read(move |r| services::find_by_name(r, &name)).await.unwrap();
    assert_eq!((found.id, &found.facts), (id, &facts));
    assert_eq!(f.read(move |r| services::find_by_id(r, id)).await.as_ref(), Some(&found));
    assert_eq!(f.read(|r| services::find_by_oauth_client(r, "service-bot")).await.as_ref(), Some(&found));
    f.write(|tx| oauth_clients::delete(tx, "service-bot")).await;
    assert_eq!(f.read(services::list).await[0].facts.oauth_client_id, None);
    let added = ServiceFacts { from_config: false, ..ServiceFacts::default() };
    f.write(move |tx| services::upsert(tx, &ServiceName::parse("added").unwrap(), &added)).await;
    assert_eq!(f.write(|tx| services::delete_absent(tx, &[])).await, 1);
    let left = f.read(services::list).await;
    assert_eq!(left.len(), 1);
    let id = left[0].id;
    assert!(f.write(move |tx| services::delete(tx, id)).await);
}

#[tokio::test]
async fn settings_are_typed_and_a_wrong_type_is_named() {
    let f = Fixture::new();
    assert_eq!(f.read(|r| settings::find::<u16>(r, "hub_port")).await, None);
    f.write(|tx| settings::set(tx, "hub_port", &8081)).await;
    f.write(|tx| settings::set(tx, "hub_port", &8082)).await;
    assert_eq!(f.read(|r| settings::find::<u16>(r, "hub_port")).await, Some(8082));
    let wrong = f.store.read(|r| settings::find::<Vec<String>>(r, "hub_port")).await.unwrap_err();
    assert!(wrong.to_string().contains("settings.hub_port"), "{wrong}");
    assert!(f.write(|tx| settings::delete(tx, "hub_port")).await);
    let _: Option<UserName> = f.read(|r| settings::find(r, "hub_port")).await;
}
