//! Sharing with the unmodified single-user server, which remembers for five minutes whom it let in.

use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Browser, HubProcess, eventually};
use serde_json::{Value, json};

use crate::kernel::{Kernel, script};
use crate::lab::{hub, start_for};

const ADAS: &str = "/user/ada/";

/// How soon a share that was taken back must be felt.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Opens ada's server as somebody else, who agrees that it learns who they are.
async fn visit(hub: &HubProcess, name: &str) -> Browser {
    let browser = hub.sign_in(name).await;
    let asked = browser.get("/user/ada/lab").await;
    let scopes: Vec<_> = asked.body.split("name=\"scopes\" value=\"").skip(1).collect();
    let scopes: Vec<_> = scopes.iter().map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/")).collect();
    assert!(!scopes.is_empty(), "{}: {}", asked.path, asked.body);
    let xsrf = asked.field("_xsrf").expect("a form");
    let mut fields = vec![("_xsrf", xsrf.as_str())];
    fields.extend(scopes.iter().map(|scope| ("scopes", scope.as_str())));
    let page = browser.post_form(&asked.path, &fields).await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/user/ada/lab"), "{}", page.body);
    browser
}

async fn kernels(browser: &Browser) -> u16 {
    script(browser, ADAS).json(Method::GET, "/user/ada/api/kernels", None).await.status.as_u16()
}

#[tokio::test]
async fn what_is_taken_back_ends_at_once_in_an_open_tab_and_the_owner_works_on() {
    let hub = hub().await;
    let ada = hub.sign_in("ada").await;
    hub.add(&["bob"]).await;
    start_for(&hub, "ada").await;
    assert_eq!(ada.get("/user/ada/lab").await.status, 200);
    let mut hers = Kernel::begin(&hub, &ada, ADAS).await;
    assert_eq!(hers.run("x = 20; print(x)").await.trim(), "20");

    let share = json!({ "user": "bob" });
    hub.control(Method::POST, "/hub/api/shares/ada/", &share);
    let bob = visit(&hub, "bob").await;
    let mut his = Kernel::open(&hub, &bob, ADAS, &hers.id).await;
    assert_eq!(his.run("x += 1; print(x)").await.trim(), "21");
    assert_eq!(kernels(&bob).await, 200);

    let began = Instant::now();
    assert_eq!(hub.control(Method::PATCH, "/hub/api/shares/ada/", &share), json!({}));
    tokio::time::timeout(AT_ONCE, his.until_cut()).await.expect("his channel is cut");
    assert_eq!(kernels(&bob).await, 403);
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    assert_eq!(bob.get("/user/ada/lab").await.status, 403, "a reload");

    assert_eq!(hers.run("print(x + 1)").await.trim(), "22", "on the channel that she had");
    assert_eq!(kernels(&ada).await, 200, "with the token that her page had");

    hub.control(Method::POST, "/hub/api/shares/ada/", &share);
    let again = visit(&hub, "bob").await;
    assert_eq!(kernels(&again).await, 200);
}

#[tokio::test]
async fn who_is_removed_is_cut_off_also_from_others_servers() {
    let hub = hub().await;
    let ada = hub.sign_in("ada").await;
    hub.add(&["bob"]).await;
    start_for(&hub, "ada").await;
    assert_eq!(ada.get("/user/ada/lab").await.status, 200);
    let mut hers = Kernel::begin(&hub, &ada, ADAS).await;
    hub.control(Method::POST, "/hub/api/shares/ada/", &json!({ "user": "bob" }));
    let bob = visit(&hub, "bob").await;
    let mut his = Kernel::open(&hub, &bob, ADAS, &hers.id).await;
    assert_eq!(his.run("print(1)").await.trim(), "1");
    hub.control(Method::DELETE, "/hub/api/users/bob", &Value::Null);
    tokio::time::timeout(AT_ONCE, his.until_cut()).await.expect("his channel is cut");
    assert_eq!(kernels(&bob).await, 403);
    assert_eq!(hers.run("print(2)").await.trim(), "2", "on the channel that she had");
}

#[tokio::test]
async fn who_leaves_a_group_loses_what_it_was_given() {
    let hub = hub().await;
    hub.add(&["ada", "bob"]).await;
    hub.control(Method::POST, "/hub/api/groups/lab", &Value::Null);
    hub.control(Method::POST, "/hub/api/groups/lab/users", &json!({ "users": ["bob"] }));
    start_for(&hub, "ada").await;
    hub.control(Method::POST, "/hub/api/shares/ada/", &json!({ "group": "lab" }));
    let bob = visit(&hub, "bob").await;
    assert_eq!(kernels(&bob).await, 200);
    hub.control(Method::DELETE, "/hub/api/groups/lab/users", &json!({ "users": ["bob"] }));
    eventually("bob is out", Duration::from_secs(10), || async { (kernels(&bob).await == 403).then_some(()) }).await;
}
