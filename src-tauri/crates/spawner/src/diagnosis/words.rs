//! What each cause is called for people: what happened, with the names and values of the line that tells it, and what
//! can be done.

/// The sentence of what happened and the next step, from the line in which a cause shows.
pub(super) type Words = fn(&str) -> (String, &'static str);

pub(super) fn disk_full(line: &str) -> (String, &'static str) {
    let place = path(line).map(|path| format!(" at {path}")).unwrap_or_default();
    (
        format!("There is no space left on the disk{place}."),
        "Delete files that are no longer needed, or ask the person who runs the hub to make room under Storage.",
    )
}

pub(super) fn registry_limit(line: &str) -> (String, &'static str) {
    let host = host_in(line).map(|host| format!(" {host}")).unwrap_or_default();
    (
        format!("The registry{host} hands out no more images to this address for a while."),
        "Try again later (Docker Hub counts over 6 hours), sign the engine in to the registry (docker login), or fetch the image on another network and load it from a file.",
    )
}

pub(super) fn clock_skew(line: &str) -> (String, &'static str) {
    let now = between(line, "current time ", " is before").map(|now| format!(" ({now})")).unwrap_or_default();
    (
        format!("The clock of this computer seems to be wrong{now}: something that is signed is dated in the future."),
        "Set the computer's date and time, best by switching on automatic time, then start the server again.",
    )
}

pub(super) fn certificate(line: &str) -> (String, &'static str) {
    let host = host_in(line).map(|host| format!(" of {host}")).unwrap_or_default();
    let why = line.split("x509: ").nth(1).map(|why| format!(": {}", why.trim_end_matches('.'))).unwrap_or_default();
    (
        format!("The certificate{host} was rejected{why}."),
        "If the address is your own registry or proxy, add its authority to the engine's trusted certificates; otherwise check the address and the computer's clock.",
    )
}

pub(super) fn gpu_toolkit(_: &str) -> (String, &'static str) {
    (
        "The engine cannot give graphics cards to containers.".to_owned(),
        "On the computer that runs the hub, install the NVIDIA driver and the NVIDIA Container Toolkit and restart Docker; until then choose a size without a graphics card.",
    )
}

pub(super) fn gpu_busy(line: &str) -> (String, &'static str) {
    let message = if line.to_ascii_lowercase().contains("memory") {
        "The graphics card has no memory left."
    } else {
        "The graphics card is in use by another program."
    };
    (
        message.to_owned(),
        "Look in the window under Servers, GPU board, who holds the card; stop that work or wait for it.",
    )
}

pub(super) fn wrong_architecture(_: &str) -> (String, &'static str) {
    (
        format!("The image is made for another kind of processor; this computer has {}.", std::env::consts::ARCH),
        "Choose an image that is made for this computer.",
    )
}

pub(super) fn out_of_memory_at_start(line: &str) -> (String, &'static str) {
    let why = between(line, "limit allowed is ", "")
        .map(|least| format!("; the least that the engine allows is {least}"))
        .unwrap_or_default();
    (
        format!("The server's memory limit is too small for it to start{why}."),
        "Start it with a larger size, or ask the person who runs the hub for one.",
    )
}

pub(super) fn port_taken(line: &str) -> (String, &'static str) {
    let port = between(line, "Bind for ", " failed").map(|port| format!(" ({port})")).unwrap_or_default();
    (
        format!("The port that the server was to listen on is taken by another program{port}."),
        "Start it again: it gets another port. If it stays so, the server's own settings name a fixed port; take that out.",
    )
}

pub(super) fn read_only(line: &str) -> (String, &'static str) {
    let place = path(line).unwrap_or("its home");
    (
        format!("The server cannot write to {place}: it lies on a file system that can only be read."),
        "The home folder must be writable. The person who runs the hub mounts it writable; folders that are shared read-only go elsewhere.",
    )
}

pub(super) fn permission_denied(line: &str) -> (String, &'static str) {
    let place = path(line).map_or_else(|| "a folder that it needs".to_owned(), str::to_owned);
    (
        format!("The server may not use {place}: it belongs to another account."),
        "The person who runs the hub gives the folder to the account that notebooks run as, or mounts it read-only.",
    )
}

pub(super) fn hub_unreachable(line: &str) -> (String, &'static str) {
    let address = between(line, "my Hub at ", " (").or_else(|| between(line, "connect to host ", " "));
    let address = address.map(|address| format!(" at {address}")).unwrap_or_default();
    (
        format!("The server runs, but cannot reach the hub{address}."),
        "A firewall on this computer may block it: let containers reach the hub's port. Proxy settings in the image can do it too.",
    )
}

pub(super) fn version_mismatch(line: &str) -> (String, &'static str) {
    let hub = between(line, "jupyterhub version ", " !=").unwrap_or("6");
    let theirs = between(line, "singleuser version ", ".").and_then(|_| line.split("singleuser version ").nth(1));
    let theirs = theirs.and_then(|rest| rest.split_whitespace().next()).map_or("another", |v| v.trim_end_matches('.'));
    (
        format!("The image contains JupyterHub {theirs}; this hub speaks version {hub}."),
        "Choose an image with a matching version, or have jupyterhub in it renewed.",
    )
}

pub(super) fn image_unusable(_: &str) -> (String, &'static str) {
    (
        "The image has no notebook server that Labdeck can start.".to_owned(),
        "Choose an image that contains jupyterhub-singleuser, such as those of the Jupyter Docker Stacks.",
    )
}

/// What stands between two pieces of a line; an empty end is the end of the line.
fn between<'a>(line: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let rest = &line[line.find(begin)? + begin.len()..];
    let found = if end.is_empty() { rest } else { &rest[..rest.find(end)?] };
    Some(found.trim()).filter(|found| !found.is_empty())
}

/// The last absolute path of a line, in quotes or before a colon: `Permission denied: '/home/jovyan/x'`,
/// `mkdir /data/ada: permission denied`.
fn path(line: &str) -> Option<&str> {
    let words = line.split(['\'', '"', '‘', '’', ' ', '`']);
    let paths = words.map(|word| word.trim_end_matches([':', ',', ')', ']', '.'])).filter(|word| word.starts_with('/'));
    paths.rev().find(|word| word.len() > 1 && !word.ends_with(".py"))
}

/// The host of the address in a line: `Get "https://registry:5000/v2/": x509: …`.
fn host_in(line: &str) -> Option<&str> {
    let rest = line.split_once("://")?.1;
    rest.split(['/', '"', '\'', ' ']).next().filter(|host| !host.is_empty())
}
