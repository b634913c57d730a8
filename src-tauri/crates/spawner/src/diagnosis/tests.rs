//! Each cause by a line that a real program wrote, and lines that must not be taken for one.

use super::*;

/// Lines as real programs wrote them, each with the cause that it must be taken for and a piece of the message. Those of
/// Docker and of Python were recorded on an engine 20.10 with JupyterHub 6.1.1; those of cards and registries, which a
/// machine without either cannot produce, are copied from the engine's and the toolkit's own reports.
const RECORDED: &[(&str, &str, &str)] = &[
    ("Minimum memory limit allowed is 6MB", kind::OUT_OF_MEMORY_AT_START, "6MB"),
    (
        "failed to create shim: OCI runtime create failed: container_linux.go:380: starting container process caused: container init was OOM-killed (memory limit too low?): unknown",
        kind::OUT_OF_MEMORY_AT_START,
        "too small",
    ),
    (
        "driver failed programming external connectivity on endpoint jovial_gould (cd44a2cd): Bind for 127.0.0.1:39991 failed: port is already allocated",
        kind::PORT_TAKEN,
        "127.0.0.1:39991",
    ),
    ("OSError: [Errno 98] Address already in use", kind::PORT_TAKEN, "taken"),
    ("could not select device driver \"\" with capabilities: [[gpu]]", kind::GPU_TOOLKIT_MISSING, "graphics cards"),
    (
        "nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file: no such file or directory: unknown",
        kind::GPU_TOOLKIT_MISSING,
        "graphics cards",
    ),
    ("RuntimeError: CUDA error: all CUDA-capable devices are busy or unavailable", kind::GPU_BUSY, "in use"),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", kind::GPU_BUSY, "memory"),
    ("OSError: [Errno 30] Read-only file system: '/home/jovyan/x'", kind::READ_ONLY_HOME, "/home/jovyan/x"),
    ("touch: cannot touch '/home/jovyan/x': Read-only file system", kind::READ_ONLY_HOME, "/home/jovyan/x"),
    (
        "PermissionError: [Errno 13] Permission denied: '/home/jovyan/imaging/x'",
        kind::PERMISSION_DENIED,
        "/home/jovyan/imaging/x",
    ),
    (
        "mkdir: cannot create directory ‘/home/jovyan/.jupyter’: Permission denied",
        kind::PERMISSION_DENIED,
        "/home/jovyan/.jupyter",
    ),
    ("OSError: [Errno 28] No space left on device", kind::DISK_FULL, "no space left"),
    (
        "write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
        kind::DISK_FULL,
        "/var/lib/docker/tmp/GetImageBlob1",
    ),
    ("sqlite3.OperationalError: database or disk is full", kind::DISK_FULL, "disk"),
    (
        "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        kind::REGISTRY_LIMIT,
        "for a while",
    ),
    ("received unexpected HTTP status: 429 Too Many Requests", kind::REGISTRY_LIMIT, "for a while"),
    (
        "Get \"https://registry.lab:5000/v2/\": x509: certificate signed by unknown authority",
        kind::CERTIFICATE_REJECTED,
        "registry.lab:5000 was rejected: certificate signed by unknown authority",
    ),
    (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)",
        kind::CERTIFICATE_REJECTED,
        "rejected",
    ),
    (
        "Get \"https://registry-1.docker.io/v2/\": x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:07Z is before 2026-05-05T00:00:00Z",
        kind::CLOCK_SKEW,
        "2020-01-01T00:00:07Z",
    ),
    (
        "Get \"https://registry.lab/v2/\": x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025-05-05T00:00:00Z",
        kind::CERTIFICATE_REJECTED,
        "registry.lab",
    ),
    (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid (_ssl.c:1006)",
        kind::CLOCK_SKEW,
        "clock",
    ),
    ("exec /usr/bin/tini: exec format error", kind::WRONG_ARCHITECTURE, "processor"),
    ("no matching manifest for linux/arm64/v8 in the manifest list entries", kind::WRONG_ARCHITECTURE, "processor"),
    (
        "[E 2026-11-20 11:30:00.1 ServerApp] Failed to connect to my Hub at http://172.18.0.1:8081/hub/api (attempt 5/5). Is it running?",
        kind::HUB_UNREACHABLE,
        "at http://172.18.0.1:8081/hub/api.",
    ),
    (
        "[W 2026-11-20 11:30:00.1 ServerApp] jupyterhub version 6.1.1 != jupyterhub-singleuser version 1.5.1. This could cause failure to authenticate and result in redirect loops!",
        kind::VERSION_MISMATCH,
        "JupyterHub 1.5.1; this hub speaks version 6.1.1",
    ),
    (
        "OCI runtime create failed: exec: \"jupyterhub-singleuser\": executable file not found in $PATH: unknown",
        kind::IMAGE_UNUSABLE,
        "no notebook server",
    ),
];

/// What only the engine's words tell.
const ENGINES: [&str; 4] =
    [kind::REGISTRY_LIMIT, kind::CERTIFICATE_REJECTED, kind::CLOCK_SKEW, kind::GPU_TOOLKIT_MISSING];

#[test]
fn each_recorded_line_is_taken_for_its_cause() {
    for (line, kind, piece) in RECORDED {
        let log = ["Starting".to_owned(), (*line).to_owned(), "Traceback ends".to_owned()];
        let written = Evidence { log: &log, ..Evidence::default() };
        let said = Evidence { said: line, ..Evidence::default() };
        let heard = if ENGINES.contains(kind) { vec![said] } else { vec![said, written] };
        for evidence in heard {
            let failure = recognise(evidence).unwrap_or_else(|| panic!("not recognised: {line}"));
            assert_eq!(failure.kind, *kind, "{line}");
            assert!(failure.message.contains(piece), "{line}: {}", failure.message);
            assert!(!failure.remedy.is_empty() && failure.log.len() == evidence.log.len(), "{line}");
        }
        let from_log = recognise(written).map(|failure| failure.kind);
        assert!(!ENGINES.contains(kind) || from_log.is_none_or(|other| other != *kind), "{line}");
    }
}

#[test]
fn what_people_do_in_a_server_is_no_cause() {
    let rows = [
        (Phase::Start, "HTTPError: 429 Client Error: Too Many Requests for url: https://api.example.org/x"),
        (Phase::Start, "requests.exceptions.SSLError: certificate verify failed: self-signed certificate"),
        (Phase::Start, "x509: certificate signed by unknown authority"),
        (Phase::Start, "Failed to initialize NVML: Driver/library version mismatch"),
        (Phase::Start, "botocore: clock skew too great"),
        (Phase::Start, "OSError: [Errno 121] Remote I/O error"),
        (Phase::Start, "OSError: [Errno 130] Owner died"),
        (Phase::Start, "OSError: [Errno 301] made up"),
        (Phase::Work, "MemoryError: Unable to allocate 30.0 GiB for an array"),
        (Phase::Work, "OSError: [Errno 12] Cannot allocate memory"),
        (Phase::Work, "OSError: [Errno 98] Address already in use"),
        (Phase::Work, "ModuleNotFoundError: No module named 'notebook'"),
        (Phase::Work, "bash: ./tool: cannot execute binary file: Exec format error"),
    ];
    for (phase, line) in rows {
        let log = [line.to_owned()];
        assert_eq!(recognise(Evidence { said: "", log: &log, phase }), None, "{line}");
    }
    let short = ["OSError: [Errno 12] Cannot allocate memory".to_owned()];
    let told = recognise(Evidence { log: &short, ..Evidence::default() }).unwrap();
    assert_eq!(told.kind, kind::OUT_OF_MEMORY_AT_START, "while it starts it is the cause");
}

#[test]
fn a_trace_without_its_beginning_still_tells_that_the_hub_is_away() {
    let log: Vec<String> = [
        "  File \"/opt/conda/lib/python3.11/site-packages/jupyterhub/httpclient.py\", line 63, in _create_connection",
        "    raise client_error(req.connection_key, exc) from exc",
        "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host 172.18.0.1:8081 ssl:default [Connect call failed ('172.18.0.1', 8081)]",
    ]
    .map(str::to_owned)
    .into();
    let failure = recognise(Evidence { log: &log, ..Evidence::default() }).unwrap();
    assert_eq!((failure.kind.as_str(), failure.message.contains("172.18.0.1:8081")), (kind::HUB_UNREACHABLE, true));
    assert_eq!(
        recognise(Evidence { log: &log[2..], ..Evidence::default() }),
        None,
        "without the hub's client it can be any host"
    );
}

#[test]
fn ordinary_lines_are_no_cause() {
    for line in ["Jupyter Server 2.21.1 is running at:", "KeyError: 'x'", "404 GET /favicon.ico", ""] {
        assert_eq!(recognise(Evidence { said: line, ..Evidence::default() }), None, "{line}");
    }
    let minor = "jupyterhub version 6.1.1 != jupyterhub-singleuser version 6.0.1.";
    assert_eq!(recognise(Evidence { said: minor, ..Evidence::default() }), None);
}

#[test]
fn a_timeout_keeps_how_far_it_came_beside_the_cause_in_its_log() {
    let log =
        vec!["Failed to connect to my Hub at http://172.18.0.1:1/hub/api (attempt 2/5). Is it running?".to_owned()];
    let late =
        Failure { log, ..Failure::new(kind::START_TIMEOUT, "The server did not answer in 30 seconds.", "Wait.") };
    let exact = refine(late.clone());
    assert_eq!(exact.kind, kind::HUB_UNREACHABLE);
    assert!(exact.message.ends_with(&late.message), "{}", exact.message);
    let plain = Failure { log: vec!["thinking".into()], ..late };
    assert_eq!(refine(plain.clone()), plain);
    let other = Failure::new("gone", "Gone.", "");
    assert_eq!(refine(other.clone()), other);
}
