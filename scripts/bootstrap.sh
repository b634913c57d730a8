#!/usr/bin/env bash
# Brings what is missing to build and run Labdeck, after saying what and why. Does nothing, quickly, when all is there.
#
#   bootstrap.sh serve    to build and run without a window
#   bootstrap.sh run      to build and run with its window          (the default)
#   bootstrap.sh test     to run all tests
#
# Made for Debian 12 and its relatives. Elsewhere it says what is missing and leaves the installing to you.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mode=${1:-run}
case $mode in serve | run | test) ;; *) die "usage: $0 [serve|run|test]" ;; esac

# ---- what is needed, and why --------------------------------------------------------------------------------------
declare -A why=()
needed=()
need() { # reason, packages
    local reason=$1 package
    shift
    for package in "$@"; do needed+=("$package"); why[$package]=$reason; done
}
need "the C compiler and linker that Rust and SQLite need" build-essential pkg-config
need "to fetch Rust and packages safely" ca-certificates curl
if [ "$mode" != serve ]; then
    need "the web view that draws the window" libwebkit2gtk-4.1-dev
    need "the icon in the tray" libayatana-appindicator3-1
    need "to open links in your browser" xdg-utils
fi
if [ "$mode" = test ]; then
    need "a screen, bus and window manager for the window's tests" xvfb xauth dbus dbus-bin openbox wmctrl xdotool procps
    need "to drive the window in tests" webkit2gtk-driver
    need "an unlocked keyring for tests" gnome-keyring
    need "the browser for the pages' tests, and what drives it" chromium chromium-driver
    need "a second network for the test of who reaches the hub" iproute2
    need "local notebook servers, a JupyterHub to compare with, and some checks" python3 python3-venv
    need "an image registry on this computer for tests" docker-registry
    need "certificates for the test of an engine elsewhere" openssl
    need "the other container engine, for tests" podman
fi

# ---- Debian packages ------------------------------------------------------------------------------------------------
missing=()
if have dpkg-query; then
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${needed[@]}" 2>/dev/null || true)
    for package in "${needed[@]}"; do
        grep -qx "$package installed" <<<"$installed" || missing+=("$package")
    done
elif [ "$mode" != serve ] && ! { have pkg-config && pkg-config --exists webkit2gtk-4.1; }; then
    say "This is no Debian system, so nothing is installed by itself. Please install what these Debian packages hold:"
    for package in "${needed[@]}"; do say "  $package: ${why[$package]}"; done
    exit 1
fi
want_rust=no; rust_is_fit || want_rust=yes
want_node=no; node_is_fit || want_node=yes
if [ $want_node = yes ] && ! have npm; then
    missing+=(npm); why[npm]="to fetch a Node.js that is new enough to build the pages"
fi
[ ${#missing[@]} -gt 0 ] || [ $want_rust = yes ] || [ $want_node = yes ] || exit 0

# ---- say it ---------------------------------------------------------------------------------------------------------
say "Labdeck needs a few things first:"
for package in "${missing[@]}"; do say "  Debian package $package: ${why[$package]}"; done
[ $want_rust = no ] || say "  Rust $(rust_wanted) or later, by rustup into $HOME/.cargo and $HOME/.rustup: it is written in Rust"
[ $want_node = no ] || say "  Node.js 22, from the npm registry into $node_home: the one here is missing or too old to build the pages"

# ---- do it ----------------------------------------------------------------------------------------------------------
as_root=()
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" != 0 ]; then
    have sudo || die "Installing packages needs root, and there is no sudo. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
    say "Your password may be asked for, to install the packages."
fi

apt() {
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >&2
}

# Some of the test packages would start services of their own; nothing here needs those.
without_services() {
    local policy=/usr/sbin/policy-rc.d code=0
    [ ! -e $policy ] || { "$@"; return; }
    printf '#!/bin/sh\nexit 101\n' | ${as_root[@]+"${as_root[@]}"} tee $policy >/dev/null
    ${as_root[@]+"${as_root[@]}"} chmod 755 $policy
    "$@" || code=$?
    ${as_root[@]+"${as_root[@]}"} rm -f $policy
    return $code
}

install_packages() {
    # A fresh machine has no package lists, an old one stale ones.
    apt install --no-install-recommends "${missing[@]}" || { apt update && apt install --no-install-recommends "${missing[@]}"; }
}

if [ ${#missing[@]} -gt 0 ]; then
    without_services install_packages || die "The packages could not be installed; apt's own words are above."
fi

if [ $want_rust = yes ]; then
    channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
    if have rustup; then
        rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt
    else
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
            sh -s -- -y --no-modify-path --profile minimal --default-toolchain "$channel" --component clippy --component rustfmt ||
            say "Rust could not be fetched from https://sh.rustup.rs."
        PATH=$HOME/.cargo/bin:$PATH
    fi
    rust_is_fit || die "Rust $(rust_wanted) is still not there. Install it from https://rustup.rs and try again."
fi

if [ $want_node = yes ]; then
    mkdir -p "$node_home"
    # npm of its own as well: Debian's works with Debian's Node only.
    npm install --prefix "$node_home" --no-audit --no-fund --loglevel=error node@22 npm@10 >&2 ||
        die "Node.js could not be fetched from the npm registry; npm's own words are above."
    PATH=$node_home/node_modules/.bin:$PATH
    node_is_fit || die "Node.js is still too old ($(node --version 2>/dev/null || echo none)). Install version 22 and try again."
fi
say "All there."
