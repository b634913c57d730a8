#!/usr/bin/env bash
# Measures what many servers cost the hub, and fails where a bar is missed (docs/benchmarks.md).
#
#   bench-servers.sh              both of these
#   bench-servers.sh containers   30 real containers with a stand-in program: idle processor, events, memory
#   bench-servers.sh simulated    1,000 servers of a scripted driver that report their activity within 5 minutes
#
# PROFILE   which build is measured: local (as `make run` makes it), release, dev
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

profile=${PROFILE:-local}
folder=$profile
[ "$profile" != dev ] || folder=debug
which=${1:-all}
case $which in all | containers | simulated) ;; *) die "usage: $0 [containers|simulated]" ;; esac

say "$(uname -sr), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), profile $profile, $(date -u +%F)"
if [ "$which" != simulated ]; then
    tests/images/build-standin.sh
    cargo build --locked --profile "$profile" -p labdeck-server --bin labdeckd
    python3 scripts/bench_servers.py --labdeckd "$target/$folder/labdeckd"
fi
if [ "$which" != containers ]; then
    cargo build --locked --profile "$profile" -p labdeck-server --example load
    "$target/$folder/examples/load"
fi
