# Thin names for commands; what they do is in scripts/.
#
#   make run       build and start Labdeck (installs what is missing, and says so first)
#   make test      everything, as CI runs it; make test PARTS="rust ui" for some of it

.PHONY: run serve test check ui dev screens fmt bundle bench-start bench-servers bench-hub fuzz-api

# Needed for developing and bundling only, so it is fetched then and is no package of the pages.
TAURI := npx --yes @tauri-apps/cli@2.12.5

PARTS ?=
FLAGS ?=

run:
	@scripts/run.sh app $(FLAGS)

serve:
	@scripts/run.sh serve $(FLAGS)

test:
	@scripts/test.sh $(PARTS)

# Quick enough to run before each commit.
check:
	@scripts/test.sh quick clippy

ui:
	@scripts/ui.sh

# The window with the pages served by Vite: edits show at once.
dev: ui
	@$(TAURI) dev

# Pictures of the pages, for the papers.
screens: ui
	@npm --prefix ui run --silent screens

fmt:
	@cargo fmt --all

bundle: ui
	@$(TAURI) build

# The hub's own share of a start, beside JupyterHub's; docs/benchmarks.md.
bench-start:
	@cargo build --locked --profile local -p labdeck-server --bin labdeckd
	@scripts/bench-start.sh target/local/labdeckd

# What many servers cost the hub; docs/benchmarks.md.
bench-servers:
	@scripts/bench-servers.sh

# What calls cost with 10,000 people, beside JupyterHub's; docs/benchmarks.md.
bench-hub:
	@scripts/bench-hub.sh

# Schemathesis for as long as it takes: each call of the API so often, for each kind of caller.
EXAMPLES ?= 200
fuzz-api:
	@LABDECK_FUZZ=$(EXAMPLES) cargo nextest run --locked -p labdeck-server --test fuzz --no-fail-fast
