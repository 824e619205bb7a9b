# Every task of a developer or of CI. `make help` lists the targets.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests mostly wait, so four workers keep two cores busy.
WORKERS ?= 4
READY := $(VENV)/ready
# Beside English, in which the messages are written.
LANGUAGES ?= $(patsubst bot/locale/%.po,%,$(wildcard bot/locale/*.po))

# Each worker imports all tests: without stored bytecode, every run compiles them four times.
test fuzz faults: export PYTHONDONTWRITEBYTECODE =

.PHONY: help run sandbox test fuzz faults soak check format bench pictures messages lock tools clean

help:  ## Print this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /make \1\t/' | expand -t 16

run: $(READY)  ## Keysmith with a simulated Slack and Cloudinary, in a browser; configures itself
	@$(BIN)/python -m sandbox -- $(BIN)/python -m bot

sandbox: $(READY)  ## Only the simulated Slack and Cloudinary, for your own bot
	@$(BIN)/python -m sandbox

test: $(READY) tools  ## All tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

fuzz: $(READY) tools  ## The simulated Cloudinary against its document, 10,000 odd texts, robots on 1,000 links, and properties
	@FUZZ_EXAMPLES=100 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --timeout 500 \
	  tests/contracts/test_cloudinary_fuzzed.py tests/scenarios/test_bad_input.py tests/contracts/test_links_tell_nothing.py \
	  tests/scenarios/test_new_command.py tests/browser/test_modals.py tests/unit/test_cards_in_languages.py \
	  $$(grep -rl "^from hypothesis import" tests/unit tests/contracts tests/flows)

# Beside tests/faults: what else runs a real Redis that fails, goes back, or refuses.
REDIS_FAULTS := $(patsubst %,tests/contracts/test_redis_%.py,\
  acl credentials failover faults history readiness replicas tls) \
  tests/contracts/test_recovery.py tests/scenarios/test_halted.py tests/scenarios/test_history.py

faults: $(READY) tools  ## Kill bot and Redis at every step of requests, roles, brown-outs, rotations, leaks and reviews, and around changes of the account; fail Redis over: an hour
	@CRASH_POINTS=all $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
	  tests/faults $(REDIS_FAULTS) $(ARGS)

soak: $(READY) tools  ## Half an hour of mixed load while processes and Redis are killed; judges memory too
	@$(BIN)/python -m tests.soak $(ARGS)

check: $(READY)  ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) tools var/snappass/ready  ## Benchmarks: ratios to a stock Bolt app, to SnapPass and to bare floors
	@$(BIN)/python -m tests.bench

# What it is compared with keeps its libraries to itself.
var/snappass/ready:
	@$(PYTHON) -m venv var/snappass
	@var/snappass/bin/pip install --quiet snappass==1.6.2 gunicorn==27.0.1 && touch $@

pictures: $(READY) tools  ## Take the README's pictures again
	@$(BIN)/python -m tests.browser.pictures

messages: $(READY)  ## Collect what Keysmith says into the translators' catalogues, bot/locale
	@mkdir -p var bot/locale
	@$(BIN)/pybabel -q extract --no-default-keywords -k msg -k plural:1,2 --add-location=file \
	  --sort-by-file -o var/messages.pot bot handlers
	@for language in $(LANGUAGES); do \
	  file=bot/locale/$$language.po; \
	  test -e $$file || $(BIN)/pybabel -q init -i var/messages.pot -l $$language -o $$file; \
	  $(BIN)/pybabel -q update -i var/messages.pot -l $$language -o $$file \
	    --width 100 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done

lock:  ## Pin and hash what pyproject.toml and requirements-dev.in name, in requirements*.txt
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet pip-tools
	@for list in requirements.txt:pyproject.toml requirements-dev.txt:requirements-dev.in; do \
	  var/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o $${list%:*} $${list#*:}; \
	done

tools:  ## Install what tests need beside Python: redis-server and chromium
	@sh tests/tools.sh

clean:  ## Delete the sandbox's state and the virtual environment
	@rm -rf var $(VENV)

$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Keysmith needs Python 3.11 or newer: make run PYTHON=python3.11"; exit 1; }
	@echo "Setting up for the first time. This takes about a minute ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv: install python3-venv."; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements.txt -r requirements-dev.txt
	@touch $@
