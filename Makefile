# Every target makes the environment it needs: `make test` or `make reproduce` work as the first command on a clean clone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= reproduction

# Two threads of linear algebra on a busy machine can be twenty times slower than one; the tests share the work otherwise.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help install reproduce reproduce-full test test-long lint bench docs clean

help:
	@echo "make reproduce       check the paper's claims: a folder '$(OUT)' with index.html, figures and claims.json (minutes; goes on after Ctrl-C; FORCE=--force starts afresh)"
	@echo "make reproduce-full  the same with larger simulations"
	@echo "make test            style, types, layers, the test suite, the documentation"
	@echo "make test-long       larger agreement runs"
	@echo "make bench           speed, as ratios to straightforward implementations and to other solvers"
	@echo "make docs            the documentation, into docs/_build/html"
	@echo "make install lint clean"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "bendscape needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

install: $(STAMP)

reproduce: install
	$(BIN)/bendscape reproduce --quick --workers 2 --out $(OUT) $(FORCE)

reproduce-full: install
	$(BIN)/bendscape reproduce --workers 2 --out $(OUT) $(FORCE)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Style and documentation take one core each, so they are made side by side; then the tests have both.
test: install
	$(MAKE) -j 2 lint docs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not long'

test-long: install
	$(BIN)/python -m pytest -n 2 -m long

bench: install
	$(BIN)/python benchmarks/theory.py
	$(BIN)/python benchmarks/general.py
	$(BIN)/python benchmarks/simulation.py
	$(BIN)/python benchmarks/finite.py
	$(BIN)/python benchmarks/recovery.py
	$(BIN)/python benchmarks/message_passing.py 1000
	$(BIN)/python benchmarks/data_and_time.py

docs: install
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "documentation: docs/_build/html/index.html"

clean:
	rm -rf $(VENV) docs/_build $(OUT) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
