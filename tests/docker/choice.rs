//! Choosing an image at a start: only what the configuration allows, by the API as a hostile person would use it.

use http::Method;
use labdeck_testkit::{Engine, NOTEBOOK, STANDIN};
use serde_json::{Value, json};

use crate::lab::{START_LIMIT, STOP_LIMIT, builder, container};

const SERVER: &str = "/hub/api/users/ada/server";

#[tokio::test]
async fn an_image_is_chosen_from_the_list_and_every_other_is_refused_with_it() {
    let allowed = "[docker_spawner.allowed_images]\nSmall = \"labdeck/test-minimal\"\n";
    let hub = builder().settings(allowed).start().await;
    hub.offer("lab", NOTEBOOK);
    let ada = hub.add(&["ada"]).await;
    let id = Engine.inspect(NOTEBOOK)["Id"].as_str().expect("an id").to_owned();
    for image in [
        json!(NOTEBOOK),
        json!("labdeck/test-base"),
        json!("labdeck/test-minimal:other"),
        json!(format!("labdeck/test-minimal@{id}")),
        json!(id),
        json!(["labdeck/test-notebook"]),
        json!("--privileged"),
    ] {
        let asked = json!({ "image": image });
        let answer = ada.json(Method::POST, SERVER, Some(asked.clone())).await;
        assert_eq!(answer.status.as_u16(), 400, "{asked}: {}", answer.body);
        assert!(answer.body.contains("Small"), "{asked}: {}", answer.body);
    }
    let answer = ada.json(Method::POST, SERVER, Some(json!({"image": "Small"}))).await;
    assert!([201, 202].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
    let server = hub.server_is("ada", "Ready", START_LIMIT).await;
    assert!(server["labdeck_stack"].is_null(), "an image alone is no stack: {server}");
    let runs = Engine.inspect(&container(&hub, "ada"));
    assert_eq!(runs["Image"], Engine.inspect("labdeck/test-minimal:latest")["Id"], "it runs by its content");
    assert_eq!(runs["Config"]["Image"], runs["Image"], "and was asked for by it");
    assert_eq!(runs["Config"]["Labels"]["labdeck.image"], json!("labdeck/test-minimal"));
    assert_eq!(runs["HostConfig"]["Memory"], json!(2u64 << 30), "with the limits of the configuration");

    // From inside: the hub's public port and the engine are not there, its API knows this server alone.
    let script = "import os, socket, urllib.request as u, urllib.error as e\n\
        api = os.environ['JUPYTERHUB_API_URL']; host = api.split('/')[2].split(':')[0]\n\
        def ask(path, token):\n    try: return u.urlopen(u.Request(api + path, headers={'Authorization': 'token ' + token}), timeout=5).status\n    except e.HTTPError as x: return x.code\n\
        own = os.environ['JUPYTERHUB_API_TOKEN']\n\
        print(ask('/user', own), ask('/users', own), ask('/users/boss', own), ask('/user', 'x' * 32), ask('/labdeck/stacks', 'x' * 32))\n\
        def port(p):\n    s = socket.socket(); s.settimeout(2)\n    return s.connect_ex((host, p)) == 0\n\
        print(port(PUBLIC), os.path.exists('/var/run/docker.sock'))";
    let public = hub.origin().rsplit(':').next().expect("a port").trim_end_matches('/').to_owned();
    let said = Engine.call(&["exec", &container(&hub, "ada"), "python3", "-c", &script.replace("PUBLIC", &public)]);
    let lines: Vec<&str> = said.lines().collect();
    let answers: Vec<&str> = lines[0].split(' ').collect();
    assert_eq!(answers[0], "200", "{said}");
    for refused in &answers[2..] {
        assert!(["401", "403", "404"].contains(refused), "{said}");
    }
    assert_eq!(lines[1], "False False", "{said}");
}

#[tokio::test]
async fn a_stack_that_is_withdrawn_is_the_default_at_the_next_start_and_refused_when_asked_for() {
    let hub = builder().start().await;
    hub.offer("other", STANDIN);
    hub.offer("usual", STANDIN);
    let ada = hub.add(&["ada"]).await;
    let start = async |wish: Value| {
        let answer = ada.json(Method::POST, SERVER, Some(wish)).await;
        assert!([201, 202].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
        let server = hub.server_is("ada", "Ready", START_LIMIT).await;
        ada.json(Method::DELETE, SERVER, None).await;
        hub.server_is("ada", "Off", STOP_LIMIT).await;
        server["labdeck_stack"].clone()
    };
    assert_eq!(start(json!({ "stack": "other" })).await, "other");
    assert_eq!(start(json!({})).await, "other", "the last choice is the next one");
    hub.control(Method::DELETE, "/hub/api/labdeck/stacks/other", &Value::Null);
    assert_eq!(start(json!({})).await, "usual");
    let refused = ada.json(Method::POST, SERVER, Some(json!({ "stack": "other" }))).await;
    assert_eq!(refused.status.as_u16(), 400, "{}", refused.body);
    assert!(refused.body.contains("not offered"), "{}", refused.body);
}
