# Everything installs into .venv in this checkout; nothing else on the machine is touched.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# one BLAS thread: the kernels are many small products, and results stay the same on any machine
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

.PHONY: run test test-slow test-all accept lint bench docs atlas data manifest requirements clean

run: $(VENV)/.run
	$(BIN)/landbridge run forum-2023 --out out/forum-2023

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest

# rewrite the stored headlines of the shipped scenarios after a change that is meant
accept: $(VENV)/.dev
	LANDBRIDGE_ACCEPT=1 $(BIN)/python -m pytest tests/library -k headlines

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/.dev $(VENV)/.bench
	for script in bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.dev
	$(BIN)/python -m tools.docs

atlas: $(VENV)/.atlas
	$(BIN)/python -m tools.atlas
	$(BIN)/python -m tools.manifest

data: $(VENV)/.run
	$(BIN)/python -m tools.baseline
	$(BIN)/python -m tools.energy
	$(BIN)/python -m tools.manifest

# after a change of shipped data that is meant
manifest: $(VENV)/.run
	$(BIN)/python -m tools.manifest

requirements: $(VENV)/.dev
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/python -m tools.requirements

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

$(VENV)/.atlas: requirements/atlas.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/atlas.txt
	touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	touch $@

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache
