//! `kill -9` at any moment of a server's life: at chosen ones, with the engine's calls held where it hurts most, and
//! at random ones while several people start and stop. Afterwards nothing is lost, double, or left behind.
//!
//! LABDECK_KILLS   how many random kills (12)
//! LABDECK_SEED    which moments; printed by each run

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Browser, Dice, Engine, HubProcess, STANDIN, eventually};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::books::agree;
use crate::keys::{Keys, OF_A_RUNNING_SERVER, keys};
use crate::lab::builder_with;
use crate::relay::{HoldAt, Relay, spawn};

/// For a hub that comes back, with servers that are looked at.
const SETTLED: Duration = Duration::from_secs(40);

/// Servers that tell the hub every second that they live, with the token they were made with.
const TALKATIVE: &str = "[spawner.environment]\nFAKE_ACTIVITY_SECONDS = \"1\"";

// ---- chosen moments ----

/// What a server is doing at the kill, and the state that must come of it.
struct Moment {
    during: &'static str,
    call: &'static str,
    at: HoldAt,
    leads_to: &'static [&'static str],
}

const fn moment(during: &'static str, call: &'static str, at: HoldAt, leads_to: &'static [&'static str]) -> Moment {
    Moment { during, call, at, leads_to }
}

async fn killed_at(moment: &Moment) {
    let relay = Relay::new();
    let mut hub = builder_with("").environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    let path = "/hub/api/users/ada/server";
    if moment.during == "stop" {
        api.json(Method::POST, path, Some(json!({}))).await;
        hub.server_is("ada", "Ready", SETTLED).await;
    }
    relay.hold_at(moment.call, moment.at);
    let method = if moment.during == "stop" { Method::DELETE } else { Method::POST };
    let asking = api.try_json(method, path, None);
    tokio::select! {
        _ = asking => { relay.held(SETTLED).await; }
        _ = relay.held(SETTLED) => {}
    }
    hub.kill();
    hub.restart_with("DOCKER_HOST", None).await;
    let people = ["ada".to_owned()];
    let running = agree(&hub, &people, SETTLED).await;
    let state = if running.is_empty() { "Off" } else { "Ready" };
    assert!(moment.leads_to.contains(&state), "{state} after a kill during {}, {} held", moment.during, moment.call);
    // And it goes on: off or ready, it can be started and stopped.
    api.json(Method::POST, path, Some(json!({}))).await;
    hub.server_is("ada", "Ready", SETTLED).await;
    assert_eq!(agree(&hub, &people, SETTLED).await, people);
    stop_all(&hub, &people).await;
    hub.kill();
    assert_eq!(keys(&hub.data_dir()).await, BTreeMap::from([("ada".to_owned(), Keys::default())]));
}

#[tokio::test]
async fn a_kill_before_the_engine_hears_of_a_container_leaves_nothing() {
    killed_at(&moment("start", "/containers/create", HoldAt::Call, &["Off"])).await;
}

#[tokio::test]
async fn a_kill_between_create_and_checkpoint_leaves_no_container() {
    killed_at(&moment("start", "/containers/create", HoldAt::Answer, &["Off"])).await;
}

#[tokio::test]
async fn a_kill_after_the_container_began_to_run_loses_nothing() {
    // The server runs: it may be taken over, or brought down.
    killed_at(&moment("start", "/start", HoldAt::Answer, &["Off", "Ready"])).await;
}

#[tokio::test]
async fn a_kill_before_the_engine_hears_of_a_stop_does_not_forget_the_stop() {
    killed_at(&moment("stop", "/stop", HoldAt::Call, &["Off"])).await;
}

#[tokio::test]
async fn a_kill_between_the_end_of_a_container_and_its_removal_removes_it() {
    killed_at(&moment("stop", "/stop", HoldAt::Answer, &["Off"])).await;
}

#[tokio::test]
async fn a_kill_before_a_removal_removes_it_later() {
    killed_at(&moment("stop", "DELETE /", HoldAt::Call, &["Off"])).await;
}

#[tokio::test]
async fn a_kill_after_a_removal_takes_the_tokens_too() {
    killed_at(&moment("stop", "DELETE /", HoldAt::Answer, &["Off"])).await;
}

#[tokio::test]
async fn a_container_that_a_slow_engine_makes_after_the_kill_is_removed() {
    let relay = Relay::new();
    let mut hub = builder_with("").environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    relay.hold_at("/containers/create", HoldAt::Call);
    tokio::select! {
        _ = api.try_json(Method::POST, "/hub/api/users/ada/server", None) => { relay.held(SETTLED).await; }
        _ = relay.held(SETTLED) => {}
    }
    hub.kill();
    hub.restart_with("DOCKER_HOST", None).await;
    hub.server_is("ada", "Off", SETTLED).await;
    let id = hub.id().expect("a network");
    assert_eq!(Engine.containers(&id, "server"), Vec::<String>::new());
    relay.pass_on_late();
    eventually("the engine made it after all", SETTLED, || async {
        (!Engine.containers(&id, "server").is_empty()).then_some(())
    })
    .await;
    assert_eq!(agree(&hub, &["ada".to_owned()], SETTLED).await, Vec::<String>::new());
}

// ---- random moments ----

/// What people met while the hub was killed again and again.
#[derive(Debug, Default)]
struct Met {
    /// By what was asked and how it was answered; `-` is a line that broke.
    answers: Mutex<BTreeMap<String, usize>>,
    /// Answers that no kill explains.
    broken: Mutex<Vec<String>>,
    over: AtomicBool,
}

#[tokio::test]
async fn kills_at_random_moments_lose_no_server_and_leave_no_token() {
    let kills: usize = std::env::var("LABDECK_KILLS").map_or(12, |text| text.parse().expect("a number"));
    let seed = Dice::seed_from("LABDECK_SEED");
    println!("{kills} kills, LABDECK_SEED={seed}");
    let mut dice = Dice::of_seed(seed);
    let mut hub = builder_with(TALKATIVE).start().await;
    hub.offer("standin", STANDIN);
    let people = ["ada", "bob", "cyd", "dan", "eve"].map(str::to_owned);
    let met = Arc::new(Met::default());
    let mut loops = Vec::new();
    for person in &people {
        let api = hub.add(&[person.as_str()]).await;
        loops.push(spawn(starts_and_stops(api, person.clone(), dice.fork(), Arc::clone(&met))));
    }
    let (since, mut back) = (Instant::now(), Vec::new());
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.below(2500))).await;
        hub.kill();
        // One in three is killed once more while it takes its servers over.
        if dice.below(3) == 0 {
            hub.launch();
            tokio::time::sleep(Duration::from_millis(dice.below(400))).await;
        }
        back.push(hub.restart().await);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    met.over.store(true, Ordering::SeqCst);
    for one in loops {
        one.await.expect("nobody panics");
    }
    let took = since.elapsed();
    let running = agree(&hub, &people, SETTLED).await;
    still_talk(&hub, &running).await;
    println!("{} kills in {took:?}; {} servers ran on: {running:?}", kills, running.len());
    println!("back after {:?} at most; answers: {:?}", back.iter().max(), met.answers.lock());
    assert_eq!(*met.broken.lock(), Vec::<String>::new());

    hub.kill();
    let found = keys(&hub.data_dir()).await;
    let wanted = |person: &String| if running.contains(person) { OF_A_RUNNING_SERVER } else { Keys::default() };
    let wanted: BTreeMap<_, _> = people.iter().map(|person| (person.clone(), wanted(person))).collect();
    assert_eq!(found, wanted);

    hub.restart().await;
    assert_eq!(agree(&hub, &people, SETTLED).await, running);
    stop_all(&hub, &people).await;
    hub.kill();
    assert!(keys(&hub.data_dir()).await.values().all(|keys| *keys == Keys::default()));
}

/// One person who cannot decide.
async fn starts_and_stops(api: Browser, person: String, mut dice: Dice, met: Arc<Met>) {
    let path = format!("/hub/api/users/{person}/server");
    let mut starts = false;
    while !met.over.load(Ordering::SeqCst) {
        // Mostly one after the other; sometimes the same again.
        starts = if dice.below(5) == 0 { starts } else { !starts };
        let method = if starts { Method::POST } else { Method::DELETE };
        let answer = api.try_json(method.clone(), &path, None).await;
        let status = answer.as_ref().map_or("-", |page| page.status.as_str()).to_owned();
        *met.answers.lock().entry(format!("{method} {status}")).or_default() += 1;
        if let Some(page) = answer.filter(|page| page.status.is_server_error()) {
            met.broken.lock().push(format!("{method} {person}: {} {}", page.status, page.body));
        }
        tokio::time::sleep(Duration::from_millis(dice.below(600))).await;
    }
}

/// The servers' own tokens are good: the hub takes what they report.
async fn still_talk(hub: &HubProcess, running: &[String]) {
    let id = hub.id().expect("a network");
    for person in running {
        let container = Engine.container_of(&id, person).expect("a container");
        eventually("the server's report is taken", SETTLED, || async {
            let said = Engine.call(&["logs", "--tail", "1", &container]);
            (said == "activity 200").then_some(())
        })
        .await;
    }
}

async fn stop_all(hub: &HubProcess, people: &[String]) {
    for person in people {
        let (status, said) = hub.try_control(&Method::DELETE, &format!("/hub/api/users/{person}/server"), &Value::Null);
        assert!([202, 204].contains(&status), "{status} {said}");
    }
    assert_eq!(agree(hub, people, SETTLED).await, Vec::<String>::new());
}
