#!/usr/bin/env bash
# Builds and starts Labdeck: with its window, or headless where there is no display.
#
#   run.sh app [FLAGS]      the desktop app           (make run)
#   run.sh serve [FLAGS]    labdeckd, without WebKit  (make serve)
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

what=${1:-app}
[ $# = 0 ] || shift
case $what in
app) mode=run package=labdeck binary=labdeck ;;
serve) mode=serve package=labdeck-server binary=labdeckd ;;
*) die "usage: $0 [app|serve] [FLAGS]" ;;
esac
scripts/bootstrap.sh $mode
. scripts/common.sh # what was installed just now is on the path
scripts/ui.sh
[ -x "$target/local/$binary" ] || say "Building Labdeck; the first time this takes some minutes."
cargo build --profile local -p $package --bin $binary
if [ $what = serve ]; then exec "$target/local/$binary" serve "$@"; fi
exec "$target/local/$binary" "$@"
