# Everything sets itself up: a virtual environment, the pinned dependencies, the package itself.
# With -qq pip prints errors and no warnings, neither its own nor those of setuptools.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: help setup demo run test check audit torture torture-postgres bench messages format lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Easel needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Installing Easel and its pinned dependencies into $(VENV): this takes about a minute." >&2
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(READY) ## install everything into .venv

demo: $(READY) ## try Easel in the browser: no account, no token, no key
	@$(BIN)/easel demo $(ARGS)

run: $(READY) ## run the bot with config.toml or the environment
	@$(BIN)/easel run $(ARGS)

# Compiled once and kept: the tests start dozens of processes, and each would compile everything.
test: export PYTHONDONTWRITEBYTECODE =
test: $(READY) ## run the tests, about five minutes on two cores
	@$(BIN)/python -m pytest --ignore tests/torture -m "not long" --numprocesses auto --dist worksteal $(ARGS)

torture: $(READY) ## run the long tests, at most 45 minutes
	@$(BIN)/python -m pytest --ignore tests/torture -m long --numprocesses auto
	@$(BIN)/python -m pytest tests/torture $(ARGS)

torture-postgres: $(READY) ## run on PostgreSQL whatever can be; beside the rest
	@$(BIN)/python -m pytest tests/storage tests/services tests/cogs --on-server -m "not long" \
		--numprocesses auto --dist worksteal $(ARGS)
	@$(BIN)/python -m pytest tests/torture/test_crash_points.py tests/torture/test_postgres.py \
		--on-server $(ARGS)

bench: $(READY) ## measure speed and memory against a baseline; ARGS picks rows
	@$(BIN)/python -m tests.bench $(ARGS)

check: $(READY) ## check lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright

audit: $(READY) ## look for known vulnerabilities in the dependencies (uses the network)
	@$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off

format: $(READY) ## fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: $(READY) ## update the message catalogs from the code, and compile them
	@$(BIN)/python -m tests.languages.catalogs

lock: ## pin the dependencies again (needs uv)
	@$(COMPILE) --extra demo --extra dev -o requirements.lock
	@$(COMPILE) --extra postgres --constraint requirements.lock -o requirements.postgres.lock
	@$(COMPILE) --extra s3 --constraint requirements.lock -o requirements.s3.lock
	@$(COMPILE) --extra provenance --constraint requirements.lock -o requirements.provenance.lock

clean: ## remove what setup made
	@rm -rf $(VENV) *.egg-info .pytest_cache .ruff_cache
