//! Homes as volumes of a real engine: what is packed comes back as it was, with its owners; folders are for all.

use labdeck_spawner::docker::{ContainerSettings, Template, VolumeSetting, VolumeSource};
use labdeck_spawner::{FolderAccess, Homes, Liveness, MountSource, Spawner};

use crate::support::{Lab, docker, key};

/// Fills a home as a server's user would, and says what is in it.
const FILL: &str = "mkdir -p /h/work/empty && dd if=/dev/urandom of=/h/work/big bs=1M count=200 2>/dev/null
echo secret > /h/.hidden; ln -s work/big /h/link; ln /h/.hidden /h/second; chmod 640 /h/.hidden; chmod 2750 /h/work
chown -R 1000:100 /h; chown 0:0 /h/second; touch -d 2020-01-02T03:04:05Z /h/work/big";
/// Everything that a tree is, in words that two trees can be compared by.
const DESCRIBE: &str =
    "cd /h && find . -printf '%p %y %m %U:%G %s %l %n\\n' | sort && stat -c %Y work/big && sha256sum work/big .hidden";

impl Lab {
    /// Runs a shell as root with a volume at `/h`.
    fn with_volume(&self, volume: &str, script: &str) -> String {
        let label = format!("labdeck.hub={}", self.hub_id);
        let mount = format!("type=volume,source={volume},target=/h,volume-nocopy");
        let run = [
            "run",
            "--rm",
            "--network",
            "none",
            "--user",
            "0",
            "--entrypoint",
            "sh",
            "--label",
            &label,
            "--mount",
            &mount,
        ];
        docker(&[&run[..], &["labdeck/test-base", "-c", script]].concat())
    }

    fn home_with_files(&self, home: &str) -> String {
        let volume = self.spawner.config().home_volume(home);
        let hub = format!("labdeck.hub={}", self.hub_id);
        let labels = ["--label", &hub, "--label", "labdeck.kind=home", "--label", "labdeck.user=ada"];
        docker(&[&["volume", "create"][..], &labels, &["--label", "labdeck.server=", &volume]].concat());
        self.with_volume(&volume, FILL);
        volume
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_of_200_megabytes_comes_back_as_it_was() {
    let lab = Lab::new("pack").await;
    let volume = lab.home_with_files("ada-1");
    let before = lab.with_volume(&volume, DESCRIBE);
    assert!(before.contains("1000:100 209715200"), "{before}");
    let measured = lab.spawner.measure_home("ada-1").await.unwrap();
    assert!((200 << 20..260 << 20).contains(&measured), "{measured}");
    assert_eq!(lab.with_volume(&volume, DESCRIBE), before, "measuring changes nothing");

    let mut packed = Vec::new();
    lab.spawner.archive_home("ada-1", &mut packed).await.unwrap();
    assert!(packed.len() > 200 << 20);
    let entries = tar::Archive::new(packed.as_slice()).entries().unwrap().map(|entry| entry.unwrap().size()).collect();
    let (counted, sizes): (_, Vec<u64>) = (lab.spawner.count_home("ada-1").await.unwrap(), entries);
    assert_eq!((counted.entries, counted.bytes), (sizes.len() as u64, sizes.iter().sum()));
    lab.spawner.restore_home(&key("bob", "gpu"), "bob-2", &mut packed.as_slice()).await.unwrap();
    let again = lab.spawner.config().home_volume("bob-2");
    assert_eq!(lab.with_volume(&again, DESCRIBE), before);

    let mut found = lab.spawner.list_homes().await.unwrap();
    found.sort_by(|a, b| a.home.cmp(&b.home));
    let keys: Vec<_> = found.iter().map(|found| (found.home.as_str(), found.key.clone().unwrap())).collect();
    assert_eq!(keys, [("ada-1", key("ada", "")), ("bob-2", key("bob", "gpu"))]);
    assert!(found.iter().all(|found| found.created.is_some()) && found[0].place == volume);

    lab.spawner.restore_home(&key("bob", ""), "bob-2", &mut packed.as_slice()).await.unwrap_err();
    assert_eq!(lab.with_volume(&again, DESCRIBE), before, "a home that exists is not written over");
    assert!(lab.containers_of_kind("errand").await.is_empty(), "the containers that did it are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_breaks_off_or_is_called_off_leaves_no_volume() {
    let lab = Lab::new("broken").await;
    let nonsense = vec![7; 4096];
    lab.spawner.restore_home(&key("bob", ""), "bob-2", &mut nonsense.as_slice()).await.unwrap_err();
    assert!(lab.spawner.list_homes().await.unwrap().is_empty());

    let (mut near, mut far) = tokio::io::duplex(64);
    let called_off = {
        let bob = key("bob", "");
        let restoring = lab.spawner.restore_home(&bob, "bob-3", &mut far);
        tokio::time::timeout(std::time::Duration::from_secs(3), restoring).await
    };
    assert!(called_off.is_err(), "it waits for more of the archive");
    drop(tokio::io::AsyncWriteExt::shutdown(&mut near).await);
    crate::support::eventually("volume and container are gone", async || {
        lab.spawner.list_homes().await.unwrap().is_empty() && lab.containers_of_kind("errand").await.is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_in_use_is_not_deleted() {
    let lab = Lab::new("used").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let home = request.home.clone();
    let start = lab.start(request).await;
    let error = lab.spawner.erase_home(&home).await.unwrap_err();
    assert!(error.to_string().contains("delet"), "{error}");
    assert!(lab.volume_exists("ada").await);
    lab.spawner.stop(&start.saved[0], labdeck_spawner::StopMode::Kill).await.unwrap();
    lab.spawner.erase_home(&home).await.unwrap();
    lab.spawner.erase_home(&home).await.unwrap();
    assert!(!lab.volume_exists("ada").await);
    assert!(lab.spawner.measure_home(&home).await.is_err(), "a home that is gone is not made by looking at it");
    assert!(!lab.volume_exists("ada").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_volume_is_writable_for_servers_from_the_first_moment() {
    let lab = Lab::new("shared").await;
    lab.spawner.prepare_folder("course").await.unwrap();
    let volume = lab.spawner.config().folder_volume("course");
    assert_eq!(lab.with_volume(&volume, "stat -c '%a %u:%g' /h"), "2775 0:100");
    let all = FolderAccess { readable: true, writable: true };
    assert_eq!(lab.spawner.try_folder("course", &MountSource::Volume).await.unwrap(), all);
    assert_eq!(lab.with_volume(&volume, "ls -A /h"), "", "the try leaves nothing");
    lab.with_volume(&volume, "echo kept > /h/file");
    lab.spawner.prepare_folder("course").await.unwrap();
    assert_eq!(lab.with_volume(&volume, "cat /h/file"), "kept");
    assert!(lab.spawner.list_homes().await.unwrap().is_empty(), "a folder is no home");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_folder_is_tried_as_servers_would() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new("tried").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    for (mode, readable, writable) in [(0o755, true, false), (0o777, true, true), (0o700, false, false)] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let access = lab.spawner.try_folder("x", &MountSource::Host(path.clone())).await.unwrap();
        assert_eq!(access, FolderAccess { readable, writable }, "{mode:o}");
    }
    assert!(lab.spawner.try_folder("x", &MountSource::Host(format!("{path}/nowhere"))).await.is_err());
    assert!(!folder.path().join("nowhere").exists(), "trying makes no folder");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_hub_left_is_cleared_away_and_homes_are_not() {
    let lab = Lab::new("left").await;
    let volume = lab.home_with_files("ada-1");
    let hub = format!("labdeck.hub={}", lab.hub_id);
    for (kind, run) in [("errand", "earlier"), ("probe", "")] {
        let (kind, run) = (format!("labdeck.kind={kind}"), format!("labdeck.run={run}"));
        let mount = format!("type=volume,source={volume},target=/h");
        let labels = ["--label", &hub, "--label", &kind, "--label", &run, "--mount", &mount];
        docker(&[&["create"][..], &labels, &["labdeck/test-base", "true"]].concat());
    }
    lab.spawner.clear_leftovers().await.unwrap();
    assert!(lab.containers_of_kind("errand").await.is_empty() && lab.containers_of_kind("probe").await.is_empty());
    assert_eq!(lab.spawner.list_homes().await.unwrap().len(), 1);
    assert_eq!(lab.with_volume(&volume, "cat /h/.hidden"), "secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_home_begins_with_the_skeleton_and_never_again() {
    let skeleton = tempfile::tempdir().unwrap();
    std::fs::create_dir(skeleton.path().join("course")).unwrap();
    std::fs::write(skeleton.path().join("course/start.ipynb"), "begin").unwrap();
    std::fs::write(skeleton.path().join(".bashrc"), "of the skeleton").unwrap();
    let folder = skeleton.path().to_owned();
    let lab = Lab::made("skel", |config| config.skeleton = Some(folder)).await;
    let mut request = lab.request("ada", crate::support::NOTEBOOK, "http://x/hub/api");
    let show =
        "cat course/start.ipynb; stat -c ' %U:%g' course/start.ipynb; head -c 5 .bashrc; rm -r course; touch more";
    request.cmd = Some(["sh", "-c", &format!("cd; {show}")].map(String::from).to_vec());
    let first = lab.start(request.clone()).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&first.saved[0]).await.unwrap() else { panic!("it runs") };
    assert_eq!(exit.log[0], "begin jovyan:100");
    assert_ne!(exit.log.get(1).map(String::as_str), Some("of th"), "the image's own file was written over");
    request.cmd = Some(["sh", "-c", "cd; ls -d course more"].map(String::from).to_vec());
    let second = lab.start(request).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&second.saved[0]).await.unwrap() else { panic!("it runs") };
    assert!(exit.log.contains(&"more".to_owned()) && !exit.log.contains(&"course".to_owned()), "{:?}", exit.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_on_the_machine_is_made_for_its_user_and_refused_where_it_is_not_theirs() {
    use std::os::unix::fs::{MetadataExt, chown};
    let top = tempfile::tempdir().unwrap();
    let open = top.path().canonicalize().unwrap();
    let template = |text: &str| Template::parse(text).unwrap();
    let setting = VolumeSetting {
        source: VolumeSource::Host(template(&format!("{}/{{username}}", open.display()))),
        target: template("/home/jovyan"),
        read_only: false,
    };
    let settings =
        ContainerSettings { volumes: vec![setting], host_folders: vec![open.clone()], ..ContainerSettings::default() };
    let lab = Lab::with("hosthome", settings).await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(["sh", "-c", "echo mine > /home/jovyan/note && sleep 60"].map(String::from).to_vec());
    let start = lab.start(request.clone()).await;
    let made = std::fs::metadata(open.join("ada")).unwrap();
    assert_eq!((made.uid(), made.gid()), (1000, 100));
    crate::support::eventually("the server wrote into it", async || open.join("ada/note").exists()).await;
    lab.spawner.stop(&start.saved[0], labdeck_spawner::StopMode::Kill).await.unwrap();

    chown(open.join("ada"), Some(0), Some(0)).unwrap();
    let refused = lab.start(request).await.url.unwrap_err().failure();
    assert_eq!(refused.kind, "permission_denied");
    assert!(refused.message.contains("cannot be written") && refused.remedy.contains("chown 1000:100"), "{refused:?}");
}
