//! Work on homes with whatever images there are: an image's own entry point, user and volumes are nothing to it, and
//! what needs a shell says so where no image has one.

use std::process::Command;

use labdeck_spawner::{Contents, Homes};

use crate::remote::Remote;
use crate::support::key;

const ODD: &str = "labdeck/odd:latest";

impl Remote {
    /// Copies an image of the machine's engine to this one.
    fn load(&self, image: &str) {
        let script = format!("docker save {image} | docker -H unix://{} load", self.path("docker.sock").display());
        let loaded = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    }

    /// The only image with a shell becomes one that does nothing of what it is asked, as nobody who may read anything.
    fn make_odd(&self) {
        self.load("labdeck/test-base");
        let made = self.docker(&["create", "labdeck/test-base", "true"]).unwrap();
        let changes = ["USER 4321:4321", "ENTRYPOINT [\"/bin/false\"]", "VOLUME /data", "HEALTHCHECK CMD false"];
        let changes: Vec<&str> = changes.iter().flat_map(|change| ["--change", change]).collect();
        self.docker(&[&["commit"], &changes[..], &[&made, ODD]].concat()).unwrap();
        self.docker(&["rm", &made]).unwrap();
        self.docker(&["rmi", "labdeck/test-base"]).unwrap();
    }

    fn volumes(&self) -> Vec<String> {
        self.docker(&["volume", "ls", "-q"]).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_images_own_ways_are_nothing_to_work_on_homes() {
    let remote = Remote::start().await;
    remote.make_odd();
    let spawner = remote.spawner(Some(remote.tls("client")));
    let volume = spawner.config().home_volume("ada-1");
    let fill = "mkdir /h/work && echo secret > /h/work/a && chmod -R 700 /h/work && chown -R 1000:100 /h";
    let mount = format!("{volume}:/h");
    let run = ["run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "sh", "-v", &mount, ODD, "-c", fill];
    remote.docker(&run).unwrap();

    assert!(spawner.measure_home("ada-1").await.unwrap() > 0);
    assert_eq!(spawner.count_home("ada-1").await.unwrap(), Contents { entries: 3, bytes: 7 });
    let mut packed = Vec::new();
    spawner.archive_home("ada-1", &mut packed).await.unwrap();
    spawner.restore_home(&key("bob", ""), "bob-2", &mut packed.as_slice()).await.unwrap();
    assert_eq!(spawner.count_home("bob-2").await.unwrap(), Contents { entries: 3, bytes: 7 });
    let mut homes = [volume, spawner.config().home_volume("bob-2")];
    homes.sort();
    assert_eq!(remote.volumes(), homes, "volumes that the image declares are not left behind");

    // Without a shell files are still packed and restored, and what cannot be counted is not said to be whole.
    remote.docker(&["rmi", ODD]).unwrap();
    remote.load("labdeck/test-standin");
    packed.clear();
    spawner.archive_home("ada-1", &mut packed).await.unwrap();
    spawner.restore_home(&key("eve", ""), "eve-3", &mut packed.as_slice()).await.unwrap();
    let refused = spawner.count_home("ada-1").await.unwrap_err().to_string();
    assert!(refused.contains("find, stat, awk") && refused.contains("under Stacks"), "{refused}");
    assert!(spawner.measure_home("ada-1").await.unwrap() > 0, "its archive is measured instead");
    assert_eq!(remote.docker(&["ps", "-aq"]).unwrap(), "", "no container is left");
}
