//! What must agree once a hub has come to rest: what it says of its servers, what the engine runs, what its proxy
//! serves.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use labdeck_testkit::{Engine, HubProcess, eventually};

/// Waits until no server is on its way and everything agrees; gives who runs. Whoever does not run must be off, and
/// not have failed.
pub(crate) async fn agree(hub: &HubProcess, people: &[String], limit: Duration) -> Vec<String> {
    eventually("every server is ready or off", limit, || async {
        let states: Vec<_> = people.iter().map(|person| state(hub, person)).collect();
        states.iter().all(|state| ["Ready", "Off", "Failed"].contains(&state.as_str())).then_some(())
    })
    .await;
    let running: Vec<_> = people.iter().filter(|person| state(hub, person) == "Ready").cloned().collect();
    for person in people.iter().filter(|person| !running.contains(person)) {
        assert_eq!(state(hub, person), "Off", "{person}: {}", hub.server(person));
    }
    let id = hub.id().expect("a network");
    let wanted: BTreeMap<_, _> = running.iter().map(|person| (person.clone(), 1)).collect();
    let seen = parking_lot::Mutex::new(BTreeMap::new());
    let alike = eventually("there is one container for each server that runs, and no other", limit, || async {
        *seen.lock() = containers(&id, people);
        (*seen.lock() == wanted).then_some(())
    });
    match tokio::time::timeout(limit, alike).await {
        Ok(()) => {}
        Err(_) => panic!("wanted {wanted:?}, found {:?}\n{}", seen.lock(), hub.log_tail(60)),
    }
    assert_eq!(Engine.containers(&id, "probe"), Vec::<String>::new());
    let networks = Engine.call(&["network", "ls", "-q", "--filter", &format!("label=labdeck.hub={id}")]);
    assert_eq!(networks.lines().count(), 1, "{networks}");
    let browser = hub.browser();
    for person in people {
        let answer = browser.get_only(&format!("/user/{person}/api")).await;
        let serves = answer.status == StatusCode::OK && answer.header("x-jupyterhub-version") == Some("6.1.1");
        assert_eq!(serves, running.contains(person), "{person}: {} {}", answer.status, answer.body);
    }
    running
}

/// How many containers each person has in any state.
fn containers(hub_id: &str, people: &[String]) -> BTreeMap<String, usize> {
    let filter = format!("label=labdeck.hub={hub_id}");
    let format = "{{.Label \"labdeck.user\"}}";
    let found = Engine.call(&["ps", "-a", "--filter", &filter, "--format", format]);
    let count = |person: &String| found.lines().filter(|line| line == person).count();
    let mut all: BTreeMap<_, _> = people.iter().map(|person| (person.clone(), count(person))).collect();
    let strangers = found.lines().filter(|line| !all.contains_key(*line)).count();
    all.insert("nobody we know".to_owned(), strangers);
    all.retain(|_, count| *count > 0);
    all
}

fn state(hub: &HubProcess, person: &str) -> String {
    let server = hub.server(person);
    // Whose server was never asked for has none.
    server["labdeck_state"].as_str().unwrap_or("Off").to_owned()
}
