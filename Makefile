# Two commands matter: `make demo` and `make test`. Both work on a machine with nothing but
# Python 3.11 and make; both create .venv with plain pip, from the tested set in constraints.txt.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Where pip finds a CPU build of torch, if not in the default index (README, "Installing").
TORCH_INDEX ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint lint-js audit bench clean venv venv-test weights

demo: weights
	$(BIN)/python -m flows.session --project demo regional-mechanism security-workshop

# Two files of tests side by side; the tests of a file stay in one process.
test: venv-test weights
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: venv-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_wheels.py -k advisory

# The tested set of versions against the published advisories. Asks the package index, so it needs
# the internet; nothing of this project is sent but the names and versions in constraints.txt.
audit:
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet pip-audit
	.venv-audit/bin/pip-audit --no-deps --disable-pip -r constraints.txt

# The scripts of the pages: ESLint and TypeScript's checker. Needs Node 20 or newer, and npm once.
lint-js: node_modules/.package-lock.json
	npx eslint fgd/server/static eslint.config.js
	npx tsc --project jsconfig.json

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $@

bench: venv-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) node_modules .prefect .fgd demo/.fgd demo/outputs .pytest_cache .mypy_cache .ruff_cache

# Published weights, once per person and not per clone (docs/transcription.md, docs/voices.md, docs/deliberation.md).
weights: venv
	$(BIN)/fgd models pull voices
	$(BIN)/fgd models pull base
	$(BIN)/fgd models pull mpnet

venv: $(BIN)/.run
venv-test: $(BIN)/.test

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fgd needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(BIN)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(BIN)/.test: $(BIN)/.run
	$(PIP) install --quiet --constraint constraints.txt --editable . --requirement requirements-test.txt
	touch $@
