#!/usr/bin/env python3
"""Times the hub: start to healthy, idle memory, and the hub's own share of a server's start.

    scripts/bench.py --labdeckd target/local/labdeckd
    scripts/bench.py --labdeckd … --jupyterhub /path/to/bin/jupyterhub --chp /path/to/configurable-http-proxy
    scripts/bench.py --labdeckd … --image labdeck/test-notebook:latest

With a JupyterHub given, both are measured in turn in one run, so that the ratio holds when the machine's speed
drifts. Medians are printed; a wide span says that the machine was busy. Nothing here is a test.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

TOKEN = "bench-bench-bench-bench-bench-bench"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url, headers=None, method="GET", data=None):
    request = urllib.request.Request(url, headers=headers or {}, method=method, data=data)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, answer.read()


def until(what, limit=60.0, pause=0.002):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            return what()
        except (OSError, ValueError):
            time.sleep(pause)
    raise SystemExit("waited in vain")


def healthy(port):
    def ask():
        status, _ = get(f"http://127.0.0.1:{port}/hub/health")
        if status != 200:
            raise ValueError
    return ask


def tree(pid):
    pids = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pids += tree(int(child))
    return pids


def memory_mb(pid):
    """Resident and proportional memory of a process and its children."""
    rss = pss = 0
    for one in tree(pid):
        for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                rss += int(line.split()[1])
            if line.startswith("Pss:"):
                pss += int(line.split()[1])
    return rss / 1024, pss / 1024


def end(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def labdeck(args, folder, image=None):
    port = free_port()
    config = folder / "labdeck.toml"
    spawner = f'[docker_spawner]\nimage = "{image}"\n' if image else ""
    hub = "" if image else 'spawner_class = "simple"\n'
    config.write_text(
        f'[hub]\nbind_url = "http://127.0.0.1:{port}"\nauthenticator_class = "dummy"\n{hub}'
        f'[dummy_authenticator]\npassword = "pw"\n[authenticator]\nadmin_users = ["boss"]\n{spawner}'
        f'[[hub.services]]\nname = "bench"\nadmin = true\napi_token = "{TOKEN}"\n'
    )
    config.chmod(0o600)
    command = [args.labdeckd, "serve", "--config", str(config), "--data-dir", str(folder / "data")]
    return port, command


def jupyterhub(args, folder):
    port, hub_port, api_port = free_port(), free_port(), free_port()
    config = folder / "jupyterhub_config.py"
    config.write_text(
        f'c.JupyterHub.bind_url = "http://127.0.0.1:{port}"\nc.JupyterHub.hub_port = {hub_port}\n'
        f'c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"\n'
        f'c.ConfigurableHTTPProxy.command = ["{args.chp}"]\n'
        'c.JupyterHub.authenticator_class = "dummy"\nc.DummyAuthenticator.password = "pw"\n'
        'c.Authenticator.admin_users = {"boss"}\nc.JupyterHub.log_level = "ERROR"\n'
    )
    return port, [args.jupyterhub, "-f", str(config)]


def one_start(make):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labdeck-bench-"))
    try:
        port, command = make(folder)
        began = time.monotonic()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        until(healthy(port))
        took = time.monotonic() - began
        time.sleep(3)
        rss, pss = memory_mb(process.pid)
        end(process)
        return took, rss, pss
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def row(name, values, unit):
    print(f"{name:<44} median {statistics.median(values):8.3f} {unit}   min {min(values):.3f}   max {max(values):.3f}")
    return statistics.median(values)


def starts(args):
    ours, theirs = [], []
    for _ in range(args.runs):
        ours.append(one_start(lambda folder: labdeck(args, folder)))
        if args.jupyterhub:
            theirs.append(one_start(lambda folder: jupyterhub(args, folder)))
    for index, (name, unit) in enumerate([("start to healthy", "s"), ("idle memory, resident", "MB"), ("idle memory, proportional", "MB")]):
        mine = row(f"labdeckd, {name}", [run[index] for run in ours], unit)
        if theirs:
            other = row(f"JupyterHub and its proxy, {name}", [run[index] for run in theirs], unit)
            print(f"{'':<44} ratio {mine / other:.3f}")


def spawn_share(args):
    """Time to ready through the hub, minus the time that the same image takes by hand until it answers."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labdeck-bench-"))
    port, command = labdeck(args, folder, args.image)
    log = open(folder / "log", "w")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    headers = {"Authorization": f"token {TOKEN}"}
    base = f"http://127.0.0.1:{port}/hub/api/users/bench"
    try:
        until(healthy(port))
        get(base, headers, "POST", b"")
        hub, hand = [], []
        for _ in range(args.runs + 1):
            began = time.monotonic()
            status, _ = get(f"{base}/server", headers, "POST", b"")
            while status == 202:
                time.sleep(0.01)
                status = 201 if json.loads(get(f"{base}", headers)[1])["servers"][""]["ready"] else 202
            hub.append(time.monotonic() - began)
            get(f"{base}/server", headers, "DELETE", b"")
            hand.append(by_hand(args.image, port))
        hub, hand = hub[1:], hand[1:]
        a, b = row("server ready through the hub", hub, "s"), row("the same container by hand", hand, "s")
        print(f"{'':<44} the hub's own share {a - b:+.3f} s")
    finally:
        try:
            get(f"{base}/server", headers, "DELETE", b"")
        except OSError:
            pass
        end(process)
        shutil.rmtree(folder, ignore_errors=True)


def by_hand(image, hub_port):
    """The same image, limits and command; a token that no hub knows costs the server nothing before it answers."""
    port = free_port()
    env = {
        "JUPYTERHUB_API_TOKEN": "x" * 32, "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-bench", "JUPYTERHUB_USER": "bench",
        "JUPYTERHUB_SERVICE_PREFIX": "/user/bench/", "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888/user/bench/",
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub_port}/hub/api", "JUPYTERHUB_BASE_URL": "/", "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!server=bench/"]', "JUPYTERHUB_OAUTH_CALLBACK_URL": "/user/bench/oauth_callback",
    }
    volume = f"labdeck-bench-{os.getpid()}"
    command = ["docker", "run", "-d", "--no-healthcheck", "--network", "host", "-m", "2g", "--cpus", "1", "-v", f"{volume}:/home/jovyan"]
    for name, value in env.items():
        command += ["-e", f"{name}={value.replace('8888', str(port))}"]
    began = time.monotonic()
    container = subprocess.run([*command, image], check=True, capture_output=True, text=True).stdout.strip()
    until(lambda: json.loads(get(f"http://127.0.0.1:{port}/user/bench/api")[1])["version"], pause=0.01)
    took = time.monotonic() - began
    subprocess.run(["docker", "rm", "-f", container], check=True, capture_output=True)
    subprocess.run(["docker", "volume", "rm", "-f", volume], check=True, capture_output=True)
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labdeckd", required=True)
    parser.add_argument("--jupyterhub")
    parser.add_argument("--chp")
    parser.add_argument("--image")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.labdeckd = str(pathlib.Path(args.labdeckd).resolve())
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    starts(args)
    if args.image:
        spawn_share(args)


if __name__ == "__main__":
    main()
