#!/usr/bin/env python3
"""Asks our hub and JupyterHub 6.1.1 the same, each with 10,000 people in its database, in turn in one run, and prints
what each answer costs: the processor time of the hub's process by the calls, and calls by the second of one client that
asks one thing after the other. Called by bench-hub.sh; fails where a bar is missed.

    bench_hub.py --labdeckd PATH --jupyterhub PATH [--people 10000] [--seconds 4] [--rounds 2]

Only hubs are counted, no proxies: JupyterHub runs without one, and ours, which has one in the same process, is asked
at the listener behind it.
"""

import argparse
import http.client
import http.cookies
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

TICKS = os.sysconf("SC_CLK_TCK")
ADMIN = "bench-admin-token-bench-admin-token"
PASSWORD = "bench-bench-bench"
# What a call may cost of what it costs JupyterHub, and our memory of theirs.
CALL_BAR, CREATE_BAR, MEMORY_BAR = 20, 100, 4

LABDECK = """
[hub]
bind_url = "http://127.0.0.1:{port}"
authenticator_class = "dummy"
spawner_class = "simple"
[dummy_authenticator]
password = "{password}"
[authenticator]
allow_all = true
admin_users = ["boss"]
[[hub.services]]
name = "bench"
admin = true
api_token = "{token}"
"""

JUPYTERHUB = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    routes = {{}}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {{"routespec": routespec, "target": target, "data": data}}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return dict(self.routes)

c.JupyterHub.bind_url = c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.log_level = "WARN"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"boss"}}
c.JupyterHub.services = [{{"name": "bench", "admin": True, "api_token": "{token}"}}]
"""


class Hub:
    """One of the two, with a folder of its own."""

    def __init__(self, name, folder, command):
        self.name, self.folder, self.command = name, folder, command
        self.process = self.line = None
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]

    def write(self, file, template):
        path = self.folder / file
        path.write_text(template.format(port=self.port, password=PASSWORD, token=ADMIN))
        path.chmod(0o600)

    def start(self):
        """Gives the seconds until it is healthy, and the processor time of that."""
        log = open(self.folder / "log", "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=log, stderr=log)
        log.close()
        while True:
            try:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
                if self.ask("GET", "/hub/health")[0] == 200:
                    return time.monotonic() - began, self.cpu()
            except (OSError, http.client.HTTPException):
                pass
            if self.process.poll() is not None or time.monotonic() - began > 300:
                sys.exit(f"{self.name} does not come up:\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.002)

    def pass_the_proxy(self):
        """From now on asks the hub itself. Where that is, the routes tell; JupyterHub has no other place."""
        target = urllib.parse.urlsplit(self.api("GET", "proxy")["/"]["target"])
        self.line = http.client.HTTPConnection(target.hostname, target.port, timeout=300)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Megabytes that are resident."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000

    def ask(self, method, path, body=None, headers=None):
        self.line.request(method, path, body, headers or {})
        answer = self.line.getresponse()
        return answer.status, answer.headers, answer.read()

    def api(self, method, path, body=None, token=ADMIN, expect=(200, 201)):
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        status, _, text = self.ask(method, f"/hub/api/{path}", None if body is None else json.dumps(body), headers)
        if status not in expect:
            sys.exit(f"{self.name}: {method} {path}: {status} {text[:500]!r}")
        return json.loads(text)

    def form(self):
        """What a browser that is not signed in sends along with the form: its cookies, and the form's token."""
        _, headers, page = self.ask("GET", "/hub/login")
        jar = http.cookies.SimpleCookie()
        for line in headers.get_all("Set-Cookie") or []:
            jar.load(line)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
        token = re.search(r'name="_xsrf"[^>]*value="([^"]*)"', page.decode())
        return cookies, token[1]


class Calls:
    """The questions; each call of a method asks once."""

    def __init__(self, hub, people):
        self.hub, self.people, self.asked, self.new = hub, people, 0, 0
        # Tokens that the hub made: one that stands in a file costs both of them sixteen thousand rounds of hashing.
        hub.api("POST", "users/boss", {}, expect=(201, 409))
        self.admin = hub.api("POST", "users/boss/tokens", {})["token"]
        self.token = hub.api("POST", f"users/u{people // 2:05}/tokens", {})["token"]
        self.cookies, self.xsrf = hub.form()

    def page(self):
        self.asked += 1
        users = self.hub.api("GET", f"users?limit=200&offset={self.asked * 200 % self.people}", token=self.admin)
        assert len(users) == 200, len(users)

    def whoami(self):
        assert self.hub.api("GET", "user", token=self.token)["kind"] == "user"

    def login(self):
        self.asked += 1
        fields = {"_xsrf": self.xsrf, "username": f"u{self.asked % self.people:05}", "password": PASSWORD}
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        status, found, text = self.hub.ask("POST", "/hub/login?next=%2Fhub%2Fhome", urllib.parse.urlencode(fields), headers)
        signed_in = any("jupyterhub-session-id" in line or "login" in line for line in found.get_all("Set-Cookie") or [])
        if status != 302 or not signed_in:
            sys.exit(f"{self.hub.name}: signing in: {status} {text[:500]!r}")

    def create(self):
        names = [f"n{self.new + number:06}" for number in range(100)]
        self.new += 100
        assert len(self.hub.api("POST", "users", {"usernames": names}, self.admin)) == 100

    def health(self):
        assert self.hub.ask("GET", "/hub/health")[0] == 200


QUESTIONS = [
    ("`GET /users`, a page of 200", "page", CALL_BAR),
    ("`GET /user` by its token", "whoami", CALL_BAR),
    ("`POST /hub/login`, without the hash", "login", CALL_BAR),
    ("`GET /hub/health`", "health", CALL_BAR),
    ("`POST /users`, 100 new ones", "create", CREATE_BAR),
]


def measure(hub, ask, seconds):
    """Milliseconds of processor by the call, and calls by the second. The first calls do not count."""
    # The hub may have closed it while the other one was asked; it opens again by itself.
    hub.line.close()
    for _ in range(3):
        ask()
    count, spent, since = 0, hub.cpu(), time.monotonic()
    while time.monotonic() - since < seconds or count < 5:
        ask()
        count += 1
    took = time.monotonic() - since
    # What a call leaves to be done after its answer is part of its price.
    time.sleep(0.3)
    return 1000 * (hub.cpu() - spent) / count, count / took


def prepare(options, folder):
    ours, theirs = folder / "labdeck", folder / "jupyterhub"
    for each in (ours, theirs):
        each.mkdir(mode=0o700)
    (ours / "data").mkdir(mode=0o700)
    (ours / "data" / "secret-store").write_text("file")
    command = [options.labdeckd, "serve", "--config", str(ours / "labdeck.toml"), "--data-dir", str(ours / "data")]
    labdeck = Hub("Labdeck", ours, command)
    labdeck.write("labdeck.toml", LABDECK)
    jupyterhub = Hub("JupyterHub", theirs, [options.jupyterhub, "-f", "jupyterhub_config.py"])
    jupyterhub.write("jupyterhub_config.py", JUPYTERHUB)
    return labdeck, jupyterhub


def fill(labdeck, jupyterhub, people):
    """Ours by calls; theirs, which would take long, by the rows that its own calls leave."""
    names = [f"u{number:05}" for number in range(people)]
    labdeck.start()
    for first in range(0, people, 1000):
        labdeck.api("POST", "users", {"usernames": names[first : first + 1000]})
    labdeck.stop()
    jupyterhub.start()
    jupyterhub.api("POST", "users", {"usernames": ["model"]})
    jupyterhub.stop()
    with sqlite3.connect(jupyterhub.folder / "jupyterhub.sqlite") as database:
        (model,) = database.execute("SELECT id FROM users WHERE name = 'model'").fetchone()
        maps = "(user_id, role_id, managed_by_auth)"
        for number, name in enumerate(names):
            added = "INSERT INTO users (name, admin, created, cookie_id) SELECT ?, admin, created, ? FROM users WHERE id = ?"
            user = database.execute(added, (name, f"{number:032x}", model)).lastrowid
            roles = f"INSERT INTO user_role_map {maps} SELECT ?, role_id, managed_by_auth FROM user_role_map WHERE user_id = ?"
            database.execute(roles, (user, model))
    database.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--labdeckd", required=True)
    parser.add_argument("--jupyterhub", required=True)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labdeck-bench-"))
    hubs = prepare(options, folder)
    try:
        fill(*hubs, options.people)
        fits = run(hubs, options)
    finally:
        for hub in hubs:
            hub.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if fits else 1)


def run(hubs, options):
    starts = [[], []]
    for _ in range(options.rounds):
        for hub, times in zip(hubs, starts):
            hub.stop()
            times.append(hub.start())
    for hub in hubs:
        hub.pass_the_proxy()
    calls = [Calls(hub, options.people) for hub in hubs]
    print(f"{'':40} {'Labdeck':>24} {'JupyterHub 6.1.1':>24} {'ratio':>8} {'bar':>6}")
    fits = True
    for label, name, bar in QUESTIONS:
        # In turn, so that a machine whose speed drifts does so for both.
        found = [[], []]
        for _ in range(options.rounds):
            for which, hub in enumerate(hubs):
                found[which].append(measure(hub, getattr(calls[which], name), options.seconds))
        cost, speed = ([statistics.mean(run[at] for run in one) for one in found] for at in (0, 1))
        fits &= tell(label, [f"{c:.3f} ms {s:8.1f}/s" for c, s in zip(cost, speed)], cost[1] / max(cost[0], 1e-6), bar)
    for at, label in enumerate(["start to healthy", "processor time of a start"]):
        took = [statistics.median(one[at] for one in times) for times in starts]
        tell(label, [f"{value:.2f} s" for value in took], took[1] / max(took[0], 1e-3), None)
    held = [hub.memory() for hub in hubs]
    return fits & tell("resident memory after all this", [f"{value:.1f} MB" for value in held], held[1] / held[0], MEMORY_BAR)


def tell(label, values, ratio, bar):
    missed = bar is not None and ratio < bar
    wanted = f"{bar} x" if bar else ""
    print(f"{label:40} {values[0]:>24} {values[1]:>24} {ratio:6.1f} x {wanted:>6}{'  MISSED' if missed else ''}", flush=True)
    return not missed


if __name__ == "__main__":
    main()
