# make run: serve the map.  make test: run every test.  Both install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
SHEETS ?= sheets
SITE ?= build/site
# The tests wait for browsers and servers more than they compute: more processes than cores.
WORKERS ?= 3

.PHONY: help run test lint refresh catalogue bench publish clean
.DEFAULT_GOAL := help

help:
	@echo "make run      serve the map at http://localhost:$(PORT)  (PORT=8600 for another port)"
	@echo "make test     run all tests (browser tests need Chromium, else they are skipped and say so)"
	@echo "make lint     style, types, import rules, known weaknesses of the packages used"
	@echo "make refresh  rebuild data/ from ICE's workbooks in SHEETS=folder"
	@echo "make catalogue   bring the translations in step with the code"
	@echo "make bench    measure speed, commands and load; keeps benchmarks/history.csv (BASELINES=folder to compare)"
	@echo "make publish  write the static edition, for any web host, to SITE=folder"
	@echo "make clean    remove .venv and caches"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is not. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3-venv is needed (Debian: apt install python3-venv)" >&2; exit 1; }

# One stamp per set of packages; a changed pyproject or constraints file installs again.
$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[images]"
	@touch $@

$(VENV)/.%: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@

run: $(VENV)/.run
	$(BIN)/python -m map_app run --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.audit

refresh: $(VENV)/.ingest
	$(BIN)/python -m map_app ingest $(SHEETS) --history data/history --out data/agreements.csv --report build/report.json

catalogue: $(VENV)/.test
	$(BIN)/python -m map_app.text.catalogue update

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks --keep $(if $(BASELINES),--baselines $(BASELINES))
	$(BIN)/python -m benchmarks.commands --keep $(if $(wildcard $(SHEETS)),--sheets $(SHEETS))
	$(BIN)/python -m benchmarks.answer --keep
	$(if $(wildcard $(SHEETS)),$(BIN)/python -m benchmarks.record $(SHEETS) --keep)
	$(BIN)/python -m benchmarks.load --keep

publish: $(VENV)/.publish
	$(BIN)/python -m map_app publish $(SITE)

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage *.egg-info
