# Sourced by the other scripts: where things are, how we speak, how packages and Node are found.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/labdeck
node_home=$cache/node
target=${CARGO_TARGET_DIR:-$root/target}
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Rust by rustup is found even in a shell that was opened before it came; so is our own Node.
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) [ ! -d "$HOME/.cargo/bin" ] || PATH=$PATH:$HOME/.cargo/bin ;; esac
[ ! -x "$node_home/node_modules/.bin/node" ] || PATH=$node_home/node_modules/.bin:$PATH
export PATH

# at_least 1.95.0 1.95  ->  true
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

rust_wanted() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1; }
rust_is_fit() { have cargo && have rustc && at_least "$(rustc --version | cut -d' ' -f2)" "$(rust_wanted)"; }

# What Vite asks for: 20.19 or later in 20, or 22.12 and later.
node_is_fit() {
    have node && have npm || return 1
    local version
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    case $version in
    20.*) at_least "$version" 20.19.0 ;;
    21.*) return 1 ;;
    *) at_least "$version" 22.12.0 ;;
    esac
}
