# Everything runs in a virtual environment of its own, .venv. PYTHON chooses the interpreter it is made with.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Reinstalls when pyproject.toml changes, not when only its time stamp does.
HASH := $(shell cksum pyproject.toml | cut -d ' ' -f 1)
RUN_STAMP := $(VENV)/.installed-run-$(HASH)
DEV_STAMP := $(VENV)/.installed-dev-$(HASH)
BENCH_STAMP := $(VENV)/.installed-bench-$(HASH)
# Tests run in so many processes at once, each of which may take 4 GiB; their networks then keep to one thread each.
TEST_PROCESSES ?= 2

DEMO := build/demo-case
DEMO_GALLERY := build/demo-gallery.db

.PHONY: demo test venv bench clean

demo: $(RUN_STAMP)
	@mkdir -p build
	$(BIN)/python main.py gallery import resources/demo/gallery --gallery $(DEMO_GALLERY) --basis "public domain"
	$(BIN)/python main.py analyze resources/demo/*.mp4 --case $(DEMO) --gallery $(DEMO_GALLERY) \
		--case-number DEMO-1 --title "Demonstration case" --examiner "make demo"
	@echo
	@echo "The report lies at $(CURDIR)/$(DEMO)/report.pdf"

test: $(DEV_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal

venv: $(DEV_STAMP)

bench: $(BENCH_STAMP)
	set -e; for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script; done

clean:
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info

$(DEV_STAMP): | $(BIN)/python
	$(BIN)/python -m pip install -q -e '.[dev]'
	@rm -f $(VENV)/.installed-run-* $(VENV)/.installed-dev-* && touch $@ $(RUN_STAMP)

$(BENCH_STAMP): $(DEV_STAMP)
	$(BIN)/python -m pip install -q -e '.[dev,bench]'
	@rm -f $(VENV)/.installed-bench-* && touch $@

$(RUN_STAMP): | $(BIN)/python
	$(BIN)/python -m pip install -q -e .
	@rm -f $(VENV)/.installed-run-* && touch $@

# Debian keeps the installer of pip in a package of its own; a pip that is there already can stand in for it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3 ..."; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; \
	elif $(PYTHON) -c 'import pip, venv' 2>/dev/null; then \
		{ $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV) install -q pip; } \
			|| { rm -rf $(VENV); exit 1; }; \
	else \
		echo "This Python cannot make virtual environments. On Debian: sudo apt install python3-venv"; exit 1; \
	fi
