//! `kill -9` at random moments while people start and stop servers that are local processes: each process is known or
//! ended, no token outlives its server. (With a real engine: `tests/docker/kills.rs`.)
//!
//! LABDECK_KILLS   how many kills (6)
//! LABDECK_SEED    which moments; printed by each run

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use labdeck_hub::tasks;
use labdeck_testkit::{Browser, Dice, eventually};
use serde_json::{Value, json};

use crate::keys::{Keys, OF_A_RUNNING_SERVER, keys};
use crate::restart::{boss, fixed, processes_in};
use crate::support::{Daemon, folder, server_path, simple};

const PEOPLE: [&str; 4] = ["ada", "bob", "cyd", "dan"];
/// A hub that comes back stops what it was stopping, with the time that takes.
const SETTLED: Duration = Duration::from_secs(60);

#[tokio::test]
async fn kills_at_random_moments_lose_no_process_and_leave_no_token() {
    let kills: usize = std::env::var("LABDECK_KILLS").map_or(6, |text| text.parse().unwrap());
    let seed = Dice::seed_from("LABDECK_SEED");
    println!("{kills} kills, LABDECK_SEED={seed}");
    let mut dice = Dice::of_seed(seed);
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let mut hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    admin.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": PEOPLE }))).await;
    let over = Arc::new(AtomicBool::new(false));
    let loops = PEOPLE.map(|person| {
        let (api, dice, over) = (admin.clone(), dice.fork(), Arc::clone(&over));
        tasks::spawn("person", async move { starts_and_stops(api, person, dice, &over).await })
    });
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.below(1500))).await;
        hub.kill().await;
        if dice.below(3) == 0 {
            // Dropped in the middle of its start, the program is killed.
            let moment = Duration::from_millis(dice.below(300));
            drop(tokio::time::timeout(moment, Daemon::start(&data)).await);
        }
        hub = started(&data).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    over.store(true, Ordering::SeqCst);
    for one in loops {
        assert_eq!(one.await.unwrap(), Some(()), "nobody panics");
    }
    let running = agree(&admin, &data).await;
    println!("{} servers ran on", running.len());
    hub.kill().await;
    let wanted = |person: &&str| if running.contains(*person) { OF_A_RUNNING_SERVER } else { Keys::default() };
    let wanted: BTreeMap<_, _> = PEOPLE.iter().map(|person| ((*person).to_owned(), wanted(person))).collect();
    assert_eq!(keys(&data).await, wanted);

    let hub = Daemon::start(&data).await;
    assert_eq!(agree(&admin, &data).await, running);
    for person in PEOPLE {
        let stopped = admin.json(Method::DELETE, &server_path(person, ""), None).await;
        assert!([202, 204].contains(&stopped.status.as_u16()), "{} {}", stopped.status, stopped.body);
    }
    assert_eq!(agree(&admin, &data).await, BTreeSet::new());
    hub.kill().await;
    assert!(keys(&data).await.values().all(|keys| *keys == Keys::default()));
}

/// Starts the program; one that is being killed holds the folder until the system is done with it.
async fn started(data: &Path) -> Daemon {
    eventually("the folder is free", SETTLED, || async {
        match Daemon::try_start(data).await {
            Ok(daemon) => Some(daemon),
            Err(ended) if ended.err.contains("is in use by another Labdeck") => None,
            Err(ended) => panic!("labdeckd did not start: {ended:?}"),
        }
    })
    .await
}

async fn starts_and_stops(api: Browser, person: &str, mut dice: Dice, over: &AtomicBool) {
    let mut starts = false;
    while !over.load(Ordering::SeqCst) {
        starts = if dice.below(5) == 0 { starts } else { !starts };
        let method = if starts { Method::POST } else { Method::DELETE };
        let answer = api.try_json(method, &server_path(person, ""), None).await;
        if let Some(page) = answer {
            assert!(!page.status.is_server_error(), "{person}: {} {}", page.status, page.body);
        }
        tokio::time::sleep(Duration::from_millis(dice.below(500))).await;
    }
}

/// Waits until every server is ready or off; gives who runs. Their processes are all that there are.
async fn agree(admin: &Browser, data: &Path) -> BTreeSet<String> {
    let servers = eventually("every server is ready or off", SETTLED, || async {
        let mut servers = BTreeMap::new();
        for person in PEOPLE {
            let page = admin.json(Method::GET, &server_path(person, ""), None).await;
            servers.insert(person.to_owned(), if page.status == 404 { Value::Null } else { page.value() });
        }
        servers.values().all(|server| server["pending"].is_null()).then_some(servers)
    })
    .await;
    assert!(servers.values().all(|server| server["labdeck_failure"].is_null()), "{servers:?}");
    let running: BTreeSet<_> =
        servers.iter().filter(|(_, server)| server["ready"] == true).map(|(person, _)| person.clone()).collect();
    let mut known = BTreeSet::new();
    for person in &running {
        let facts = admin.get_only(&format!("/user/{person}/facts")).await.value();
        known.insert(facts["pid"].as_u64().unwrap());
    }
    eventually("there is one process for each server that runs, and no other", SETTLED, || async {
        (processes_in(data).into_iter().collect::<BTreeSet<_>>() == known).then_some(())
    })
    .await;
    running
}
