#!/usr/bin/env bash
# What calls cost with 10,000 people in the database, ours beside JupyterHub 6.1.1, and fails where a bar is missed
# (docs/benchmarks.md). Takes about three minutes; other work on the machine spoils the figures.
#
#   bench-hub.sh [FLAGS of bench_hub.py]
#
# PROFILE   which build is measured: local (as `make run` makes it), release, dev
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

profile=${PROFILE:-local}
folder=$profile
[ "$profile" != dev ] || folder=debug
jupyterhub=$(scripts/jupyterhub.sh)
cargo build --locked --profile "$profile" -p labdeck-server --bin labdeckd
say "$(uname -sr), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), profile $profile, $(date -u +%F)"
python3 scripts/bench_hub.py --labdeckd "$target/$folder/labdeckd" --jupyterhub "$jupyterhub/bin/jupyterhub" "$@"
