//! spawners: what survives of a server.

use std::time::Duration;

use labdeck_model::{Clock, Failure, LastExit, ServerKey, ServerState};
use labdeck_store::StoreError;
use labdeck_store::tables::spawners::{self, Phase, Run};
use labdeck_store::tables::{oauth_clients, users};
use serde_json::json;

use crate::fixture::{Fixture, server, user};

#[tokio::test]
async fn a_server_is_made_once_and_found_with_its_user_s_name() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "gpu").await;
    assert_eq!(f.server(ada, "gpu").await, id);
    let row = f.read(move |r| spawners::find(r, ada, &server("gpu"))).await.unwrap();
    assert_eq!((row.key.clone(), row.run.clone()), (ServerKey::new(user("ada"), server("gpu")), Run::default()));
    let key = row.key.clone();
    assert_eq!(f.read(move |r| spawners::find_by_key(r, &key)).await, Some(row.clone()));
    assert_eq!(f.read(move |r| spawners::find_by_id(r, id)).await, Some(row));
    assert!(f.read(move |r| spawners::find(r, ada, &server(""))).await.is_none());
    assert!(f.write(move |tx| spawners::delete(tx, id)).await);
    assert!(f.server(ada, "gpu").await > id, "numbers do not come back");
}

#[tokio::test]
async fn all_that_is_written_down_of_a_server_comes_back() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "").await;
    let now = f.clock.now();
    let run = Run {
        phase: Phase::Ready,
        state: Some(json!({"container": "c0ffee"})),
        url: Some("http://127.0.0.1:49153".to_owned()),
        started: Some(now),
        last_exit: Some(LastExit::new(now, "idle", "idle")),
        failure: Some(Failure {
            kind: "exited".to_owned(),
            message: "m".to_owned(),
            remedy: String::new(),
            log: vec!["l".to_owned()],
        }),
    };
    let given = run.clone();
    f.write(move |tx| {
        spawners::set_run(tx, id, &given)?;
        spawners::set_options(tx, id, &json!({"stack": "scipy"}), "docker", Some("scipy"))?;
        spawners::set_home(tx, id, Some("labdeck-ada"))?;
        spawners::set_display_name(tx, id, "Mine")
    })
    .await;
    let row = f.read(move |r| spawners::find_by_id(r, id)).await.unwrap();
    assert_eq!((&row.run, row.user_options, row.display_name.as_str()), (&run, json!({"stack": "scipy"}), "Mine"));
    let kept = (row.spawner_kind.as_deref(), row.stack.as_deref(), row.home.as_deref());
    assert_eq!(kept, (Some("docker"), Some("scipy"), Some("labdeck-ada")));
    f.write(move |tx| spawners::set_state(tx, id, None)).await;
    let row = f.read(move |r| spawners::find_by_id(r, id)).await.unwrap();
    assert_eq!(row.run, Run { state: None, ..run });
}

#[tokio::test]
async fn lists_are_by_user_and_by_what_may_still_run() {
    let f = Fixture::new();
    let (bob, ada) = (f.user("bob").await, f.user("ada").await);
    f.server(bob, "").await;
    f.server(ada, "gpu").await;
    let running = f.server(ada, "").await;
    f.write(move |tx| spawners::set_run(tx, running, &Run { phase: Phase::Stopping, ..Run::default() })).await;
    let names = |rows: Vec<spawners::SpawnerRow>| rows.iter().map(|row| row.key.to_string()).collect::<Vec<_>>();
    assert_eq!(names(f.read(spawners::list_all).await), ["ada", "ada:gpu", "bob"]);
    assert_eq!(names(f.read(move |r| spawners::list_for_user(r, ada)).await), ["ada", "ada:gpu"]);
    assert_eq!(names(f.read(spawners::list_active).await), ["ada"]);
    f.write(move |tx| users::delete(tx, ada)).await;
    assert_eq!(names(f.read(spawners::list_all).await), ["bob"]);
}

#[tokio::test]
async fn a_server_is_renamed_unless_the_name_is_taken() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "gpu").await;
    f.server(ada, "big").await;
    let taken = f.store.write(move |tx| spawners::rename(tx, id, &server("big"))).await;
    assert!(matches!(taken, Err(StoreError::Duplicate { .. })));
    f.write(move |tx| spawners::rename(tx, id, &server("small"))).await;
    assert_eq!(f.read(move |r| spawners::find(r, ada, &server("small"))).await.unwrap().id, id);
}

#[tokio::test]
async fn activity_only_moves_forward() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "").await;
    let late = f.clock.now().after(Duration::from_secs(1));
    for at in [late, f.clock.now()] {
        f.write(move |tx| spawners::touch_activity(tx, id, at)).await;
    }
    assert_eq!(f.read(move |r| spawners::find_by_id(r, id)).await.unwrap().last_activity, Some(late));
}

#[tokio::test]
async fn a_client_must_exist_before_a_server_names_it() {
    let f = Fixture::new();
    let ada = f.user("ada").await;
    let id = f.server(ada, "").await;
    let dangling = f.store.write(move |tx| spawners::set_oauth_client(tx, id, Some("nobody"))).await;
    assert!(matches!(dangling, Err(StoreError::Sqlite(_))));
    let client = oauth_clients::NewClient {
        identifier: "jupyterhub-user-ada".to_owned(),
        description: String::new(),
        secret: None,
        redirect_uri: String::new(),
        allowed_scopes: Vec::new(),
    };
    f.write(move |tx| oauth_clients::upsert(tx, &client)).await;
    f.write(move |tx| spawners::set_oauth_client(tx, id, Some("jupyterhub-user-ada"))).await;
    let found = f.read(|r| spawners::find_by_oauth_client(r, "jupyterhub-user-ada")).await;
    assert_eq!(found.map(|row| row.id), Some(id));
}

#[test]
fn every_phase_has_a_word_of_its_own() {
    for phase in
        [Phase::Stopped, Phase::Starting, Phase::Waiting, Phase::Routing, Phase::Ready, Phase::Stopping, Phase::Failed]
    {
        assert_eq!(phase.to_string().parse(), Ok(phase));
    }
    assert!("".parse::<Phase>().is_err());
    assert_eq!(Phase::of(&ServerState::new()), Some(Phase::Stopped));
}
