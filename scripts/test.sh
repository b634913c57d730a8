#!/usr/bin/env bash
# Runs every check and test, quick failures first, and says at the end which parts were real and how long each took.
# What cannot run is a failure. Parts:
#
#   quick     formatting, house rules, shell and manifest sanity
#   ui        the pages: packages, lint, types, unit tests, build
#   clippy    the whole workspace, every warning an error
#   rust      unit and contract tests, documentation tests
#   doc       the documentation, every warning an error
#   supply    licences of everything we ship
#   images    a Docker engine, real notebook images and a stand-in for many
#   docker    tests against that engine
#   browser   a headless Chromium doing what people do
#   desktop   the real window under Xvfb
#
#   test.sh [PART...]    the named parts; all of them without a name
#
# KEEP_GOING=1 goes on after a failed part. LABDECK_IMAGE_CACHE keeps the notebook images between machines.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all=(quick ui clippy rust doc supply images docker browser desktop)
parts=("$@")
[ $# -gt 0 ] || parts=("${all[@]}")
for part in "${parts[@]}"; do
    [[ " ${all[*]} " == *" $part "* ]] || die "There is no part '$part'. The parts: ${all[*]}"
done
wanted() { [[ " ${parts[*]} " == *" $1 "* ]]; }

logs=$(mktemp -d "${TMPDIR:-/tmp}/labdeck-test.XXXXXX")
engine_before=unknown
images_job=
report=()
failed=no

# ---- the parts ------------------------------------------------------------------------------------------------------
# Each prints as it goes and sets `real` to what it was tested with.

part_quick() {
    cargo fmt --all --check
    local script
    for script in scripts/*.sh .ci/run tests/images/*.sh; do [ ! -e "$script" ] || bash -n "$script"; done
    cargo metadata --locked --format-version 1 --no-deps >/dev/null
    test_run --workspace --test tidy
    real="rustfmt $(rustfmt --version | cut -d' ' -f2 | cut -d- -f1)"
}

part_ui() {
    scripts/ui.sh packages
    npm --prefix ui run --silent lint
    npm --prefix ui run --silent check
    npm --prefix ui run --silent test
    scripts/ui.sh
    real="Node.js $(node --version)"
}

part_clippy() {
    cargo clippy --workspace --all-targets --locked -- -D warnings
    real=$(cargo clippy --version | cut -d' ' -f1,2)
}

part_rust() {
    local targets=()
    mapfile -t targets < <(test_targets plain)
    test_run --workspace --lib --bins "${targets[@]/#/--test=}"
    cargo test --workspace --doc --locked --quiet
    real=$runner
}

part_doc() {
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
    real=$(rustdoc --version | cut -d' ' -f1,2)
}

part_supply() {
    if cargo deny --version >/dev/null 2>&1; then
        cargo deny --locked check licenses bans sources
        real=$(cargo deny --version)
    else
        real="scripts/licences.py (cargo-deny is not installed)"
    fi
    python3 scripts/licences.py
}

part_images() {
    begin_images
    # The log of what went on beside the other parts comes out here, in one piece.
    local code=0
    wait "$images_job" || code=$?
    cat "$logs/images.log"
    [ $code = 0 ] || return $code
    real="engine $(docker version --format '{{.Server.Version}}'), $(docker image inspect --format '{{.Id}}' labdeck/test-notebook:latest | cut -c8-19)"
}

part_docker() { heavy_part docker; real="engine $(docker version --format '{{.Server.Version}}')"; }

part_browser() { heavy_part browser; real=$(chromium --version 2>/dev/null | cut -d' ' -f1,2); }

part_desktop() {
    # The tests bring a screen, a bus and a window manager of their own.
    test_run --workspace --test desktop
    real="WebKitGTK $(pkg-config --modversion webkit2gtk-4.1)"
}

# ---- helpers --------------------------------------------------------------------------------------------------------
# All parts build the same packages with the same features in the same profile, so that each is compiled once.
if cargo nextest --version >/dev/null 2>&1; then
    runner="cargo-nextest $(cargo nextest --version | head -n 1 | cut -d' ' -f2)"
    test_run() {
        local profile=default
        [ -z "${CI:-}" ] || profile=ci
        cargo nextest run --locked --profile $profile "$@"
    }
else
    runner="cargo test (cargo-nextest is not installed)"
    test_run() { cargo test --locked "$@"; }
fi

# Names of the workspace's integration tests: those that need an engine or a browser say so by their names.
test_targets() { # plain | docker | browser
    cargo metadata --locked --format-version 1 --no-deps | python3 -c '
import json, sys
kind = sys.argv[1]
heavy = ("docker", "browser")
names = sorted({t["name"] for p in json.load(sys.stdin)["packages"] for t in p["targets"] if t["kind"] == ["test"]})
for name in names:
    if name != "desktop" and (name.startswith(kind) if kind in heavy else not name.startswith(heavy)):
        print(name)
' "$1"
}

heavy_part() {
    local targets=()
    mapfile -t targets < <(test_targets "$1")
    [ ${#targets[@]} -gt 0 ] || { say "No test is named $1*: this part tests nothing."; return 1; }
    docker version >/dev/null 2>&1 || { say "No Docker engine answers; run the part 'images' as well."; return 1; }
    test_run --workspace "${targets[@]/#/--test=}"
}

begin_images() {
    [ -z "$images_job" ] || return 0
    (tests/images/ensure-docker.sh && tests/images/build-standin.sh && tests/images/build-test-image.sh) >"$logs/images.log" 2>&1 &
    images_job=$!
}

finish() {
    local code=$?
    trap - EXIT
    if [ -n "$images_job" ] && kill -0 "$images_job" 2>/dev/null; then kill "$images_job" 2>/dev/null || true; fi
    # Only an engine that was not there before us is ours to end.
    if [ $engine_before = no ]; then tests/images/ensure-docker.sh stop || true; fi
    rm -rf "$logs"
    printf '\n%-9s %-8s %6s  %s\n' part result seconds 'tested with'
    [ ${#report[@]} = 0 ] || printf '%s\n' "${report[@]}"
    local part
    for part in "${parts[@]}"; do
        [[ "${report[*]-}" == *"$part "* ]] || printf '%-9s %-8s\n' "$part" 'not run'
    done
    printf 'All together: %d s. ' "$SECONDS"
    if [ $failed = no ] && [ $code = 0 ] && [ ${#report[@]} = ${#parts[@]} ]; then echo "Everything asked for ran and passed."; exit 0; fi
    echo "FAILED."
    exit 1
}

# ---- run ------------------------------------------------------------------------------------------------------------
scripts/bootstrap.sh test
. scripts/common.sh # what was installed just now is on the path
trap finish EXIT
trap 'exit 130' INT TERM
if wanted images || wanted docker || wanted browser; then
    if tests/images/ensure-docker.sh status >/dev/null 2>&1; then engine_before=yes; else engine_before=no; fi
fi
# Images are made of downloads and disk; beside the compiling they cost no time.
! wanted images || begin_images

for part in "${parts[@]}"; do
    printf '\n==== %s\n' "$part"
    since=$SECONDS
    real=-
    # A part is a list of commands of which each must succeed: it runs in a shell where that is so.
    code=0
    if [ "$part" = images ]; then part_images || code=$?; else
        exec 3>"$logs/real"
        set +e
        (set -e; "part_$part"; printf '%s' "$real" >&3)
        code=$?
        set -e
        exec 3>&-
        real=$(cat "$logs/real")
    fi
    result=passed
    [ $code = 0 ] || { result=FAILED; failed=yes; }
    report+=("$(printf '%-9s %-8s %6d  %s' "$part" $result $((SECONDS - since)) "$real")")
    [ $code = 0 ] || [ -n "${KEEP_GOING:-}" ] || exit 1
done
