# Two commands matter: `make run` and `make test`. Both set themselves up, and both work offline afterwards.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready-$(shell cat requirements.lock pyproject.toml | sha256sum | cut -c1-16)

.PHONY: help run test soak check format snapshots pictures bench lab lab-test lab-down lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "VMMS needs Python 3.11 or newer; call: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.ready-*; touch $@; echo "set up."

run: $(READY) ## Start VMMS on its simulated cloud: the demo
	@$(BIN)/vmms demo

check: $(READY) ## Format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## All tests that need no root
	$(BIN)/pytest -n auto

soak: $(READY) ## Play new games against the engine for VMMS_SOAK_MINUTES (10)
	$(BIN)/pytest -m soak tests/engine

format: $(READY) ## Format and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

snapshots: $(READY) ## Accept the screens as they look now (look at them first)
	$(BIN)/pytest tests/screens --snapshot-update

pictures: $(READY) ## Draw the pictures of the README
	$(BIN)/python docs/pictures.py

bench: $(READY) ## Measure
	$(BIN)/python -m bench

lab: $(READY) ## Start the real OpenStack (root on Debian)
	$(BIN)/python -m lab.openstack up

lab-test: lab ## Tests against the real OpenStack and hosts (root on Debian)
	$(BIN)/pytest -m lab tests/lab tests/contracts

lab-down: $(READY) ## Stop the real OpenStack
	$(BIN)/python -m lab.openstack down

lock: ## Choose the newest allowed versions again
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --upgrade --quiet --output-file requirements.lock \
	  --custom-compile-command "make lock"

clean: ## Forget the environment
	rm -rf $(VENV)
