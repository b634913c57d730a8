//! What a hostile notebook tries, from inside a real container: each attempt and what must come of it.

use std::time::{Duration, Instant};

use labdeck_model::ResourceLimits;
use labdeck_spawner::{Liveness, Spawner, StopMode};
use serde_json::{Value, json};

use crate::support::{Lab, NOTEBOOK};

/// Tries one thing after the other and says of each what came of it: `ok`, or the error's name.
const ATTEMPTS: &str = r#"
import ctypes, errno, json, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    ctypes.set_errno(0)
    return 'ok' if libc.syscall(*args) >= 0 else errno.errorcode.get(ctypes.get_errno(), '?')
def attempt(work):
    try:
        work(); return 'ok'
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e.errno))
def libccall(f, *args):
    ctypes.set_errno(0)
    return 'ok' if f(*args) == 0 else errno.errorcode.get(ctypes.get_errno(), '?')
seen = {
    'mount': libccall(libc.mount, b'none', b'/mnt', b'tmpfs', 0, None),
    'umount': libccall(libc.umount2, b'/home/jovyan', 2),
    'unshare_user': libccall(libc.unshare, 0x10000000),
    'unshare_mount': libccall(libc.unshare, 0x00020000),
    'setns': libccall(libc.setns, os.open('/proc/self/ns/mnt', os.O_RDONLY), 0),
    'keyctl': call(250, 0, -3, 0, 0, 0),
    'add_key': call(248, b'user', b'x', b'y', 1, -3),
    'bpf': call(321, 0, 0, 0),
    'perf_event_open': call(298, 0, 0, -1, -1, 0),
    'init_module': call(175, 0, 0, b''),
    'open_by_handle_at': call(304, -1, 0, 0),
    'reboot': call(169, 0, 0, 0, 0),
    'swapon': call(167, b'/x', 0),
    'kexec_load': call(246, 0, 0, 0, 0),
    'ptrace_outside': libccall(libc.ptrace, 16, 999999, 0, 0) if libc.ptrace(16, 999999, 0, 0) == 0 else 'ESRCH',
    'raw_socket': attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
    'packet_socket': attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)),
    'low_setuid': attempt(lambda: os.setuid(0)),
    'setgroups': attempt(lambda: os.setgroups([0])),
    'chroot': attempt(lambda: os.chroot('/')),
    'mknod': attempt(lambda: os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0))),
    'hostname': attempt(lambda: socket.sethostname('x')),
    'proc_sys': attempt(lambda: os.open('/proc/sys/kernel/domainname', os.O_WRONLY)),
    'sysrq': attempt(lambda: os.open('/proc/sysrq-trigger', os.O_WRONLY)),
    'sys_write': attempt(lambda: os.open('/sys/kernel/uevent_helper', os.O_WRONLY)),
    'chown_other': attempt(lambda: os.chown('/etc/passwd', 1000, 100)),
    'engine': attempt(lambda: socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')),
    'kcore': os.path.exists('/proc/kcore') and os.stat('/proc/kcore').st_size,
    'ids': [os.getresuid(), os.getresgid(), sorted(os.getgroups())],
    'status': {l.split(':')[0]: l.split(':')[1].strip() for l in open('/proc/self/status')
               if l.split(':')[0] in ('NoNewPrivs', 'CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb', 'Seccomp')},
    'processes': sum(p.isdigit() for p in os.listdir('/proc')) < 10,
}
print(json.dumps(seen))
"#;

fn python(lab: &Lab, user: &str, script: &str) -> labdeck_spawner::SpawnRequest {
    let mut request = lab.request(user, NOTEBOOK, "http://x/hub/api");
    request.cmd = Some(["python3", "-c", script].map(String::from).to_vec());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_leads_out_of_a_container_works() {
    let lab = Lab::new("inside").await;
    let start = lab.start(python(&lab, "ada", ATTEMPTS)).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&start.saved[0]).await.unwrap() else { panic!("it runs") };
    let seen: Value = serde_json::from_str(exit.log.last().unwrap()).unwrap_or_else(|_| panic!("{:?}", exit.log));
    for refused in [
        "mount",
        "umount",
        "unshare_user",
        "unshare_mount",
        "setns",
        "keyctl",
        "add_key",
        "bpf",
        "perf_event_open",
        "init_module",
        "open_by_handle_at",
        "reboot",
        "swapon",
        "kexec_load",
        "raw_socket",
        "packet_socket",
        "low_setuid",
        "setgroups",
        "chroot",
        "mknod",
        "hostname",
        "chown_other",
    ] {
        let came = seen[refused].as_str().unwrap();
        assert!(["EPERM", "EACCES", "ENOSYS", "EROFS"].contains(&came), "{refused}: {came} in {seen}");
    }
    assert_eq!(seen["ptrace_outside"], "ESRCH", "no program of the machine is seen");
    for closed in ["proc_sys", "sysrq", "sys_write"] {
        let came = seen[closed].as_str().unwrap();
        assert!(["EROFS", "EACCES", "ENOENT"].contains(&came), "{closed}: {came}");
    }
    assert_eq!(seen["engine"], "ENOENT", "there is no engine's socket");
    assert_eq!(seen["ids"], json!([[1000, 1000, 1000], [100, 100, 100], [100]]), "exactly this user and group");
    let none = "0000000000000000";
    let status = json!({
        "NoNewPrivs": "1", "Seccomp": "2",
        "CapEff": none, "CapPrm": none, "CapBnd": none, "CapInh": none, "CapAmb": none,
    });
    assert_eq!(seen["status"], status);
    assert_eq!(seen["processes"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_stays_within_its_limit_and_the_engine_answers() {
    let bomb = "import os, time\nmade = 0\nend = time.time() + 6\nwhile time.time() < end:\n    try:\n        if os.fork() == 0: time.sleep(30); os._exit(0)\n        made += 1\n    except OSError as e:\n        print(made, e.errno, flush=True); break\ntime.sleep(20)";
    let lab = Lab::new("forks").await;
    let mut request = python(&lab, "ada", bomb);
    request.limits = ResourceLimits { pids: Some(60), ..request.limits };
    let start = lab.start(request).await;
    start.url.unwrap();
    let state = &start.saved[0];
    let mut slowest = Duration::ZERO;
    crate::support::eventually("the bomb hits its limit", async || {
        let asked = Instant::now();
        assert_eq!(lab.spawner.poll(state).await.unwrap(), Liveness::Running);
        slowest = slowest.max(asked.elapsed());
        !lab.spawner.logs(state, 1).await.unwrap().is_empty()
    })
    .await;
    let said = lab.spawner.logs(state, 1).await.unwrap();
    let made: u32 = said[0].split(' ').next().unwrap().parse().unwrap();
    assert!((20..=60).contains(&made) && said[0].ends_with(" 11"), "{said:?}");
    assert!(slowest < Duration::from_secs(2), "the engine took {slowest:?}");
    lab.spawner.stop(state, StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_bomb_ends_itself_and_is_named() {
    let lab = Lab::new("bomb").await;
    let mut request = python(&lab, "ada", "b = []\nwhile True: b.append(bytearray(8 << 20))");
    request.limits = ResourceLimits { memory_bytes: Some(64 << 20), ..request.limits };
    let start = lab.start(request).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&start.saved[0]).await.unwrap() else { panic!("it runs") };
    assert!(exit.out_of_memory, "{exit:?}");
    assert!(exit.failure().kind.starts_with("out_of_memory"), "{exit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_made_for_root_runs_as_somebody_else_and_can_keep_files() {
    let lab = Lab::new("root").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    let script = "id -u; id -g; echo $HOME; pwd; echo mine > $HOME/note && cat /home/jovyan/note";
    request.cmd = Some(["sh", "-c", script].map(String::from).to_vec());
    let start = lab.start(request).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&start.saved[0]).await.unwrap() else { panic!("it runs") };
    assert_eq!(exit.log, ["1000", "100", "/home/jovyan", "/home/jovyan", "mine"]);
}
