# Needs git, make and Python 3.12 or newer; everything else is fetched into .venv. `make help`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
WORKERS ?= 2
# Extra arguments for pytest, as in: make test ARGS="-k reveal".
ARGS ?=

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-11s %s\n' "$$name" "$$text"; done

.PHONY: run
run: install ## Start the portal with its own PostgreSQL and demo data (PORT, HOST, VAR, DATABASE_URL)
	@exec $(PYTHON) -m portal.launcher.run

.PHONY: test
test: lint ## Lint, then run the tests (ARGS="-k reveal" picks some)
	@$(RUN_TESTS)

.PHONY: prove
prove: lint .venv/clients/installed ## The same, with the heavy proofs at their full counts, and clients in Go and Java
	@$(INSTALL_COMPILERS); PROVE=1; export PROVE; $(RUN_TESTS) -o faulthandler_timeout=3600

.PHONY: bench-pages
bench-pages: install-dev ## Time the pages with 100,000 tenants (FULL=1: a million) against Django's admin
	@$(PYTHON) -m tests.benchmarks.pages

.PHONY: bench-api
bench-api: install-dev .venv/bench/installed ## Measure the REST API against Django REST framework, with wrk
	@$(PYTHON) -m tests.benchmarks.api

.PHONY: bench-server
bench-server: install-dev .venv/bench/installed ## Time the portal's server beside Granian, in pairs
	@$(PYTHON) -m tests.benchmarks.server

.PHONY: bench
bench: install-dev .venv/bench-gateway/installed ## Time the gateway's checks with a million keys (FULL=1: ten) against their peers
	@$(PYTHON) -m tests.benchmarks.gateway

.PHONY: lint
lint: install-dev ## Check style, types, layers, templates, migrations and production settings
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	@$(MYPY_ENV) $(PYTHON) -m mypy
	.venv/bin/lint-imports
	@if [ -d templates ]; then $(LINT_TEMPLATES); fi
	$(PYTHON) -W error -m tests.lint_django

.PHONY: pictures
pictures: install-dev ## Take the pictures of the documentation anew
	@$(PYTHON) -m tests.browser.take_pictures

.PHONY: format
format: install-dev ## Rewrite code and templates in the house's style
	$(PYTHON) -m ruff check --fix-only --exit-zero
	$(PYTHON) -m ruff format
	find templates -name '*.html' -exec .venv/bin/djade --target-version 6.1 {} + || true

.PHONY: lock
lock: .venv/bin/python ## Resolve requirements*.in anew into the hash-locked requirements*.txt
	@UV=$$(command -v uv) || { $(PYTHON) -m venv .venv/lock && .venv/lock/bin/python -m pip \
	install --quiet --disable-pip-version-check uv && UV=.venv/lock/bin/uv; }; \
	for name in requirements requirements-dev requirements-bench requirements-bench-gateway requirements-clients; do \
	"$$UV" pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.12 \
	$$name.in -o $$name.txt || exit 1; done

.PHONY: clean
clean: ## Remove what was built and cached; var/, with database and secrets, stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A browser, nginx and Node.js may have to be installed; their paths, or nothing, go to the tests.
RUN_TESTS = PORTAL_CHROMIUM=$$($(PYTHON) -m tests.chromium) && export PORTAL_CHROMIUM && \
	PORTAL_NGINX=$$($(PYTHON) -m tests.nginx_binary) && export PORTAL_NGINX && \
	PORTAL_NODE_PACKAGES=$$($(PYTHON) -m tests.node_packages) && export PORTAL_NODE_PACKAGES && \
	exec $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup --durations 20 $(ARGS)

# Debian's Go and Java compile the generated clients; installing them needs root.
INSTALL_COMPILERS = { command -v go && command -v javac; } >/dev/null || { [ "$$(id -u)" = 0 ] && \
	command -v apt-get && apt-get -qq update && apt-get -qq -y --no-install-recommends install \
	golang-go default-jdk-headless; } >&2 || true

# The Django plugin reads the settings, and these refuse to be read without secrets.
MYPY_ENV = SECRET_KEY=unused API_KEY_PEPPERS=1:$$(printf '%032d' 0 | base64)

LINT_TEMPLATES = echo "djlint, djade" && .venv/bin/djlint templates --lint --quiet && \
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 6.1 {} +

# --- What everything stands on ----------------------------------------------------------------

# The lock file that was installed is kept; it is installed again only when it differs.
.PHONY: install install-dev
install: .venv/bin/python
	@$(call INSTALL,requirements.txt)
install-dev: .venv/bin/python
	@$(call INSTALL,requirements-dev.txt)

INSTALL = if ! cmp -s $(1) .venv/installed-$(1); then echo "Installing $(1) …"; \
	if command -v uv >/dev/null; \
	then uv pip install --quiet --python $(PYTHON) --require-hashes -r $(1); \
	else $(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r $(1); \
	fi && cp $(1) .venv/installed-$(1); fi

# What the benchmarks measure beside us, and what makes clients of the APIs, lives apart, so that
# nothing of ours can come to need it.
.venv/bench/installed .venv/bench-gateway/installed .venv/clients/installed: .venv/%/installed: requirements-%.txt .venv/bin/python
	@rm -rf .venv/$* && $(PYTHON) -m venv .venv/$*
	@echo "Installing $< …"; if command -v uv >/dev/null; \
	then uv pip install --quiet --python .venv/$*/bin/python --require-hashes -r $<; \
	else .venv/$*/bin/python -m pip install --quiet --quiet --disable-pip-version-check \
	--require-hashes -r $<; fi && touch $@

# .python-version names the version that the portal is developed with, so that one comes first.
# A candidate must start, be new enough and be able to make an environment: pyenv leaves names on
# PATH that do not start, Debian packages Python without ensurepip.
PYTHONS = python3.13 python3.14 python3.12 python3 python \
	$${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.*/bin/python3 /opt/homebrew/bin/python3
FITS = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))

.venv/bin/python:
	@for python in $(PYTHONS) "$$(uv python find '>=3.12' 2>/dev/null)"; do \
	if "$$python" -c '$(FITS)' >/dev/null 2>&1; then \
	echo "Creating .venv with $$("$$python" --version) …"; \
	rm -rf .venv; "$$python" -m venv .venv; exit $$?; fi; done; \
	echo "Python 3.12 or newer, with venv and ensurepip, is needed and was not found." >&2; exit 1
