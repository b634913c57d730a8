//! Limits with the control groups of this machine, and the whole end of servers that scatter their processes. Which
//! way of keeping limits a run had is printed; where there is none, the sentences that say so are what is tested.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use labdeck_model::ResourceLimits;
use labdeck_spawner::process::ProcessSpawner;
use labdeck_spawner::{Ceiling, HappeningKind, Liveness, Spawner, SpawnerState, StopMode};
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, key, read, request, start};

/// A server that begins daemons: forked twice, in sessions of their own, one of them without its environment.
const DAEMONS: &str = r#"#!/bin/sh
cat > daemon.py <<'END'
import os, sys, time
if os.fork(): sys.exit(0)
os.setsid()
if os.fork(): sys.exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(300)
END
python3 daemon.py kept.pid
env -i PATH="$PATH" python3 daemon.py bare.pid
while :; do sleep 1; done
"#;

/// A server that takes memory in a program of its own, and then, when it is told to, itself.
const HUNGRY: &str = r#"#!/usr/bin/env python3
import os, subprocess, sys, time
eat = "x = bytearray(400 << 20); print(len(x))"
print("child ended with", subprocess.run([sys.executable, "-c", eat]).returncode, flush=True)
while not os.path.exists("now"): time.sleep(0.02)
exec(eat)
"#;

async fn begin(lab: &Lab, limits: ResourceLimits) -> SpawnerState {
    let mut asked = request("ada");
    asked.limits = limits;
    let started = start(&lab.spawner, asked, |_| true, CancellationToken::new()).await;
    started.url.unwrap();
    started.saved[0].clone()
}

/// Whether this machine can limit everything; says so where a person reads the test's output.
async fn all_limits(lab: &Lab) -> bool {
    let limits = ResourceLimits { memory_bytes: Some(1), cpus: Some(1.0), pids: Some(1), ..ResourceLimits::NONE };
    let missing = lab.spawner.unenforced(&limits).await;
    #[expect(clippy::print_stderr, reason = "which variant ran belongs into the test's output")]
    {
        eprintln!("limits are kept by: {}; not kept: {missing:?}", lab.spawner.limits_kept_by().await);
    }
    missing.is_empty()
}

fn groups(state: &SpawnerState) -> Vec<PathBuf> {
    serde_json::from_value(state.0["groups"].clone()).unwrap()
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_kept_or_said_not_to_be() {
    let lab = Lab::new("#!/bin/sh\nwhile :; do sleep 1; done\n");
    let limits =
        ResourceLimits { memory_bytes: Some(64 << 20), cpus: Some(0.5), pids: Some(20), ..ResourceLimits::NONE };
    let held = all_limits(&lab).await;
    let state = begin(&lab, limits).await;
    if held {
        let found = groups(&state);
        let value = |names: [&str; 2]| {
            let files = found.iter().flat_map(|group| names.map(|name| group.join(name)));
            files.filter_map(|file| std::fs::read_to_string(file).ok()).next().unwrap_or_default().trim().to_owned()
        };
        assert_eq!(value(["memory.max", "memory.limit_in_bytes"]), (64 << 20).to_string());
        assert_eq!(value(["pids.max", "pids.max"]), "20");
        assert!(value(["cpu.max", "cpu.cfs_quota_us"]).starts_with("50000"));
        let pid = state.0["pid"].to_string();
        assert!(found.iter().all(|group| {
            let members = std::fs::read_to_string(group.join("cgroup.procs")).unwrap();
            members.lines().any(|member| member == pid)
        }));
        let used = lab.spawner.sample(&state).await.unwrap().unwrap();
        assert_eq!(used.memory_limit_bytes, Some(64 << 20));
        assert_eq!(used.traffic, None, "the network of a process is not its own");
        // A hub that comes later finds the limits as they are, and leaves them.
        let heir = ProcessSpawner::new(lab.spawner.config().clone());
        assert_eq!(heir.list().await.unwrap()[0].liveness, Liveness::Running);
        assert!(found.iter().all(|group| group.is_dir()), "adopting does not sweep a group away that is in use");
        heir.stop(&state, StopMode::Kill).await.unwrap();
        assert!(found.iter().all(|group| !group.exists()), "stopping removes {found:?}");
    } else {
        assert!(groups(&state).is_empty() || !lab.spawner.unenforced(&limits).await.is_empty());
        lab.spawner.stop(&state, StopMode::Kill).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_runs_out_is_noticed_and_named() {
    let lab = Lab::new(HUNGRY);
    let limits = ResourceLimits { memory_bytes: Some(96 << 20), ..ResourceLimits::NONE };
    all_limits(&lab).await;
    if !lab.spawner.unenforced(&limits).await.is_empty() {
        return;
    }
    let mut happenings = lab.spawner.happenings().unwrap();
    let state = begin(&lab, limits).await;
    let ending = async { lab.spawner.wait(&state).await.unwrap() };
    let using = async {
        let heard = tokio::time::timeout(Duration::from_secs(20), happenings.recv()).await.unwrap().unwrap();
        assert_eq!((heard.key, heard.kind), (key("ada"), HappeningKind::OutOfMemory));
        assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Running, "the server itself goes on");
        // Longer than a kill and the end that it means are apart, so that what follows is judged by itself.
        tokio::time::sleep(Duration::from_millis(2500)).await;
        std::fs::write(lab.home(&key("ada")).join("now"), "").unwrap();
    };
    let (ended, ()) =
        tokio::time::timeout(Duration::from_secs(40), async { tokio::join!(ending, using) }).await.unwrap();
    let Liveness::Exited(exit) = ended else { panic!("{ended:?}") };
    assert!(exit.out_of_memory, "{exit:?}");
    assert!(exit.failure().kind.starts_with("out_of_memory"), "{exit:?}");
    assert_eq!(exit.log, ["child ended with -9"]);
    let again = lab.spawner.poll(&state).await.unwrap();
    assert_eq!(again, Liveness::Exited(exit), "asked again, it says the same");
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_after_a_program_ran_out_of_memory_was_not_ended_by_that() {
    let lab = Lab::new(HUNGRY);
    let limits = ResourceLimits { memory_bytes: Some(96 << 20), ..ResourceLimits::NONE };
    if !lab.spawner.unenforced(&limits).await.is_empty() {
        return;
    }
    let mut happenings = lab.spawner.happenings().unwrap();
    let state = begin(&lab, limits).await;
    let waiting = lab.spawner.wait(&state);
    let killing = async {
        tokio::time::timeout(Duration::from_secs(20), happenings.recv()).await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let killed = std::process::Command::new("kill").args(["-9", &state.0["pid"].to_string()]).status().unwrap();
        assert!(killed.success());
    };
    let (ended, ()) = tokio::join!(waiting, killing);
    let Liveness::Exited(exit) = ended.unwrap() else { panic!("it runs") };
    assert_eq!((exit.code, exit.out_of_memory), (Some(137), false));
    lab.spawner.stop(&state, StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_of_a_server_end_with_it() {
    let lab = Lab::new(DAEMONS);
    let held = all_limits(&lab).await;
    let state = begin(&lab, ResourceLimits::NONE).await;
    let home = lab.home(&key("ada"));
    let pid_in = |name: &str| std::fs::read_to_string(home.join(name)).ok().filter(|pid| !pid.is_empty());
    until("the daemons run", || pid_in("kept.pid").and(pid_in("bare.pid"))).await;
    let (kept, bare) = (read(&home, "kept.pid"), read(&home, "bare.pid"));
    assert!(lives(&kept) && lives(&bare));
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    assert!(!lives(&kept), "its mark in the environment tells whose it is");
    // Without a control group nothing tells whose a process is that threw its environment away and left its session.
    if held {
        assert!(!lives(&bare), "the control group knows it");
    } else {
        std::process::Command::new("kill").args(["-9", bare.trim()]).status().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_of_a_server_that_ended_by_itself_end_when_it_is_cleared_away() {
    let lab = Lab::new(&DAEMONS.replace("while :; do sleep 1; done", "exit 3"));
    let state = begin(&lab, ResourceLimits::NONE).await;
    lab.spawner.wait(&state).await.unwrap();
    let kept = read(&lab.home(&key("ada")), "kept.pid");
    assert!(lives(&kept));
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    assert!(!lives(&kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_control_groups_the_mark_in_the_environment_finds_what_left_its_session() {
    let lab = Lab::new(DAEMONS);
    let state = begin(&lab, ResourceLimits::NONE).await;
    let home = lab.home(&key("ada"));
    let pid_in = |name: &str| std::fs::read_to_string(home.join(name)).ok().filter(|pid| !pid.is_empty());
    until("the daemons run", || pid_in("kept.pid").and(pid_in("bare.pid"))).await;
    // What a machine without groups would have written down.
    let mut groupless = state.clone();
    groupless.0["groups"] = serde_json::json!([]);
    lab.spawner.stop(&groupless, StopMode::Graceful).await.unwrap();
    assert!(!lives(&read(&home, "kept.pid")));
    lab.spawner.stop(&state, StopMode::Kill).await.unwrap();
    assert!(groups(&state).is_empty() || !lives(&read(&home, "bare.pid")));
    std::process::Command::new("kill").args(["-9", read(&home, "bare.pid").trim()]).output().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_a_killed_hub_left_are_swept_by_the_next_one() {
    let lab = Lab::new("#!/bin/sh\nexit 0\n");
    let state = begin(&lab, ResourceLimits::NONE).await;
    lab.spawner.wait(&state).await.unwrap();
    let left = groups(&state);
    assert!(left.iter().all(|group| group.is_dir()));
    let note = lab.spawner.config().data_dir.join("servers").join(key("ada").object_name()).join("run.json");
    std::fs::remove_file(note).unwrap();
    let heir = ProcessSpawner::new(lab.spawner.config().clone());
    assert!(heir.list().await.unwrap().is_empty());
    assert!(left.iter().all(|group| !group.exists()), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_to_its_end() {
    use futures_util::StreamExt as _;
    let lab = Lab::new("#!/bin/sh\necho one\nwhile [ ! -e now ]; do sleep 0.05; done\necho two; printf three\n");
    let state = begin(&lab, ResourceLimits::NONE).await;
    until("the first line", || lab.log(&key("ada")).filter(|log| log.contains("one"))).await;
    let mut lines = lab.spawner.follow_log(&state, 10).await.unwrap();
    assert_eq!(lines.next().await.unwrap().unwrap(), "one");
    std::fs::write(lab.home(&key("ada")).join("now"), "").unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(20), lines.map(Result::unwrap).collect::<Vec<_>>()).await;
    assert_eq!(rest.unwrap(), ["two", "three"]);
    lab.spawner.stop(&state, StopMode::Kill).await.unwrap();
}

/// A server that takes 70 MB as soon as it runs, and keeps them.
const KEEPING: &str = "#!/usr/bin/env python3\nimport time\nx = bytearray(70 << 20)\ntime.sleep(300)\n";

#[tokio::test(flavor = "multi_thread")]
async fn servers_without_limits_together_take_no_more_than_all_may() {
    let lab = Lab::new(KEEPING);
    let ceiling = Arc::new(Ceiling::new(&format!("test{}", std::process::id())));
    ceiling.set(Some(120 << 20));
    let spawner = ProcessSpawner::new(lab.spawner.config().clone()).under(ceiling);
    if let Some(why) = spawner.unkept_together().await {
        assert!(["systemd", "may not", "limited", "no control groups"].iter().any(|word| why.contains(word)), "{why}");
        return;
    }
    let mut states = Vec::new();
    for user in ["ada", "bob"] {
        let asked = labdeck_spawner::SpawnRequest { limits: ResourceLimits::NONE, ..request(user) };
        let started = start(&spawner, asked, |_| true, CancellationToken::new()).await;
        started.url.unwrap();
        states.push(started.saved[0].clone());
    }
    let ended = async {
        tokio::select! {
            biased;
            one = spawner.wait(&states[0]) => (one, &states[1]),
            other = spawner.wait(&states[1]) => (other, &states[0]),
        }
    };
    let (ended, neighbour) = tokio::time::timeout(Duration::from_secs(20), ended).await.expect("none was ended");
    assert!(matches!(ended.unwrap(), Liveness::Exited(exit) if exit.out_of_memory));
    assert_eq!(spawner.poll(neighbour).await.unwrap(), Liveness::Running);
    for state in &states {
        spawner.stop(state, StopMode::Kill).await.unwrap();
    }
}
