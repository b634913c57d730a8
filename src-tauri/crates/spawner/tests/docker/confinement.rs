//! What a server may do to its machine and to its neighbours.

use std::time::Duration;

use labdeck_spawner::{Liveness, Spawner, StopMode};
use serde_json::{Value, json};

use crate::support::{Lab, NOTEBOOK, get};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_made_is_the_golden_spec() {
    let lab = Lab::new("spec").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let start = lab.start(request).await;
    let url = start.url.unwrap();
    let found = lab.inspect(start.saved.last().unwrap()).await;
    let host = &found["HostConfig"];
    let picked = |from: &Value, names: &[&str]| -> Value {
        names.iter().map(|name| ((*name).to_owned(), from[*name].clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let names = [
        "AutoRemove",
        "Binds",
        "CapAdd",
        "CapDrop",
        "DeviceRequests",
        "Devices",
        "GroupAdd",
        "IpcMode",
        "LogConfig",
        "Memory",
        "MemorySwap",
        "NanoCpus",
        "NetworkMode",
        "PidMode",
        "PidsLimit",
        "Privileged",
        "PublishAllPorts",
        "RestartPolicy",
        "SecurityOpt",
        "UTSMode",
        "UsernsMode",
        "VolumesFrom",
    ];
    let golden = json!({
        "AutoRemove": false, "Binds": null, "CapAdd": null, "CapDrop": ["ALL"], "DeviceRequests": null, "Devices": null,
        "GroupAdd": null, "IpcMode": "private",
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "Memory": 512u64 << 20, "MemorySwap": 512u64 << 20, "NanoCpus": 500_000_000u64,
        "NetworkMode": format!("labdeck-{}", lab.hub_id), "PidMode": "", "PidsLimit": 200, "Privileged": false,
        "PublishAllPorts": false, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "SecurityOpt": ["no-new-privileges"], "UTSMode": "", "UsernsMode": "", "VolumesFrom": null,
    });
    assert_eq!(picked(host, &names), golden);
    assert_eq!(found["Mounts"].as_array().unwrap().len(), 1);
    assert_eq!(
        picked(&found["Mounts"][0], &["Type", "Destination"]),
        json!({"Type": "volume", "Destination": "/home/jovyan"})
    );
    let port = &found["NetworkSettings"]["Ports"]["8888/tcp"];
    assert_eq!((port.as_array().unwrap().len(), port[0]["HostIp"].as_str()), (1, Some("127.0.0.1")));
    assert_eq!(url, format!("http://127.0.0.1:{}", port[0]["HostPort"].as_str().unwrap()));
    assert_eq!(found["Config"]["StopTimeout"], 10);
    let environment = found["Config"]["Env"].to_string();
    assert!(environment.contains("JUPYTERHUB_SERVICE_URL=http://0.0.0.0:8888/user/ada/"), "{environment}");
    lab.spawner.stop(start.saved.last().unwrap(), StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_reach_the_hub_at_the_gateway_and_not_each_other() {
    let lab = Lab::new("net").await;
    let hub = lab.fake_hub().await;
    let mut first = lab.request("ada", NOTEBOOK, &hub);
    first.cmd = Some(["python3", "-m", "http.server", "8888"].map(String::from).to_vec());
    let first = lab.start(first).await;
    let address = lab.inspect(&first.saved[0]).await["NetworkSettings"]["Networks"][format!("labdeck-{}", lab.hub_id)]
        ["IPAddress"]
        .as_str()
        .unwrap()
        .to_owned();
    get(&first.url.unwrap(), "/", Duration::from_secs(30)).await;
    let probe = format!(
        "import urllib.request as u\nprint(u.urlopen('{hub}', timeout=5).status)\n\
         try:\n u.urlopen('http://{address}:8888/', timeout=3); print('reached')\nexcept OSError:\n print('blocked')\n"
    );
    let mut second = lab.request("bob", NOTEBOOK, &hub);
    second.cmd = Some(vec!["python3".into(), "-c".into(), probe]);
    let second = lab.start(second).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&second.saved[0]).await.unwrap() else { panic!("it runs") };
    assert_eq!(exit.log, ["200", "blocked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_was_pruned_comes_back_with_its_addresses() {
    // The neighbour's addresses come first and are free again: an engine left alone would give those.
    let neighbour = Lab::new("neighbour").await;
    let lab = Lab::new("prune").await;
    neighbour.spawner.remove_network().await.unwrap();
    let mut before = lab.spawner.hub_access().await.unwrap();
    for _ in 0..5 {
        lab.spawner.remove_network().await.unwrap();
        lab.spawner.remove_network().await.unwrap();
        let after = lab.spawner.hub_access().await.unwrap();
        if after == before {
            return;
        }
        // Another test was faster and has the addresses now.
        before = after;
    }
    panic!("the addresses change each time");
}
