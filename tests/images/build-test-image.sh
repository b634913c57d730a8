#!/usr/bin/env bash
# Makes the images that the tests run, without an image registry:
#
#   labdeck/test-base       Debian with Python, from this machine's own apt sources; cannot serve notebooks
#   labdeck/test-notebook   the above with JupyterHub's single-user server and JupyterLab
#   labdeck/test-minimal    the above with one package more
#
# Packages come through this machine's own pip, with its settings and certificates: nothing of those gets near an image.
# An image whose inputs are unchanged is not made again.
#
#   build-test-image.sh [--force]
#
# LABDECK_IMAGE_CACHE   folder that keeps the finished images for machines that start empty
set -euo pipefail
cd "$(dirname "$0")"

base=labdeck/test-base:latest
notebook=labdeck/test-notebook:latest
minimal=labdeck/test-minimal:latest
debian_packages=ca-certificates,procps,python3,python3-venv,tini
python_packages=(jupyterhub==6.1.1 jupyterlab notebook)
extra_package=tabulate

force=no
case "${1:-}" in
'') ;;
--force) force=yes ;;
*) echo "usage: $0 [--force]" >&2 && exit 2 ;;
esac

say() { printf 'build-test-image [%3ds]: %s\n' "$SECONDS" "$*" >&2; }
fail() { say "$*"; exit 1; }
# Runs something long; shows what it wrote only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; fail "failed: $1 $2"; }; }
digest() { sha256sum | cut -c1-16; }
inputs_of() { docker image inspect -f '{{index .Config.Labels "labdeck.inputs"}}' "$1" 2>/dev/null || true; }
is_current() { [ $force = no ] && [ "$(inputs_of "$1")" = "$2" ]; }

./ensure-docker.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# === What each image depends on ===

# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
arch=$(dpkg --print-architecture 2>/dev/null) || fail "the base is made with apt; this needs Debian or Ubuntu"
base_inputs=$(echo "b $suite $arch $debian_packages" | digest)
notebook_inputs=$( (echo "$base_inputs ${python_packages[*]}" && find Dockerfile rootfs -type f | LC_ALL=C sort | xargs sha256sum) | digest)
minimal_inputs=$( (echo "$notebook_inputs $extra_package" && cat Dockerfile.minimal) | digest)

all_current() {
    is_current $base "$base_inputs" && is_current $notebook "$notebook_inputs" && is_current $minimal "$minimal_inputs"
}
cached=${LABDECK_IMAGE_CACHE:+$LABDECK_IMAGE_CACHE/labdeck-test-images-$arch-$minimal_inputs.tar}
if ! all_current && [ $force = no ] && [ -s "$cached" ]; then
    say "loading $cached"
    docker load -q -i "$cached" >&2 || say "it cannot be loaded; making the images anew"
fi
if all_current; then
    say "the images are up to date"
    exit 0
fi

# === The means ===

[ "$(id -u)" = 0 ] || fail "making the images needs root"
apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"; }
sources() {
    # The distribution's own archives in their main part, as this machine's apt knows them.
    apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suite="$suite" '$1 ~ /^(Debian|Ubuntu)$/ && index($3, suite) == 1 && $4 ~ /^(main|universe)$/ {
            print "deb", $2, $3, $4 }' | sort -u
}
need() { # command, package
    command -v "$1" >/dev/null && return
    say "installing $2"
    apt install --no-install-recommends "$2" >"$work/log" 2>&1 || quietly apt update
    command -v "$1" >/dev/null || quietly apt install --no-install-recommends "$2"
}
need mmdebstrap mmdebstrap
# The system's own Python, whatever else is on the PATH: it is the same as the one in the base.
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || quietly apt install --no-install-recommends python3-venv
sources >"$work/sources.list"
[ -s "$work/sources.list" ] || { quietly apt update; sources >"$work/sources.list"; }
[ -s "$work/sources.list" ] || fail "apt on this machine knows no archive of $suite"

# === The base ===

make_base() {
    local lean=() path
    for path in man doc info locale lintian; do lean+=("--dpkgopt=path-exclude=/usr/share/$path/*"); done
    say "$base: $suite for $arch"
    # The archive list is left out: it describes this machine's mirror. The user has the ids of Jupyter's own images.
    quietly mmdebstrap --mode=root --variant=minbase --format=tar --include="$debian_packages" "${lean[@]}" \
        --customize-hook='chroot "$1" useradd --create-home --shell /bin/bash --uid 1000 --gid 100 --no-user-group jovyan' \
        --customize-hook='cd "$1" && rm -rf etc/apt/sources.list etc/apt/sources.list.d/* var/lib/apt/lists/* var/cache/* var/log/* etc/hostname' \
        --customize-hook=': >"$1/etc/resolv.conf"; : >"$1/etc/machine-id"' \
        "$suite" "$work/base.tar" "$work/sources.list"
    docker import -c "LABEL labdeck.test-image=base labdeck.inputs=$base_inputs" -c 'CMD ["/bin/bash"]' \
        "$work/base.tar" $base >/dev/null
    rm "$work/base.tar"
}

# === The images with Jupyter ===

fetch_wheels() {
    say "fetching Python packages"
    quietly /usr/bin/python3 -m venv "$work/venv"
    quietly "$work/venv/bin/pip" download --no-input --disable-pip-version-check --only-binary=:all: \
        -d "$work/context/wheels" "${python_packages[@]}" "$extra_package"
    mkdir "$work/context/extra"
    mv "$work/context/wheels/$extra_package"-*.whl "$work/context/extra/"
}

build() { # image, Dockerfile, inputs
    say "$1"
    # No network: all that goes in is in the context.
    quietly docker build --force-rm --network none --build-arg "INPUTS=$3" -t "$1" -f "$2" "$work/context"
}

# Where the better builder is not installed, the old one must be asked for by name.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
is_current $base "$base_inputs" || make_base
mkdir "$work/context"
cp -a rootfs "$work/context/"
fetch_wheels
is_current $notebook "$notebook_inputs" || build $notebook Dockerfile "$notebook_inputs"
build $minimal Dockerfile.minimal "$minimal_inputs"

# The stages of a build stay without a name; only those that carry our label are ours to remove.
docker image prune -f --filter label=labdeck.test-image >/dev/null

if [ -n "$cached" ]; then
    say "saving $cached"
    mkdir -p "$LABDECK_IMAGE_CACHE"
    docker save -o "$cached.part" $base $notebook $minimal
    mv "$cached.part" "$cached"
fi
say "the images are ready"
