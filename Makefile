# Everything below works on a machine with Python 3.11+, git and make; the first call sets the rest up in .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# What a server, an agent and a runner import. Compiling these takes seconds, all that is installed would take a minute.
STARTED := bottega.server, bottega.cli.commands, bottega.agent.service, bottega.agent.runner.life, bottega.demo.story, alembic.command
READY := $(VENV)/.ready
ENGINES := $(VENV)/.engines
ESLINT := $(VENV)/.eslint
CONSOLE := $(VENV)/.console
# The tests that talk to a server; the others call none.
PROVING := tests/artifacts tests/audit tests/build tests/caches tests/check tests/http tests/iam tests/pools tests/projects tests/server tests/terraform

.PHONY: help setup engines console system peers demo test check format bench coverage-table

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml uv.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.13,<0.14"
	$(UV) sync --locked --quiet --inexact
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "import $(STARTED)"
	@touch $(READY)

setup: $(READY) $(ENGINES) $(CONSOLE)  ## create .venv with the locked dependencies

# In the home folder, so that all clones share them. Without npm, or without its registry, code checks go without them,
# and this is not tried again by itself.
$(ENGINES): src/bottega/check/engines/node/package-lock.json | $(READY)
	@$(BIN)/bottega admin install-engines --home --quiet || echo "code checks go without them; make engines tries again"
	@touch $(ENGINES)

# It is installed on request; the tests are one.
$(ESLINT): src/bottega/check/engines/node/eslint/package-lock.json | $(ENGINES)
	@$(BIN)/bottega admin install-engines --home --eslint --quiet || echo "its tests are skipped"
	@touch $(ESLINT)

engines: $(READY)  ## install the analysers that come from npm, where they are not there yet
	@$(BIN)/bottega admin install-engines --home
	@touch $(ENGINES)

# Without npm, or without its registry, the console works with plain links and forms, and this is not tried again by itself.
$(CONSOLE): src/bottega/console/packages/package-lock.json | $(READY)
	@$(BIN)/python -m bottega.console.bringing_in || echo "make console tries again"
	@touch $(CONSOLE)

console: $(READY)  ## bring in what the console loads from npm, where it is not there yet
	@$(BIN)/python -m bottega.console.bringing_in
	@touch $(CONSOLE)

system:  ## install what the strongest sandbox needs, where this user may
	@sh scripts/install-system-packages.sh bubblewrap

# What tests talk to: a real browser, real container images and their registry, real large files.
peers: $(READY)
	@sh scripts/install-system-packages.sh chromium buildah busybox-static git-lfs
	@sh scripts/unpack-program.sh docker-registry $(BIN)

demo: $(READY) system $(ENGINES) $(CONSOLE)  ## start everything, build a sample repository, leave the server up until Ctrl-C
	@exec $(BIN)/bottega demo

# Each of several processes would otherwise compile the tests and all plug-ins for itself.
test coverage-table: export PYTHONDONTWRITEBYTECODE =

test: $(READY) system peers $(ENGINES) $(ESLINT) $(CONSOLE)  ## run the whole test suite in parallel
	$(BIN)/pytest -n auto --dist worksteal

check: $(READY)  ## formatting, lint, types, import arrows
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(READY)  ## rewrite the code in the house format
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

coverage-table: $(READY) system  ## write docs/reference/operations.md, fail when an operation has no test
	$(BIN)/pytest -n auto --dist worksteal --operations-table docs/reference/operations.md $(PROVING)

bench: $(READY) system  ## measure this machine and print the figures of docs/benchmarks.md
	$(BIN)/python -m bench
