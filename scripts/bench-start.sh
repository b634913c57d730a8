#!/usr/bin/env bash
# Times the hub's own share of a server's start: ready through the hub, and the same container by hand (same image,
# variables, network, limits, volume), and through JupyterHub 6.1.1 with dockerspawner and configurable-http-proxy, in
# turn in one run. Prints medians. Nothing here is a test.
#
#   scripts/bench-start.sh [labdeckd] [image] [runs]
#
# ALONE=1   without JupyterHub, which is fetched from PyPI and the npm registry into the cache folder
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

labdeckd=${1:-target/release/labdeckd}
image=${2:-labdeck/test-standin:latest}
runs=${3:-15}
token=bench-bench-bench-bench-bench-bench
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
prefix=labdeck-bench-$$
folder=$(mktemp -d)
hub=
other=

end() {
    [ -z "$hub" ] || { ask DELETE users/benchstart/server >/dev/null 2>&1 || true; kill "$hub" 2>/dev/null || true; wait "$hub" 2>/dev/null || true; }
    [ -z "$other" ] || { kill "$other" 2>/dev/null || true; wait "$other" 2>/dev/null || true; }
    docker ps -aq --filter name="$prefix-" | xargs -r docker rm -f >/dev/null 2>&1 || true
    docker volume ls -q --filter name="$prefix-" | xargs -r docker volume rm -f >/dev/null 2>&1 || true
    [ -z "${network:-}" ] || {
        docker volume rm -f "$volume" >/dev/null 2>&1 || true
        docker network rm "$network" >/dev/null 2>&1 || true
    }
    rm -rf "$folder"
}
trap end EXIT

# at PORT METHOD PATH: one call of either hub's API
at() { curl -sf -o "$folder/answer" -w '%{http_code}' -X "$2" -H "Authorization: token $token" "http://127.0.0.1:$1/hub/api/$3"; }
ask() { at "$port" "$@"; }
now() { date +%s%N; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

cat >"$folder/labdeck.toml" <<TOML
[hub]
bind_url = "http://127.0.0.1:$port"
authenticator_class = "dummy"
spawner_class = "docker"
[dummy_authenticator]
password = "pw"
[authenticator]
admin_users = ["boss"]
[docker_spawner]
image = "$image"
[[hub.services]]
name = "bench"
admin = true
api_token = "$token"
TOML
chmod 600 "$folder/labdeck.toml"
"$labdeckd" serve --config "$folder/labdeck.toml" --data-dir "$folder/data" >"$folder/log" 2>&1 &
hub=$!
until curl -sf -o /dev/null "http://127.0.0.1:$port/hub/health"; do
    kill -0 "$hub" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.05
done
ask POST users/benchstart >/dev/null

through() { # PORT
    local began
    began=$(now)
    at "$1" POST users/benchstart/server >/dev/null
    until at "$1" GET users/benchstart >/dev/null && grep -q '"ready": \?true' "$folder/answer"; do
        sleep 0.002
        [ $(($(now) - began)) -lt 60000000000 ] || { tail -n 5 "$folder"/*log >&2; die "The server is not ready after 60 s."; }
    done
    echo $((($(now) - began) / 1000000))
}
through_hub() { through "$port"; }

# JupyterHub beside it: the same image, limits and a home volume, behind the usual bridge.
begin_jupyterhub() {
    local venv=$cache/bench-jupyterhub chp=$cache/bench-chp gateway
    [ -x "$venv/bin/jupyterhub" ] || {
        say "Fetching JupyterHub, dockerspawner and configurable-http-proxy"
        python3 -m venv "$venv"
        "$venv/bin/pip" install -q jupyterhub==6.1.1 dockerspawner==14.0.0
    }
    [ -x "$chp/node_modules/.bin/configurable-http-proxy" ] ||
        npm install --prefix "$chp" --no-audit --no-fund --loglevel=error configurable-http-proxy@5.3.0 >&2
    gateway=$(docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}')
    other_port=$(free_port)
    cat >"$folder/jupyterhub_config.py" <<PY
c.JupyterHub.bind_url = "http://127.0.0.1:$other_port"
c.JupyterHub.hub_bind_url = "http://$gateway:$(free_port)"
c.ConfigurableHTTPProxy.command = ["$chp/node_modules/.bin/configurable-http-proxy"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:$(free_port)"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
c.DockerSpawner.image = "$image"
c.DockerSpawner.prefix = "$prefix"
c.DockerSpawner.remove = True
c.DockerSpawner.mem_limit = "2G"
c.DockerSpawner.cpu_limit = 1
c.DockerSpawner.volumes = {"$prefix-home": "/home/jovyan"}
c.JupyterHub.services = [{"name": "bench", "admin": True, "api_token": "$token"}]
PY
    (cd "$folder" && exec "$venv/bin/jupyterhub" -f jupyterhub_config.py) >"$folder/jupyterhub.log" 2>&1 &
    other=$!
    until at "$other_port" GET users >/dev/null 2>&1; do
        kill -0 "$other" 2>/dev/null || { cat "$folder/jupyterhub.log" >&2; exit 1; }
        sleep 0.1
    done
    at "$other_port" POST users/benchstart >/dev/null
    through "$other_port" >/dev/null
    stop_at "$other_port"
}

by_hand() {
    local began id address
    began=$(now)
    id=$(docker run -d --no-healthcheck --env-file "$folder/env" --network "$network" -p 127.0.0.1::8888 -m 2g \
        --memory-swap 2g --cpus 1 --pids-limit 512 --cap-drop ALL --security-opt no-new-privileges \
        -v "$volume:/home/jovyan" "$image")
    address=$(docker port "$id" 8888/tcp)
    until curl -sf -o /dev/null "http://$address/user/benchstart/api"; do sleep 0.002; done
    echo $((($(now) - began) / 1000000))
    docker rm -f "$id" >/dev/null
}

# The first start makes network and volume, and tells what the others are made of.
through_hub >/dev/null
container=$(docker ps -q --filter label=labdeck.user=benchstart)
network=$(docker inspect -f '{{.HostConfig.NetworkMode}}' "$container")
volume=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/home/jovyan"}}{{.Name}}{{end}}{{end}}' "$container")
docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$container" >"$folder/env"
stop_at() { # PORT
    at "$1" DELETE users/benchstart/server >/dev/null
    until at "$1" GET users/benchstart >/dev/null && ! grep -q '"pending": \?"stop"\|"ready": \?true' "$folder/answer"; do sleep 0.05; done
}
stop_at "$port"
[ -n "${ALONE:-}" ] || begin_jupyterhub
for _ in $(seq "$runs"); do
    through_hub >>"$folder/hub"
    stop_at "$port"
    by_hand >>"$folder/hand"
    [ -z "$other" ] || { through "$other_port" >>"$folder/other"; stop_at "$other_port"; }
done
a=$(median "$folder/hub")
b=$(median "$folder/hand")
echo "$runs starts of $image: through the hub $a ms, by hand $b ms, the hub's own share $((a - b)) ms"
[ -z "$other" ] || echo "through JupyterHub 6.1.1 with dockerspawner 14.0.0: $(median "$folder/other") ms"
