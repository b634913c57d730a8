# Thin names for commands; what they do is in scripts/.
#
#   make run       build and start Labdeck (installs what is missing, and says so first)
#   make test      everything, as CI runs it; make test PARTS="rust ui" for some of it

.PHONY: run serve test check ui dev screens fmt bundle

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
	@npx --prefix ui tauri dev

# Pictures of the pages, for the papers.
screens: ui
	@npm --prefix ui run --silent screens

fmt:
	@cargo fmt --all

bundle: ui
	@npx --prefix ui tauri bundle
