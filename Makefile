# Two commands for a newcomer: `make demo` and `make test`. Both set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := install --progress-bar on --no-deps --require-hashes

.PHONY: help demo test lint type docs setup setup-dev clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Caudal needs Python 3.11 or later; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) $(LOCKED) -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP) $(LOCKED) -r requirements/dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

setup: $(VENV)/.run ## install Caudal and what it needs into .venv

setup-dev: $(VENV)/.dev ## the same with the tools for development

demo: $(VENV)/.run ## make a small world, run Caudal on it, say where the report is
	$(BIN)/caudal world demo --accounts 4000 --days 90 --seed 1
	$(BIN)/caudal run demo

lint: $(VENV)/.dev ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/.dev ## mypy, strict on the package
	$(BIN)/mypy

docs: $(VENV)/.dev ## build the documentation into site/
	$(BIN)/mkdocs build --strict --quiet

test: $(VENV)/.dev lint type ## everything: lint, types, tests, docs
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report=term

clean: ## remove .venv and everything built
	rm -rf $(VENV) demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis
