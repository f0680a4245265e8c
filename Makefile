# Needs python >= 3.11 with venv, make and git. The first command installs into .venv; later ones need no network.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed

# Tests side by side, each with a database server of its own: as many as servers are named, else two.
WORKERS ?= $(if $(RANHAM_TEST_DATABASE_URL),$(words $(RANHAM_TEST_DATABASE_URL)),2)
# File by file, as what a file shares is made once; in the order of the rooms, which has the long ones early.
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help automations demo serve test test-faults test-database test-servers test-clients check bench lock audit

help:
	@echo "make demo    a whole reporting period with simulated reports, from the plan to the figures"
	@echo "make test    the tests, on the embedded PostgreSQL or on RANHAM_TEST_DATABASE_URL"
	@echo "make test-faults     a national period and a year while hosts, servers and the database are killed and cut off"
	@echo "make test-database   the tests without flows, journeys and operations: what depends on the server's version"
	@echo "make test-servers    several Prefect servers on RANHAM_TEST_DATABASE_URL and Redis, as in production"
	@echo "make test-clients    what we write, in the hands of clients of other systems"
	@echo "make serve   the scheduled flows, until interrupted"
	@echo "make automations   Prefect's automations as code, on the server of PREFECT_API_URL"
	@echo "make check   lint, format, types, import rules, migrations against the models, known faults of packages"
	@echo "make bench   measurements as ratios within one run, printed and written to bench.json"
	@echo "make audit   known faults of the pinned packages (needs the network and pip-audit)"
	@echo "make lock    resolve pyproject.toml anew into requirements.lock (needs the network)"

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed; choose one with: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is %d.%d; choose another with: make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(PY) || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "no virtual environment could be made; on Debian install python3-venv" >&2; exit 1; }
# The lock is whole, so pip has nothing to resolve: left to itself it would look past the pins for extras.
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	@$(PY) -m flows.demo

serve: $(STAMP)
	@$(PY) -m flows.serve

automations: $(STAMP)
	@$(PY) -m flows.automations apply

test: $(STAMP)
	@if command -v soffice >/dev/null; then exec $(PYTEST) -m "not faults and not servers and not clients"; fi; \
		echo "LibreOffice (soffice) is not installed: its tests of Excel workbooks are left out"; \
		exec $(PYTEST) -m "not faults and not servers and not clients and not libreoffice"

# One after the other: they start whole servers and hosts, and take away what those stand on.
test-faults: $(STAMP)
	@$(PY) -m pytest -m faults

# Flows and whole processes send the same statements, and take most of the time: on a second server they show nothing more.
test-database: $(STAMP)
	@$(PYTEST) -m "not faults and not servers and not clients and not libreoffice" --ignore=tests/flows --ignore=tests/journeys --ignore=tests/operations

# Prefect needs the extension pg_trgm, which the embedded server lacks; and redis-server has to be installed.
test-servers: $(STAMP)
	@$(PY) -m pytest tests/operations -m servers

# They want other versions of packages than we do, so they have an environment of their own.
.clients/.installed: tests/clients/requirements.lock
	@test -x .clients/bin/python || $(PYTHON) -m venv .clients
	@.clients/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

test-clients: $(STAMP) .clients/.installed
	@$(PY) -m pytest tests/clients -m clients

check: $(STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m pytest tests/architecture/test_migrations.py
	@$(PY) .ci/audit --where-possible

bench: $(STAMP)
	@$(PY) -m tests.bench.run

# It asks a service of advisories, and reads the lock alone, so nothing has to be installed for it. As part of check it
# says where it could not ask, and fails for known faults only.
audit:
	@$(PYTHON) .ci/audit

# The header and the options keep addresses and paths of the machine that resolves out of the lock.
lock: $(STAMP)
	@$(PY) -m pip install -qq --disable-pip-version-check uv
	@printf 'setuptools>=77\nwheel\n' | $(PY) -m uv pip compile pyproject.toml - --quiet --extra dev --universal \
		--python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements.lock
	@printf 'setuptools>=77\nwheel\n' | $(PY) -m uv pip compile pyproject.toml - --quiet --universal --python-version 3.11 \
		--constraints requirements.lock --generate-hashes --no-annotate --custom-compile-command "make lock" -o production.lock
	@$(PY) -m uv pip compile tests/clients/requirements.txt --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" -o tests/clients/requirements.lock
