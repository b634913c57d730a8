#!/bin/bash
# The entry point: says what would otherwise fail later without words, then becomes the command.
[ -w "$HOME" ] || echo "start.sh: $HOME is not writable for user $(id -u)" >&2
[ $# -gt 0 ] || set -- bash
exec "$@"
