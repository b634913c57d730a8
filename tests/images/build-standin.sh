#!/usr/bin/env bash
# Makes labdeck/test-standin, without an image registry: an image that holds one small static program of our own
# (standin/standin.c), named as the single-user server. For tests that need many servers, or servers at once.
#
#   build-standin.sh [--force]     in the engine that the docker command reaches (DOCKER_HOST)
#
# An image whose inputs are unchanged is not made again. Needs a C compiler with the static C library.
set -euo pipefail
cd "$(dirname "$0")"

image=labdeck/test-standin:latest
program=usr/local/bin/jupyterhub-singleuser

force=no
case "${1:-}" in
'') ;;
--force) force=yes ;;
*) echo "usage: $0 [--force]" >&2 && exit 2 ;;
esac

say() { printf 'build-standin [%3ds]: %s\n' "$SECONDS" "$*" >&2; }
fail() { say "$*"; exit 1; }

./ensure-docker.sh
inputs=$( (uname -m && cat standin/standin.c build-standin.sh) | sha256sum | cut -c1-16)
known=$(docker image inspect -f '{{index .Config.Labels "labdeck.inputs"}}' $image 2>/dev/null || true)
if [ $force = no ] && [ "$known" = "$inputs" ]; then
    say "$image is up to date"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v cc >/dev/null || fail "no C compiler (cc) is installed; on Debian and Ubuntu: apt-get install build-essential"
mkdir -p "$work/root/$(dirname $program)" "$work/root/home/jovyan/work" "$work/root/etc" "$work/root/tmp"
cc -O2 -static -s -Wall -Wextra -Werror -o "$work/root/$program" standin/standin.c ||
    fail "the stand-in does not compile; it needs the static C library (libc6-dev)"
chmod 755 "$work/root/$program"
chmod 1777 "$work/root/tmp"
echo 'jovyan:x:1000:100::/home/jovyan:/nonexistent' >"$work/root/etc/passwd"
# The same owners whoever runs this: root, and the user of Jupyter's own images for the home.
tar -C "$work/root" --numeric-owner --owner=0 --group=0 -cf "$work/image.tar" etc usr tmp
tar -C "$work/root" --numeric-owner --owner=1000 --group=100 -rf "$work/image.tar" home
docker import \
    -c "LABEL labdeck.test-image=standin labdeck.inputs=$inputs" -c 'ENV PATH=/usr/local/bin:/usr/bin HOME=/home/jovyan' \
    -c 'CMD ["jupyterhub-singleuser"]' -c 'USER 1000' -c 'WORKDIR /home/jovyan' -c 'EXPOSE 8888' \
    "$work/image.tar" $image >/dev/null
say "$image is ready ($(du -h "$work/image.tar" | cut -f1))"
