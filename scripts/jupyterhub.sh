#!/usr/bin/env bash
# Brings an unmodified JupyterHub 6.1.1 into the cache folder, once for this computer, and prints its folder. Others that
# want it at the same time wait. For tests that ask it and us the same, and for tests of services that others wrote.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=6.1.1
venv=$cache/jupyterhub-$version
mkdir -p "$cache"
exec 9>"$cache/jupyterhub-$version.lock"
flock 9
if [ ! -e "$venv/complete" ]; then
    say "Fetching JupyterHub $version from PyPI"
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 || die "python3 -m venv failed; install Debian's package python3-venv."
    "$venv/bin/pip" install -q --disable-pip-version-check "jupyterhub==$version" >&2 ||
        die "pip could not fetch JupyterHub $version; its own words are above."
    touch "$venv/complete"
fi
# Beside it, so that those who use it meanwhile keep it: what others wrote for JupyterHub.
culler=2.0.0
if [ ! -e "$venv/culler-$culler" ]; then
    say "Fetching jupyterhub-idle-culler $culler from PyPI"
    "$venv/bin/pip" install -q --disable-pip-version-check "jupyterhub-idle-culler==$culler" >&2 ||
        die "pip could not fetch jupyterhub-idle-culler $culler; its own words are above."
    touch "$venv/culler-$culler"
fi
printf '%s\n' "$venv"
