# Every target sets itself up in .venv from a bare checkout: Python 3.11 to 3.13 with venv, and the package registry.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
  $$python -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$python && break; done)

.PHONY: help demo test integration check bench docs clean
help:
	@echo "make demo    generate, train, tune and explain on 250,000 synthetic applicants; writes demo/"
	@echo "make test    all tests with branch coverage"
	@echo "make integration  the whole road against a real MLflow server on PostgreSQL"
	@echo "make check   format, lint, types, layers and docstrings"
	@echo "make bench   speed and memory beside the libraries a user would take instead"
	@echo "make docs    the documentation site; writes site/index.html, which opens from disk"
	@echo "make clean   remove .venv, demo/ and site/"

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "riskkit needs Python 3.11, 3.12 or 3.13 with venv; set PYTHON=/path/to/python"; exit 2; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.riskkit: pyproject.toml | $(VENV)/.python
	@echo "Installing riskkit into $(VENV) (once; takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.python
	@echo "Installing riskkit and its test tools into $(VENV) (once; takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.riskkit

$(VENV)/.bench: pyproject.toml | $(VENV)/.python
	@echo "Installing riskkit and the libraries it is measured beside into $(VENV) (once; takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@ $(VENV)/.riskkit

$(VENV)/.docs: pyproject.toml | $(VENV)/.python
	@echo "Installing riskkit and what its documentation is made with into $(VENV) (once; takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@ $(VENV)/.riskkit

demo: $(VENV)/.riskkit
	$(BIN)/riskkit demo --out demo --overwrite

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --cov

integration: $(VENV)/.dev
	$(BIN)/python -m pytest -m integration tests/integration

check: $(VENV)/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m numpydoc.hooks.validate_docstrings $$(git ls-files 'riskkit/*.py')

bench: $(VENV)/.bench
	@for script in experiments/benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) demo site
