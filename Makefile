# Everything that a person or a CI does here. `make help` prints itself.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests wait more than they work: three workers keep two cores busy.
WORKERS ?= 3
READY := $(VENV)/ready

.PHONY: help run sandbox test fuzz faults check format bench pictures lock tools clean

help:  ## Print this
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /make \1\t/' | expand -t 16

run: $(READY)  ## Keysmith with a make-believe Slack and Cloudinary, in a browser; configures itself
	@$(BIN)/python -m sandbox -- $(BIN)/python -m bot

sandbox: $(READY)  ## The make-believe Slack and Cloudinary alone, for a bot of your own
	@$(BIN)/python -m sandbox

test: $(READY) tools  ## Every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

fuzz: $(READY)  ## The make-believe Cloudinary against its document, at length: three minutes
	@FUZZ_EXAMPLES=100 $(BIN)/python -m pytest tests/contracts/test_cloudinary_fuzzed.py --timeout 500

faults: $(READY) tools  ## The bot and Redis killed at every step of a request: ten minutes
	@CRASH_POINTS=all $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/faults $(ARGS)

check: $(READY)  ## Format, lint, types, rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) tools  ## Ratios against the stock way of doing it
	@$(BIN)/python -m tests.bench

pictures: $(READY) tools  ## Take the README's pictures anew
	@$(BIN)/python -m tests.browser.pictures

lock:  ## Pin and hash what pyproject.toml and requirements-dev.in name, in requirements*.txt
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet pip-tools
	@for list in requirements.txt:pyproject.toml requirements-dev.txt:requirements-dev.in; do \
	  var/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o $${list%:*} $${list#*:}; \
	done

tools:  ## What tests need beside Python: redis-server and chromium
	@sh tests/tools.sh

clean:  ## Forget the sandbox's state and the virtual environment
	@rm -rf var $(VENV)

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Keysmith needs Python 3.11 or newer: make run PYTHON=python3.11"; exit 1; }
	@echo "Setting up, once: about a minute ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv: install python3-venv."; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.txt -r requirements-dev.txt
	@touch $@
