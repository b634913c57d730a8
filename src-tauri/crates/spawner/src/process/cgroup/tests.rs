//! The choice of the way and what is written, by tables and on a folder that plays the kernel's.

use std::fs;
use std::path::Path;

use labdeck_model::ResourceLimits;

use super::group::{Needed, files};
use super::scope::Whose;
use super::*;

const LIMITS: ResourceLimits =
    ResourceLimits { memory_bytes: Some(3 << 29), cpus: Some(1.5), pids: Some(77), shm_bytes: None, gpus: 0 };

/// A mountinfo with version 1 for some controllers and version 2 beside it.
fn around(root: &Path, legacy: &[&str], own: &str) -> Surroundings {
    let root = root.display();
    let mut mounts = "22 1 0:20 / / rw - ext4 /dev/vda rw\n".to_owned();
    for name in legacy {
        mounts += &format!("30 22 0:30 / {root}/{name} rw,relatime shared:9 - cgroup cgroup rw,{name}\n");
    }
    mounts += &format!("40 22 0:40 / {root}/unified rw,relatime - cgroup2 cgroup rw,nsdelegate\n");
    Surroundings { mounts, own: own.to_owned() }
}

#[test]
fn the_place_is_the_hubs_own_group_wherever_it_is_mounted() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir_all(root.join("unified/user/app")).unwrap();
    fs::write(root.join("unified/user/app/cgroup.controllers"), "cpu pids\n").unwrap();
    let hybrid = around(root, &["memory"], "4:memory:/jobs/7\n1:name=systemd:/\n0::/user/app\n");
    let one = Place { folder: root.join("memory/jobs/7"), version: Version::One };
    let two = Place { folder: root.join("unified/user/app"), version: Version::Two };
    assert_eq!(place::choose(Means::Memory, &hybrid), Ok(one));
    assert_eq!(place::choose(Means::Cpu, &hybrid), Ok(two.clone()));
    // After it moved into its leaf, the place is still the same.
    let moved = around(root, &[], "0::/user/app/labdeck-hub\n");
    assert_eq!(place::choose(Means::Pids, &moved), Ok(two));
    let bare = place::choose(Means::Memory, &moved).unwrap_err();
    assert!(bare.contains("(memory)"), "{bare}");
    assert!(place::choose(Means::Memory, &Surroundings::default()).unwrap_err().contains("no control groups"));
}

#[test]
fn a_part_of_the_tree_that_is_mounted_in_a_container_is_understood() {
    let mounts = "30 22 0:30 /docker/abc /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n";
    let inside = Surroundings { mounts: mounts.into(), own: "8:pids:/docker/abc/inner\n".into() };
    assert_eq!(place::choose(Means::Pids, &inside).unwrap().folder, Path::new("/sys/fs/cgroup/pids/inner"));
    let outside = Surroundings { mounts: mounts.replace("/docker/abc", "/"), own: "8:pids:/../../x\n".into() };
    assert!(place::choose(Means::Pids, &outside).is_err());
}

#[test]
fn limits_are_written_in_the_kernels_forms() {
    let lines = |means, version| -> Vec<String> {
        files(means, version, &LIMITS).into_iter().map(|(file, value, _)| format!("{file}={value}")).collect()
    };
    assert_eq!(lines(Means::Memory, Version::Two), ["memory.max=1610612736", "memory.swap.max=0"]);
    assert_eq!(
        lines(Means::Memory, Version::One),
        ["memory.limit_in_bytes=1610612736", "memory.memsw.limit_in_bytes=1610612736"]
    );
    assert_eq!(lines(Means::Cpu, Version::Two), ["cpu.max=150000 100000"]);
    assert_eq!(lines(Means::Cpu, Version::One), ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=150000"]);
    assert_eq!(lines(Means::Pids, Version::One), ["pids.max=77"]);
    for means in Means::ALL {
        assert!(files(means, Version::Two, &ResourceLimits::NONE).is_empty());
    }
    assert_eq!(files(Means::Memory, Version::Two, &LIMITS)[1].2, Needed::WhereItIs);
}

#[test]
fn on_a_delegated_tree_controllers_are_handed_down_and_the_limits_stand_in_the_servers_group() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("unified/app");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("cgroup.controllers"), "cpu memory pids\n").unwrap();
    let way = Way::own(&around(dir.path(), &[], "0::/app\n"));
    assert_eq!(way.words(), "memory by cgroup v2, cpu by cgroup v2, pids by cgroup v2");
    assert!(way.unenforced(&LIMITS).is_empty());
    assert_eq!(fs::read_to_string(own.join("cgroup.subtree_control")).unwrap(), "+pids", "the last one asked for");
    let groups = way.make("labdeck-x-ada", &LIMITS, None).unwrap();
    assert!(groups.are_ours());
    groups.enter(42).unwrap();
    assert_eq!(groups.members(), [42]);
    let read = |name: &str| fs::read_to_string(own.join("labdeck-x-ada").join(name)).unwrap();
    assert_eq!((read("memory.max").as_str(), read("pids.max").as_str()), ("1610612736", "77"));
    assert_eq!(read("cpu.max"), "150000 100000");
    assert_eq!(groups.memory_limit(), Some(3 << 29));
    fs::write(own.join("labdeck-x-ada/memory.events"), "oom 4\noom_kill 3\n").unwrap();
    fs::write(own.join("labdeck-x-ada/memory.current"), "5000\n").unwrap();
    fs::write(own.join("labdeck-x-ada/memory.stat"), "anon 9\ninactive_file 2000\n").unwrap();
    assert_eq!((groups.memory_kills(), groups.memory_bytes()), (Some(3), Some(3000)));
}

#[test]
fn what_cannot_be_kept_is_said_in_one_sentence_each() {
    let nothing = Way::own(&Surroundings::default());
    let words = nothing.unenforced(&ResourceLimits { shm_bytes: Some(1), gpus: 1, ..LIMITS });
    assert_eq!(words[0], "The memory limit of 1.5 GiB does not hold: this system has no control groups.");
    assert_eq!(words.len(), 5, "{words:?}");
    assert!(nothing.unenforced(&ResourceLimits::NONE).is_empty(), "no limit, no complaint");
    assert!(nothing.make("labdeck-x", &LIMITS, None).unwrap().is_empty());
    // A folder that is not there cannot be written: the sentence names it.
    let gone = Way::own(&around(Path::new("/no/such"), &["memory"], "4:memory:/\n"));
    let words = gone.unenforced(&LIMITS);
    assert!(words[0].contains("/no/such/memory") && words[0].contains("Delegate=yes"), "{words:?}");
    let scope = Way::Scope(Scope::with(Whose::Account, &["memory", "pids"]));
    let words = scope.unenforced(&LIMITS);
    assert!(words.len() == 1 && words[0].starts_with("The limit of 1.5 processors"), "{words:?}");
}

#[test]
fn a_scope_is_asked_for_what_its_systemd_can_keep() {
    let words = Scope::with(Whose::Account, &["memory", "pids"]).words("labdeck-x-ada", &LIMITS).join(" ");
    assert_eq!(
        words,
        "--scope --quiet --collect --no-ask-password --user --unit=labdeck-x-ada.scope \
         --description=Labdeck: notebook server labdeck-x-ada -p OOMPolicy=continue -p MemoryMax=1610612736 \
         -p MemorySwapMax=0 -p TasksMax=77 --"
    );
    let words = Scope::with(Whose::Machine, &["cpu"]).words("u", &LIMITS).join(" ");
    assert!(words.contains("-p CPUQuota=150%") && !words.contains("--user") && !words.contains("Memory"), "{words}");
}

#[test]
fn a_scope_that_lingers_is_in_no_later_runs_way() {
    let name = "labdeck-x-ada";
    let scope = Way::Scope(Scope::with(Whose::Account, &["memory"]));
    let (first, second) = (scope.name_of_run(name), scope.name_of_run(name));
    assert_ne!(first, second);
    assert!(first.starts_with("labdeck-x-ada-") && first.len() == name.len() + 9, "{first}");
    // A folder of ours is taken over as it is.
    assert_eq!(Way::own(&Surroundings::default()).name_of_run(name), name);
}

#[test]
fn a_stored_state_reaches_no_group_of_others() {
    let of = |text: &str| serde_json::from_value::<Groups>(serde_json::json!([text])).unwrap();
    assert!(of("/sys/fs/cgroup/x/labdeck-ab-ada").are_ours());
    for bad in ["/sys/fs/cgroup/memory/docker", "labdeck-x", "/sys/../labdeck-x", "/"] {
        assert!(!of(bad).are_ours(), "{bad}");
    }
}
