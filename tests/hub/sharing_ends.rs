//! What is shared ends at once: by being taken back, by the clock, and also for a hub that was started again meanwhile.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, EventReader, eventually};
use serde_json::json;

use crate::restart::fixed;
use crate::support::{SHORT, TestHub, folder, simple};

const STREAM: &str = "/user/ada/stream";
const SHARES: &str = "/hub/api/shares/ada/";

/// ada's server runs and is shared with bo.
async fn shared() -> (TestHub, Browser, Browser) {
    let hub = TestHub::start_in(folder(&fixed(&simple()))).await;
    let (ada, bo) = (hub.signed_in("ada").await, hub.signed_in("bo").await);
    hub.start_server(&hub.window(), "ada", "").await;
    share(&hub).await;
    (hub, ada, bo)
}

async fn share(hub: &TestHub) {
    hub.window().api(Method::POST, SHARES, Some(json!({ "user": "bo" }))).await;
}

async fn take_back(hub: &TestHub) {
    hub.window().api(Method::PATCH, SHARES, Some(json!({ "user": "bo" }))).await;
}

/// A stream that has begun.
async fn streaming(browser: &Browser) -> EventReader {
    let mut stream = browser.events(STREAM, &[]).await;
    assert_eq!(stream.status, 200);
    assert!(stream.next(SHORT).await.is_some());
    stream
}

async fn ends(mut stream: EventReader) {
    let reading = async { while stream.next(SHORT).await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the stream goes on");
}

/// What ada's server sees of a browser's session.
async fn session_seen(browser: &Browser) -> String {
    let seen = browser.get("/user/ada/echo").await.value();
    let headers = seen["headers"].as_array().unwrap().clone();
    let is_cookie = |name: &str| name.eq_ignore_ascii_case("cookie");
    let cookies = headers.iter().filter(|pair| pair[0].as_str().is_some_and(is_cookie));
    let all = cookies.filter_map(|pair| pair[1].as_str()).collect::<Vec<_>>().join("; ");
    all.split("; ").find_map(|pair| pair.strip_prefix("jupyterhub-session-id=")).unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_under_way_is_cut_when_a_share_is_taken_back() {
    let (hub, ada, bo) = shared().await;
    let (mut hers, his) = (streaming(&ada).await, streaming(&bo).await);
    take_back(&hub).await;
    ends(his).await;
    for _ in 0..5 {
        assert!(hers.next(SHORT).await.is_some(), "her own goes on");
    }
}

#[tokio::test]
async fn an_answer_under_way_is_cut_when_a_shares_time_is_over() {
    let (hub, ada, bo) = shared().await;
    hub.share_almost_over("ada", "bo", Duration::from_secs(2)).await;
    let (mut hers, his) = (streaming(&ada).await, streaming(&bo).await);
    let before = session_seen(&bo).await;
    ends(his).await;
    assert!(hers.next(SHORT).await.is_some(), "her own goes on");
    assert!(session_seen(&bo).await.starts_with(&format!("{before}.")), "he is a stranger to her server");
    assert_eq!(hub.window().api(Method::GET, SHARES, None).await["items"], json!([]));
}

#[tokio::test]
async fn who_was_removed_stays_a_stranger_to_a_hub_that_is_started_again() {
    let (hub, ada, bo) = shared().await;
    let (hers, his) = (session_seen(&ada).await, session_seen(&bo).await);
    assert_eq!(hub.window().json(Method::DELETE, "/hub/api/users/bo", None).await.status, 204);
    let renamed = session_seen(&bo).await;
    assert!(renamed.starts_with(&format!("{his}.")), "{renamed}");
    let hub = TestHub::start_in(hub.stop().await).await;
    hub.until_ready("ada", "").await;
    eventually("the route is there", SHORT, || async { (bo.get("/user/ada/echo").await.status == 200).then_some(()) })
        .await;
    assert_eq!((session_seen(&bo).await, session_seen(&ada).await), (renamed, hers));
}

#[tokio::test]
async fn a_stale_session_does_not_come_back_with_a_hub_that_is_started_again() {
    let (hub, ada, bo) = shared().await;
    let (hers, his) = (session_seen(&ada).await, session_seen(&bo).await);
    take_back(&hub).await;
    let renamed = session_seen(&bo).await;
    assert!(renamed.starts_with(&format!("{his}.")), "{renamed}");
    let hub = TestHub::start_in(hub.stop().await).await;
    hub.until_ready("ada", "").await;
    eventually("the route is there", SHORT, || async { (bo.get("/user/ada/echo").await.status == 200).then_some(()) })
        .await;
    assert_eq!(session_seen(&bo).await, renamed, "her server remembers him by the old name");
    assert_eq!(session_seen(&ada).await, hers, "and her as she was");
    // The next one to be shut out is told apart from all names before.
    share(&hub).await;
    take_back(&hub).await;
    let again = session_seen(&bo).await;
    assert!(again.starts_with(&format!("{his}.")) && again != renamed, "{again}");
}
