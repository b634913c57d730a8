#!/usr/bin/env bash
# Brings up a container engine for the tests, or uses the one that runs.
#
#   ensure-docker.sh          use the running engine; else install Debian's and start it
#   ensure-docker.sh stop     end the engine that this script started, and no other
#   ensure-docker.sh status   say what is there
#
# LABDECK_DOCKER_STATE   folder of pid file and log   (/run/labdeck-test-docker)
# LABDECK_DOCKERD_ARGS   more arguments for dockerd
# DOCKER_HOST            an engine elsewhere; then none is started here
set -euo pipefail

state=${LABDECK_DOCKER_STATE:-/run/labdeck-test-docker}
pid_file=$state/dockerd.pid
log=$state/dockerd.log

say() { echo "ensure-docker: $*" >&2; }
fail() { say "$*"; exit 1; }
version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

# The pid of the engine that this script started, if it lives. A number alone may be somebody else's by now.
own_pid() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && echo "$pid"
}

stop() {
    local pid tries
    pid=$(own_pid) || { say "no engine was started here"; return; }
    kill "$pid"
    for ((tries = 0; tries < 120; tries++)); do
        [ -d "/proc/$pid" ] || { say "stopped the engine (pid $pid)"; return; }
        sleep 0.25
    done
    fail "the engine (pid $pid) does not end"
}

# Installs packages without letting them start services: the engine must be ours to stop.
install() {
    command -v apt-get >/dev/null || fail "no engine is installed, and this system has no apt; install Docker by hand"
    say "installing $*"
    local policy=/usr/sbin/policy-rc.d made=no done=no
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        made=yes
    fi
    local apt=(apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    export DEBIAN_FRONTEND=noninteractive
    # The lists of a fresh machine may be missing or old: the second attempt follows an update.
    "${apt[@]}" install --no-install-recommends "$@" >&2 && done=yes
    [ $done = yes ] || { "${apt[@]}" update >&2 && "${apt[@]}" install --no-install-recommends "$@" >&2 && done=yes; }
    [ $made = no ] || rm -f "$policy"
    [ $done = yes ] || fail "could not install $*"
}

mount_control_groups() {
    # An init system does this; a bare container or a build machine may have none.
    mountpoint -q /sys/fs/cgroup && return
    [ -z "$(ls -A /sys/fs/cgroup 2>/dev/null)" ] || return 0
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || say "control groups could not be mounted; going on"
}

# Starts the engine in a session of its own and waits for its answer; fails if it ends before.
start() {
    say "starting the engine${*:+ with $*}"
    # shellcheck disable=SC2086 # several arguments in one variable
    setsid dockerd --pidfile "$pid_file" "$@" ${LABDECK_DOCKERD_ARGS:-} >"$log" 2>&1 </dev/null &
    local child=$! tries
    for ((tries = 0; tries < 300; tries++)); do
        if version >/dev/null; then
            say "engine $(version) is ready (log in $log)"
            return
        fi
        kill -0 $child 2>/dev/null || break
        sleep 0.2
    done
    kill $child 2>/dev/null || true
    tail -n 15 "$log" >&2
    return 1
}

up() {
    if version >/dev/null; then
        say "engine $(version) is running"
        return
    fi
    [ -z "${DOCKER_HOST:-}" ] || fail "no engine answers at DOCKER_HOST ($DOCKER_HOST)"
    [ "$(id -u)" = 0 ] || fail "no engine answers, and starting one needs root; start Docker, or run this as root"
    command -v dockerd >/dev/null || install docker.io iptables
    # Newer Debians pack the command separately.
    command -v docker >/dev/null || install docker-cli
    mount_control_groups
    mkdir -p "$state"
    start && return
    if grep -qi 'tables' "$log"; then
        say "the packet filter cannot be used here; trying without it"
        start --iptables=false --ip6tables=false && return
    fi
    fail "the engine does not come up"
}

case "${1:-up}" in
up) up ;;
stop) stop ;;
status)
    version >/dev/null || fail "no engine answers"
    say "engine $(version) answers$(own_pid >/dev/null && echo ', started here' || true)"
    ;;
*) fail "usage: $0 [up|stop|status]" ;;
esac
