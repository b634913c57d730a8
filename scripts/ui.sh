#!/usr/bin/env bash
# Builds the pages of the window into ui/dist, where something changed since the last time.
#
#   ui.sh            packages and build
#   ui.sh packages   packages only
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

lock=$(sha256sum ui/package-lock.json | cut -d' ' -f1)
stamp=ui/node_modules/.labdeck-packages
if [ "$(cat $stamp 2>/dev/null)" != "$lock" ]; then
    say "ui: fetching packages"
    npm --prefix ui ci --no-audit --no-fund --loglevel=error
    printf '%s\n' "$lock" >$stamp
fi
[ "${1:-build}" = build ] || exit 0

# The page that was built belongs to the stamp: a placeholder in its place means that it was not.
inputs() {
    find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    sha256sum ui/dist/index.html 2>/dev/null || echo absent
}
stamp=ui/node_modules/.labdeck-built
if [ "$(cat $stamp 2>/dev/null)" != "$(inputs | sha256sum)" ]; then
    say "ui: building"
    npm --prefix ui run --silent build >&2
    inputs | sha256sum >$stamp
fi
