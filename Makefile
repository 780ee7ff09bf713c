# Each target sets up what it needs in its own virtual environment, from locked versions.
VENV ?= .venv
PYTHON ?= python3
# More than two processors: the tests of pages, commands and workbooks wait for what they started.
PROCESSES ?= 3
OLDEST := $(VENV)-oldest
BIN := $(VENV)/bin
INSTALL := $(PYTHON) install.py --environment $(VENV)
# Where a shell asks for no bytecode, whatever is started compiles all its libraries again: a server of a test takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app test deep oldest fresh lint bench lock pictures clean

# The page; options of the command go into APP, for example: make app APP="--no-browser --data our-data"
app: $(VENV)/installed
	$(BIN)/python -m planner app $(APP)

# What the tests reach costs a third of their time: it is measured where nobody waits, with CI=true.
test: $(VENV)/test-installed
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadscope --no-loadscope-reorder $(if $(CI),--cov --cov-fail-under=95)

# The long draws, without any limit of time: the files with tests that take long or draw more when they are asked to. Then lines broken
# at random (docs/mutation.md).
deep: $(VENV)/test-installed
	NVQ_DEEP=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal \
	  $$(grep -lE '\<deep\(|mark\.long' tests/test_*.py)
	$(BIN)/python -m tests.mutation --sample 100

# The core against the oldest OR-Tools that pyproject.toml allows, which stands before the newer one.
OLDEST_TESTS := $(addprefix tests/test_,model.py edges.py solver_against_oracle.py cycle.py recognition.py)

oldest: $(OLDEST)/installed
	PYTHONPATH=$(OLDEST) $(BIN)/python -c 'from ortools import __version__ as used; print("OR-Tools", used); \
	  assert f"ortools=={used}" in open("tests/oldest.lock").read()'
	PYTHONPATH=$(OLDEST) $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadscope $(OLDEST_TESTS) \
	  -W "ignore:builtin type:DeprecationWarning"

# On a bare machine with each of two Pythons: are the commands of README.md enough?
fresh:
	$(PYTHON) tests/fresh_machine.py

lint: $(VENV)/test-installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench-installed
	$(BIN)/python -m benchmarks

# Every page at four widths, light and dark, to build/pictures; for the documents: make pictures PICTURES=--shown
pictures: $(VENV)/test-installed
	$(BIN)/python -m tests.pictures $(PICTURES)

# Locks the newest versions that fit; the files name no registry. The later locks keep to the first.
LOCK := $(BIN)/python -m uv pip compile --system-certs --universal --generate-hashes --no-emit-index-url \
  --no-annotate --no-header --upgrade --quiet --output-file

lock: $(VENV)/installed
	echo uv | $(LOCK) installer.lock -
	$(LOCK) requirements.lock pyproject.toml --extra app --extra build
	$(LOCK) deploy/sign-in.lock pyproject.toml --extra app --extra sign-in --extra build --constraints requirements.lock
	$(LOCK) tests/requirements.lock pyproject.toml --extra test --extra lint --constraints requirements.lock
	$(LOCK) benchmarks/requirements.lock pyproject.toml --extra bench --constraints requirements.lock

$(VENV)/installed: install.py installer.lock requirements.lock pyproject.toml
	$(INSTALL)
	touch $@

$(VENV)/test-installed: $(VENV)/installed tests/requirements.lock
	$(INSTALL) tests/requirements.lock
	touch $@

$(VENV)/bench-installed: $(VENV)/test-installed benchmarks/requirements.lock
	$(INSTALL) benchmarks/requirements.lock
	touch $@

$(OLDEST)/installed: $(VENV)/test-installed tests/oldest.lock
	rm -rf $(OLDEST)
	$(INSTALL) --beside $(OLDEST) tests/oldest.lock
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST)
