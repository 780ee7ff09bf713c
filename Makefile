# Each target sets up what it needs in its own virtual environment, from locked versions.
VENV ?= .venv
PYTHON ?= python3
PROCESSES ?= 2
OLDEST := $(VENV)-oldest
BIN := $(VENV)/bin

.PHONY: app test deep oldest lint bench lock pictures clean

app: $(VENV)/installed
	$(BIN)/nvq-planner app

test: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadscope --cov --cov-fail-under=95

# The long draws, without any limit of time: the files with tests that draw more when they are asked to.
deep: $(VENV)/installed
	NVQ_DEEP=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal \
	  $$(grep -lE '\<deep\(' tests/test_*.py)

# The core against the oldest OR-Tools that pyproject.toml allows, in an environment of its own.
OLDEST_TESTS := $(addprefix tests/test_,model.py edges.py solver_against_oracle.py cycle.py recognition.py)

oldest: $(OLDEST)/installed
	$(OLDEST)/bin/python -m pytest --numprocesses $(PROCESSES) --dist loadscope $(OLDEST_TESTS) \
	  -W "ignore:builtin type:DeprecationWarning"

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/bench-installed
	$(BIN)/python -m benchmarks

# Every page at four widths, light and dark, to build/pictures; for README: make pictures PICTURES=--readme
pictures: $(VENV)/installed
	$(BIN)/python -m tests.pictures $(PICTURES)

# Locks the newest versions that fit; the files name no registry.
lock: $(VENV)/installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra app --extra test --extra lint --extra build \
	  --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade \
	  --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra bench --constraints requirements.lock \
	  --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade \
	  --output-file benchmarks/requirements.lock

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

# It sees what is installed beside it, and an older solver first.
$(OLDEST)/installed: $(VENV)/installed tests/oldest.lock
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement tests/oldest.lock
	$(BIN)/python -c 'import site, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(f"import site; site.addsitedir({site.getsitepackages()[0]!r})")' \
	  "$$($(OLDEST)/bin/python -c 'import site; print(site.getsitepackages()[0])')/beside.pth"
	touch $@

$(VENV)/bench-installed: $(VENV)/installed benchmarks/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement benchmarks/requirements.lock
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST)
