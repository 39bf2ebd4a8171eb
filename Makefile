# Two commands matter: `make demo` and `make test`. Both work on a machine with nothing but
# Python 3.11 and make; both create .venv with plain pip, from the tested set in constraints.txt.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Where pip finds a CPU build of torch, if not in the default index (README, "Installing").
TORCH_INDEX ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint bench clean venv venv-test weights

demo: weights
	$(BIN)/python -m flows.session --project demo regional-mechanism security-workshop

test: venv-test weights
	$(BIN)/python -m pytest

lint: venv-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: venv-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .prefect .fgd demo/.fgd demo/outputs .pytest_cache .mypy_cache .ruff_cache

# Published weights, once per person and not per clone (docs/transcription.md, docs/voices.md).
weights: venv
	$(BIN)/fgd models pull voices
	$(BIN)/fgd models pull base

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
