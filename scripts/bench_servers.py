#!/usr/bin/env python3
"""Runs many real containers under one hub and measures what that costs the hub. Called by bench-servers.sh.

    bench_servers.py --labdeckd PATH [--servers 30] [--seconds 60]

The containers run labdeck/test-standin (tests/images/build-standin.sh). Prints figures; fails when a state is wrong or
a bar is missed: processor of the idle hub <= 1 % of one core, an event <= 1 s after what it tells of.
"""

import argparse
import http.client
import json
import os
import pathlib
import queue
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

IMAGE = "labdeck/test-standin:latest"
IDLE_BAR = 1.0  # % of one core
EVENT_BAR = 1.0  # seconds
TICKS = os.sysconf("SC_CLK_TCK")


class SocketConnection(http.client.HTTPConnection):
    """HTTP to the control socket in the data folder, as the command line does."""

    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Hub:
    def __init__(self, program, folder):
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        (self.data / "secret-store").write_text("file")
        self.network = f"labdeck-bench-{os.getpid()}"
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        settings = folder / "labdeck.toml"
        settings.write_text(
            f'[hub]\nbind_url = "http://127.0.0.1:{port}"\nauthenticator_class = "dummy"\n'
            '[dummy_authenticator]\npassword = "bench-bench-bench"\n[authenticator]\nallow_all = true\n'
            f'admin_users = ["boss"]\n[docker_spawner]\nnetwork_name = "{self.network}"\n'
        )
        settings.chmod(0o600)
        env = {**os.environ, "LABDECK_DATA_DIR": str(self.data), "LABDECK_CONFIG": str(settings)}
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen([program, "serve"], env=env, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.call("GET", "/hub/api")
                break
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    sys.exit("labdeckd does not come up:\n" + (folder / "log").read_text()[-2000:])
                time.sleep(0.05)

    def call(self, method, path, body=None, expect=(200, 201, 202, 204)):
        line = SocketConnection(str(self.data / "control.sock"))
        text = None if body is None else json.dumps(body)
        line.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = line.getresponse()
        data = answer.read()
        line.close()
        if answer.status not in expect:
            sys.exit(f"{method} {path}: {answer.status} {data[:500]!r}")
        return json.loads(data) if data else None

    def events(self, found):
        """Reads the event stream for ever; puts (moment, event) into the queue."""
        line = SocketConnection(str(self.data / "control.sock"))
        line.request("GET", "/hub/api/labdeck/events")
        answer = line.getresponse()
        line.sock.settimeout(None)
        try:
            for row in answer:
                if row.startswith(b"data:"):
                    found.put((time.monotonic(), json.loads(row[5:])))
        except (OSError, ValueError):
            pass

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        rows = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        kilobytes = {row.split(":")[0]: int(row.split()[1]) for row in rows[1:]}
        return kilobytes["Rss"] / 1000, kilobytes["Pss_Anon"] / 1000

    def end(self):
        hub_id = docker("network", "inspect", "-f", '{{index .Labels "labdeck.hub"}}', self.network, check=False)
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        if hub_id:
            label = f"label=labdeck.hub={hub_id}"
            for listing, removal in (
                (("ps", "-aq"), ("rm", "-f")),
                (("volume", "ls", "-q"), ("volume", "rm", "-f")),
                (("network", "ls", "-q"), ("network", "rm")),
            ):
                ids = docker(*listing, "--filter", label).split()
                if ids:
                    docker(*removal, *ids, check=False)


def docker(*arguments, check=True):
    return subprocess.run(["docker", *arguments], check=check, capture_output=True, text=True).stdout.strip()


def until(what, ask, seconds=180):
    deadline = time.monotonic() + seconds
    while not ask():
        if time.monotonic() > deadline:
            sys.exit(f"waited {seconds} s in vain: {what}")
        time.sleep(0.1)


def states(hub):
    return [row["server"]["labdeck_state"] for row in hub.call("GET", "/hub/api/labdeck/servers")]


def idle(hub, seconds):
    spent, since = hub.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return 100 * (hub.cpu_seconds() - spent) / (time.monotonic() - since)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labdeckd", required=True)
    parser.add_argument("--servers", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    docker("image", "inspect", IMAGE)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labdeck-bench-"))
    hub = Hub(options.labdeckd, folder)
    try:
        sys.exit(0 if measure(hub, options) else 1)
    finally:
        hub.end()
        shutil.rmtree(folder, ignore_errors=True)


def measure(hub, options):
    people = [f"u{number:02}" for number in range(options.servers)]
    hub.call("POST", "/hub/api/users", {"usernames": people})
    limits = {"memory_bytes": 128 << 20, "cpus": 0.5, "pids": 50}
    stack = {"display_name": "bench", "image": IMAGE, "offered": True, "is_default": True, "limits": limits}
    hub.call("PUT", "/hub/api/labdeck/stacks/bench", stack)
    print(f"alone                        {hub.memory()[0]:6.1f} MB resident, {hub.memory()[1]:.1f} MB of its own")

    since, spent = time.monotonic(), hub.cpu_seconds()
    waiting = [threading.Thread(target=hub.call, args=("POST", f"/hub/api/users/{person}/server", {})) for person in people]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    until("all servers are ready", lambda: states(hub) == ["Ready"] * len(people))
    took = time.monotonic() - since
    print(f"start of {len(people)} at once          {took:6.1f} s, {hub.cpu_seconds() - spent:.2f} s of processor")
    label = docker("network", "inspect", "-f", '{{index .Labels "labdeck.hub"}}', hub.network)
    running = docker("ps", "-q", "--filter", f"label=labdeck.hub={label}").split()
    right = len(running) == len(people)
    print(f"containers that run          {len(running):6}")

    alone = idle(hub, options.seconds)
    print(f"idle, nobody looks           {alone:6.2f} % of one core over {options.seconds} s (bar: {IDLE_BAR:g} %)")
    found = queue.Queue()
    threading.Thread(target=hub.events, args=(found,), daemon=True).start()
    watched = idle(hub, options.seconds)
    print(f"idle, one window looks       {watched:6.2f} % of one core over {options.seconds} s (bar: {IDLE_BAR:g} %)")
    resident, own = hub.memory()
    print(f"memory with {len(people)} servers       {resident:6.1f} MB resident, {own:.1f} MB of its own")

    lags = [lag(hub, person, label, found) for person in people[:10]]
    print(f"event after a death          {statistics.median(lags):6.3f} s median, {max(lags):.3f} s at most (bar: {EVENT_BAR:g} s)")
    wanted = sorted(["Off"] * len(lags) + ["Ready"] * (len(people) - len(lags)))
    until("the states are right", lambda: sorted(states(hub)) == wanted, 30)
    for person in people:
        hub.call("DELETE", f"/hub/api/users/{person}/server")
    until("all servers are off", lambda: states(hub) == ["Off"] * len(people))
    left = docker("ps", "-aq", "--filter", f"label=labdeck.hub={label}").split()
    print(f"containers left              {len(left):6}")
    return right and not left and alone <= IDLE_BAR and watched <= IDLE_BAR and max(lags) <= EVENT_BAR


def lag(hub, person, label, found):
    """From the end of a container, as the engine's command returns, to the event that tells of it."""
    filters = ["--filter", f"label=labdeck.hub={label}", "--filter", f"label=labdeck.user={person}"]
    container = docker("ps", "-q", *filters)
    while not found.empty():
        found.get()
    docker("kill", container)
    since = time.monotonic()
    while True:
        at, event = found.get(timeout=60)
        if event.get("type") == "server_changed" and event.get("user") == person and not event["server"]["ready"]:
            return max(at - since, 0.0)


if __name__ == "__main__":
    main()
