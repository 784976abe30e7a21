# Two commands on a fresh machine: `make demo` and `make test`. Each makes what it needs; afterwards both work offline.
PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint lock clean google-server microsoft-server e2e

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make the environment alone; afterwards .venv/bin/gonequiet is there

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Gonequiet needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	@echo "Setting up the environment in .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

demo: $(READY)  ## the main job on made-up partners: no account, no server to start
	@$(BIN)/gonequiet demo

test: $(READY)  ## every test, on SQLite and, where its server is installed, PostgreSQL
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder -q

check: lint test  ## format, lint, types, import contracts and tests

lint: $(READY)  ## format, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

google-server: $(READY)  ## a local stand-in for Gmail and Google Calendar
	@$(BIN)/python -m tests.google_server

microsoft-server: $(READY)  ## a local stand-in for Entra and Microsoft Graph
	@$(BIN)/python -m tests.microsoft_server

e2e: $(READY)  ## the whole service with PostgreSQL, two workers, both vendors and a mail server (10 minutes)
	@$(BIN)/python -m tests.e2e

lock:  ## resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --output-file requirements.lock

clean:  ## remove the environment and everything made
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
