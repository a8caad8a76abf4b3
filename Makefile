# Two commands do everything on a machine with Python 3.11 or newer and make: `make run` and `make test`.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
ONLY ?=
BIG ?=
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: run test check bench css messages lint types contracts static-checks clean-venv

run: $(VENV)/.base
	DEMO=$${DEMO:-1} $(PY) manage.py serve

test: $(VENV)/.dev
	$(PY) -m tests.suite

check: $(VENV)/.dev static-checks
	$(PY) -m tests.suite --coverage

static-checks: lint types contracts
	$(PY) -m tests.suite.static

bench: $(VENV)/.dev
	$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(BIG),--big)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy website training studios courses community

contracts: $(VENV)/.dev
	$(VENV)/bin/lint-imports

css:
	npm ci --silent --no-audit --no-fund && npm run --silent css

messages: $(VENV)/.dev
	$(PY) -m tests.suite.catalogue --write

$(VENV)/bin/pip:
	@test -n "$(PYTHON)" || { echo "需要Python 3.11.5或更新的版本。"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/pip
	$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/pip
	$(VENV)/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.base
