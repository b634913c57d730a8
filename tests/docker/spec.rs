//! What a server may do to its machine and to the others, as the engine itself shows it.

use labdeck_testkit::Engine;
use serde_json::json;

use crate::lab::{container, hub, start};

#[tokio::test]
async fn a_servers_container_has_no_privileges_and_firm_limits() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let found = Engine.inspect(&container(&hub, "ada"));
    let host = &found["HostConfig"];
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    assert_eq!(host["CapAdd"], json!(null));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
    assert_eq!(host["Privileged"], json!(false));
    for none in ["Binds", "Devices", "DeviceRequests", "VolumesFrom"] {
        assert!(host[none].as_array().is_none_or(Vec::is_empty), "{none}: {host}");
    }
    assert_eq!((host["PidMode"].as_str(), host["IpcMode"].as_str()), (Some(""), Some("private")));
    assert_eq!(host["PidsLimit"], json!(300));
    assert_eq!(host["Memory"], json!(1u64 << 30));
    assert_eq!(host["MemorySwap"], host["Memory"]);
    assert_eq!(host["NanoCpus"], json!(2_000_000_000u64));
    assert_eq!(host["AutoRemove"], json!(false));
    assert_eq!(host["OomScoreAdj"], json!(500), "where memory ends, a server ends first");
    assert_eq!(host["NetworkMode"], json!(hub.network()));
    let mounts = found["Mounts"].as_array().expect("mounts");
    assert_eq!(mounts.len(), 1, "{mounts:?}");
    assert_eq!((&mounts[0]["Type"], &mounts[0]["Destination"]), (&json!("volume"), &json!("/home/jovyan")));
    let ports = &found["NetworkSettings"]["Ports"];
    assert_eq!(ports.as_object().map(serde_json::Map::len), Some(1), "{ports}");
    assert_eq!(ports["8888/tcp"].as_array().map(Vec::len), Some(1), "{ports}");
    assert_eq!(ports["8888/tcp"][0]["HostIp"], json!("127.0.0.1"));

    // And so it is inside, whatever the engine was asked.
    let status = Engine.call(&["exec", found["Id"].as_str().expect("an id"), "cat", "/proc/1/status"]);
    for line in ["NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"] {
        assert!(status.contains(line), "{line} is not in {status}");
    }
}

#[tokio::test]
async fn servers_have_a_network_of_their_own_in_which_they_do_not_see_each_other() {
    let hub = hub().await;
    let ada = hub.add(&["ada", "bob"]).await;
    start(&hub, &ada, "ada").await;
    let bob = hub.add(&["bob2"]).await;
    start(&hub, &bob, "bob2").await;
    let network = Engine.inspect(hub.network());
    assert_eq!(network["Options"]["com.docker.network.bridge.enable_icc"], json!("false"));
    assert_eq!(network["Labels"]["labdeck.hub"], json!(hub.id()));

    let (one, other) = (container(&hub, "ada"), container(&hub, "bob2"));
    let address = Engine.inspect(&other)["NetworkSettings"]["Networks"][hub.network()]["IPAddress"].clone();
    let address = address.as_str().expect("an address");
    std::net::TcpStream::connect_timeout(
        &format!("{address}:8888").parse().expect("an address"),
        std::time::Duration::from_secs(5),
    )
    .expect("the machine itself reaches the server");
    let attempt = format!("import socket; socket.create_connection(('{address}', 8888), 4)");
    let tried = Engine.run(&["exec", &one, "python3", "-c", &attempt]);
    assert!(!tried.status.success(), "one server reached another at {address}");
    let said = String::from_utf8_lossy(&tried.stderr);
    assert!(said.contains("timed out") || said.contains("TimeoutError"), "{said}");
}
