# Two commands set everything up on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo test test-long bench lint format generate docs lock clean

help:
	@echo "make demo       a sample region, three nights: load, publish, package, report (under ./var)"
	@echo "make test       the tests (under ten minutes on 2 cores)"
	@echo "make test-long  the long forms of property, kill and fuzz tests"
	@echo "make bench      the benchmarks of docs/benchmarks.md"
	@echo "make install    the environment in .venv, from requirements.lock"
	@echo "make lint       ruff, mypy, sqlfluff"
	@echo "make generate   what is made from declarations: staging models, docs/extracts.md, docs/marts.md, portal/openapi.yaml"
	@echo "make docs       dbt's documentation of all models as one page: var/dbt-docs/static_index.html"
	@echo "make lock       requirements.lock anew from pyproject.toml"

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 was not found: install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(v != (3, 11) and "Python 3.11 is needed, found %d.%d: make PYTHON=/path/to/python3.11" % v)'
	@echo "==> Making the environment in $(VENV) (one to three minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@echo "==> Installing the locked packages, each checked against its hash"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "==> Installing the project itself"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)
	@echo "==> The environment is ready; the command is $(BIN)/portfolio"

demo: install
	@echo "==> The sample region: three nights, from landing to report"
	@$(BIN)/portfolio demo

test: install
	@echo "==> The tests"
	@$(BIN)/python -m pytest -m "not long" --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-long: install
	@echo "==> The long forms of the tests"
	@$(BIN)/python -m pytest -m long

bench: install
	@$(BIN)/python -m benchmarks.run

lint: install
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> mypy"
	@$(BIN)/mypy
	@echo "==> sqlfluff"
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models dbt_project/tests

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar models

generate: install
	@$(BIN)/python -m dbt_project.generate_staging
	@$(BIN)/python -m dbt_project.generate_marts
	@$(BIN)/python -m portal.generate_openapi

docs: install
	@$(BIN)/python -m dbt_project.documentation var/dbt-docs

# Extras stay in the lock: without them pip calls a requirement like gql[requests] not pinned.
lock:
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --no-strip-extras pyproject.toml --output-file requirements.lock

clean:
	@rm -rf $(VENV) var dbt_project/target dbt_project/logs
