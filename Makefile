# make run    a map at http://127.0.0.1:8000 (ARGS= for the server: make run ARGS="--port 9000 my-mission")
# make test   format, lint, types, import contracts, tests; installs what it needs
# make test-all   the same with every test and many examples, as CI runs it
# make help   everything else
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

V := .venv
PY := $(V)/bin/python
# Only wheels: a source build would run a package's own, unhashed, build tools.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --no-binary flask-principal --require-hashes
BROWSER_LIBRARIES := package.json package-lock.json .npmrc templates/browser_libraries.py

ARGS ?=
# A file is one worker's; tests/conftest.py decides which come first, not the number of tests in them.
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
# Tests start hundreds of servers and children: each would compile every module anew where a shell forbids to keep them.
unexport PYTHONDONTWRITEBYTECODE
MISSIONS ?=

# The newest Python from 3.11 on that can make a virtual environment; `make PYTHON=/path/to/python` decides otherwise.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v "$$p"; break; }; done)

# A system upgrade can take the Python away that .venv points to: then it is made anew.
$(shell [ ! -e $(V)/.made ] || [ -x $(V)/bin/python ] || rm -f $(V)/.made)

.PHONY: help install run test test-all check format capabilities bench data lock audit clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

install: $(V)/.browser-libraries ## everything the server needs

run: install ## the server, with a simulated day coming in; ARGS="…" are its arguments instead
	@$(PY) server.py $(or $(ARGS),--replay data/kazakhstan-2005-citizens)

test: install $(V)/.test-browser $(V)/.axe ## every check in a few minutes; PYTEST_ARGS="…" for one test
	@$(MAKE) --no-print-directory check

test-all: export BAQYLAU_TESTS = all
test-all: install $(V)/.test-browser $(V)/.axe ## what CI runs: every test, many examples, the fuzzers
	@$(MAKE) --no-print-directory check

# A person's run has no slow test and, of those with a browser, the ones that prove a capability.
check: PYTEST_WHICH = $(if $(filter all,$(BAQYLAU_TESTS)),,-m "not slow and (not browser or capability)")
check:
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(V)/bin/lint-imports --no-logo
	$(PY) templates/browser_libraries.py --check
	$(PY) -m pytest $(PYTEST_WHICH) $(PYTEST_ARGS)

format: $(V)/.requirements-dev ## format the code and mend what ruff can mend
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

capabilities: $(V)/.requirements-dev ## write docs/capabilities.md from the markers of the tests
	$(PY) -m tests.capabilities

# Peers from Debian, skipped where they are missing: apt-get install postgresql postgis postgresql-15-postgis-3 wrk
bench: $(V)/.requirements-dev $(V)/.browser-libraries $(V)/.test-browser ## the benchmarks; ARGS="--stations N --json FILE", see docs/benchmarks.md
	$(PY) -m tests.bench $(ARGS)

data: $(V)/.requirements-dev ## make the data files that are made, not collected
	$(PY) data/make.py $(ARGS)

lock: $(V)/.requirements-dev ## compile requirements*.txt and package-lock.json anew; ARGS=--upgrade for newer versions
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links $(ARGS) \
	    pyproject.toml --extra processes --group browser --group installer -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" --no-emit-index-url --no-emit-find-links $(ARGS) \
	    pyproject.toml --extra processes --group browser --group installer --group dev -c requirements.txt -o requirements-dev.txt
	$(PY) templates/browser_libraries.py --lock
	$(PY) -m tests.components

audit: $(V)/.requirements-dev ## known weaknesses in what is pinned, where the registries can be reached
	@$(PY) tests/audit.py

clean: ## remove what make made: the environment, the browser libraries, caches
	rm -rf $(V) templates/static/vendor var/browser-test .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# Stamps: each says "done since these files changed".
$(V)/.made:
	@if [ -z "$(PYTHON)" ]; then \
	    if command -v python3 >/dev/null 2>&1; then echo "Found: $$(python3 --version) at $$(command -v python3)"; fi; \
	    echo "Baqylau needs Python 3.11 or newer that can make a virtual environment (modules venv and ensurepip)."; \
	    echo "Debian, Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install python3; macOS: from python.org."; \
	    echo "If it is installed elsewhere: make PYTHON=/path/to/python3 install"; \
	    exit 1; \
	fi
	@echo "Python environment: $(V), from $(PYTHON)"
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "$(PYTHON) is older than Python 3.11")'
	@$(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$(PYTHON)" -m venv --clear $(V)
	@touch $@

# requirements.txt holds pip too: the one a Python comes with is as old as that, and so is its setuptools,
# which nothing here needs.
$(V)/.requirements: $(V)/.made requirements.txt
	@echo "Python packages: requirements.txt"
	@$(PIP) -r requirements.txt
	@$(PY) -m pip uninstall --quiet --yes setuptools 2>/dev/null || true
	@touch $@

$(V)/.requirements-dev: $(V)/.requirements requirements-dev.txt
	@echo "Python packages: requirements-dev.txt"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(V)/.browser-libraries: $(V)/.requirements $(BROWSER_LIBRARIES)
	@$(PY) templates/browser_libraries.py
	@touch $@

$(V)/.axe: $(V)/.requirements $(BROWSER_LIBRARIES)
	@$(PY) templates/browser_libraries.py --tests
	@touch $@

$(V)/.test-browser: $(V)/.requirements-dev tests/browser.py
	@$(PY) tests/browser.py
	@touch $@
