#!/usr/bin/env bash
# Times the hub's own share of a server's start: ready through the hub, and the same container by hand (same image,
# variables, network, limits, volume), in turn in one run. Prints medians. Nothing here is a test.
#
#   scripts/bench-start.sh [labdeckd] [image] [runs]
set -euo pipefail

labdeckd=${1:-target/release/labdeckd}
image=${2:-labdeck/test-standin:latest}
runs=${3:-15}
token=bench-bench-bench-bench-bench-bench
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
folder=$(mktemp -d)
hub=

end() {
    [ -z "$hub" ] || { ask DELETE users/benchstart/server >/dev/null 2>&1 || true; kill "$hub" 2>/dev/null || true; wait "$hub" 2>/dev/null || true; }
    [ -z "${network:-}" ] || {
        docker volume rm -f "$volume" >/dev/null 2>&1 || true
        docker network rm "$network" >/dev/null 2>&1 || true
    }
    rm -rf "$folder"
}
trap end EXIT

ask() { curl -sf -o "$folder/answer" -w '%{http_code}' -X "$1" -H "Authorization: token $token" "http://127.0.0.1:$port/hub/api/$2"; }
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

through_hub() {
    local began
    began=$(now)
    ask POST users/benchstart/server >/dev/null
    until ask GET users/benchstart >/dev/null && grep -q '"ready":true' "$folder/answer"; do sleep 0.002; done
    echo $((($(now) - began) / 1000000))
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
stop() {
    ask DELETE users/benchstart/server >/dev/null
    until ask GET users/benchstart >/dev/null && ! grep -q '"pending":"stop"\|"ready":true' "$folder/answer"; do sleep 0.05; done
}
stop
for _ in $(seq "$runs"); do
    through_hub >>"$folder/hub"
    stop
    by_hand >>"$folder/hand"
done
a=$(median "$folder/hub")
b=$(median "$folder/hand")
echo "$runs starts of $image: through the hub $a ms, by hand $b ms, the hub's own share $((a - b)) ms"
