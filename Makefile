# Everything runs inside .venv, made on first use and again when pyproject.toml changes.
# `make run ARGS="open xor"` passes arguments on; `make test PYTHON=python3.14` names the interpreter.

PYTHON ?= python3.13 python3.12 python3.11 python3 python
VENV ?= .venv
ARGS ?=
# One more than two processors: some tests wait for a terminal. Each worker imports and collects all that there is.
JOBS ?= 3
N ?= 1000

# The tools start as `python -m`, not by their scripts: those hold the absolute path of the folder they were made in.
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help

.PHONY: help
help:
	@echo 'make run      open nnsim (ARGS="open xor" passes arguments on)'
	@echo 'make test     run the tests (ARGS="-k xor" passes arguments on)'
	@echo 'make check    formatting, lint, types, import contracts and tests'
	@echo 'make format   put the source into its standard format'
	@echo 'make docs     make the pictures and tables of the documents'
	@echo 'make test-programs  run the exported programs of every scenario, with NumPy alone, as notebooks and in PyTorch'
	@echo 'make snapshots   write the snapshots of the panes anew, after a change of theirs that is meant'
	@echo 'make fuzz     damage N scenarios and N recordings and read them (N=1000)'
	@echo 'make monkey   N random keys, mouse events and resizes on each scenario (ARGS="xor --seed 2" narrows it down)'
	@echo 'make bench-recording   measure what recordings cost and survive (ten minutes; ARGS="--write" as for bench)'
	@echo 'make bench-floods   measure what floods of input cost (ARGS="--python PATH" measures another build beside this one)'
	@echo 'make bench-quick   compare frames and the start with a plain Textual app and the last release (1.5 minutes; ARGS="--write" keeps them)'
	@echo 'make bench-stages   what every page of every lesson costs beside a plain Textual app (eight minutes; ARGS="--write" as for bench)'
	@echo 'make bench    measure speed, start and memory (ARGS="--write" puts the tables into docs/benchmarks.md)'
	@echo 'make truth    compare every method with its reference (ARGS="--write" puts the tables into docs/truth.md)'
	@echo 'make bench-grading   a class of thirty hand-ins, graded: its table, its JSON, its seconds'
	@echo 'make bench-sweeps   sweeps beside JAX, a loop of runs and the build before them (ten minutes; ARGS="--only start")'
	@echo 'make bench-progress   kill programs while they note progress, N times (N=100), and see what is lost'
	@echo 'make claims   try what lessons claim, and their challenges (SEEDS=3,14,15 names seeds; ARGS="xor --questions")'
	@echo 'make diagnosis   put faults into healthy runs and see what nnsim diagnose finds (ARGS="--write" as for truth)'
	@echo 'make site     the documents as pages, with a search that works without a network'
	@echo 'make man      man pages; make dist the packages, checked'
	@echo 'make test-whole   run the tests with all that they draw a share of: pages, hand-ins, faults, damage (ten minutes)'
	@echo 'make test-pages   look at every page of every lesson at two sizes (the suite looks at one in four)'
	@echo 'make test-web   drive the page of nnsim serve web with headless Chromium'
	@echo 'make bench-serving   what a class over SSH costs: 12 and 40 sessions, 30 logins at once'
	@echo 'make hard-life   how long the end of a terminal or a line takes, for each way in'
	@echo 'make soak-serving   N sessions opened, used and dropped at random (N=2000)'
	@echo 'make test-floors   run the tests with the lowest version of every dependency (in .venv-floors)'
	@echo 'make clinic   try the broken runs of the clinic on seeds that are drawn (ARGS="clinic-3 --count 4"; "--write" as for truth)'
	@echo 'make proofs   verify recordings under other kernels and vector features (ARGS="--python PATH...": other NumPys)'
	@echo 'make clean    remove .venv, caches and built files'

.PHONY: run
run: $(VENV)/.installed
	@$(PY) -m nnsim $(ARGS)

.PHONY: test
test: $(VENV)/.installed-dev
	@$(PY) -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

.PHONY: check
check: $(VENV)/.installed-dev
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(MAKE) --no-print-directory test

.PHONY: format
format: $(VENV)/.installed-dev
	$(PY) -m ruff check --fix-only
	$(PY) -m ruff format

.PHONY: docs
docs: $(VENV)/.installed-dev
	@$(PY) docs/make.py

.PHONY: snapshots
snapshots: $(VENV)/.installed-dev
	@$(PY) -m pytest tests/screens/panes/test_snapshots.py --renew-snapshots

.PHONY: fuzz
fuzz: $(VENV)/.installed-dev
	$(PY) benchmarks/fuzz_scenarios.py $(N)
	$(PY) benchmarks/fuzz_recordings.py $(N)

.PHONY: monkey
monkey: $(VENV)/.installed-dev
	$(PY) benchmarks/monkey.py $(N) $(ARGS)

# Each says its table whatever the one before has come to.
.PHONY: bench-recording
bench-recording: $(VENV)/.installed-dev
	-$(PY) benchmarks/recording.py $(ARGS)
	-$(PY) benchmarks/kill_table.py $(ARGS)
	-$(PY) benchmarks/fuzz_recordings.py 2000 $(ARGS)
	-$(PY) benchmarks/followers.py $(ARGS)

.PHONY: bench
bench: $(VENV)/.installed-dev
	@$(PY) benchmarks/speed.py $(ARGS)
	@$(PY) benchmarks/pacing.py $(ARGS)
	@$(PY) benchmarks/start.py $(ARGS)
	@$(PY) benchmarks/memory.py $(ARGS)
	@$(PY) benchmarks/feel.py $(ARGS)

.PHONY: bench-quick
bench-quick: $(VENV)/.installed-dev
	@$(PY) benchmarks/quick.py $(ARGS)

.PHONY: bench-stages
bench-stages: $(VENV)/.installed-dev
	@$(PY) benchmarks/stages.py $(ARGS)

.PHONY: bench-floods
bench-floods: $(VENV)/.installed-dev
	@$(PY) benchmarks/floods.py $(ARGS)

.PHONY: truth
truth: $(VENV)/.installed-dev
	@$(PY) benchmarks/truth.py $(ARGS)

.PHONY: diagnosis
diagnosis: $(VENV)/.installed-dev
	@$(PY) benchmarks/diagnosis.py $(ARGS)

.PHONY: bench-sweeps
bench-sweeps: $(VENV)/.installed-dev
	@$(PY) -m pip install --quiet --disable-pip-version-check -e '.[fast,dask]'
	@$(PY) benchmarks/compiled_kernels.py
	@$(PY) benchmarks/sweep_speed.py $(ARGS)

.PHONY: bench-grading
.PHONY: clinic
clinic: $(VENV)/.installed-dev
	@$(PY) benchmarks/clinic.py $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)

bench-grading: $(VENV)/.installed-dev
	@$(PY) benchmarks/grading.py $(ARGS)

.PHONY: bench-progress
bench-progress: $(VENV)/.installed-dev
	@$(PY) benchmarks/kill_progress.py $(if $(filter command line,$(origin N)),$(N),100) $(ARGS)

.PHONY: claims
claims: $(VENV)/.installed-dev
	@$(PY) benchmarks/claims.py $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)

proofs: $(VENV)/.installed-dev
	@$(PY) benchmarks/proofs.py $(ARGS)

# The lowest versions that pyproject.toml allows, beside today's tools: a bound is right when every test passes there.
.PHONY: test-whole
test-whole: $(VENV)/.installed-dev
	@NNSIM_WHOLE=1 $(PY) -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

.PHONY: test-pages
test-pages: $(VENV)/.installed-dev
	@NNSIM_WHOLE=1 $(PY) -m pytest --numprocesses $(JOBS) tests/screens/test_pages.py

.PHONY: test-web
test-web: $(VENV)/.installed-dev
	@$(PY) tests/browser_trial.py

.PHONY: bench-serving
bench-serving: $(VENV)/.installed-dev
	@$(PY) benchmarks/serving.py sessions $(ARGS)
	@$(PY) benchmarks/serving.py stock $(ARGS)
	@$(PY) benchmarks/serving.py logins $(ARGS)
	@$(PY) benchmarks/serving.py flood $(ARGS)

# Run times into docs/terminals.md: make hard-life ARGS=--write
.PHONY: hard-life
hard-life: $(VENV)/.installed-dev
	@$(PY) benchmarks/hard_life.py $(ARGS)

.PHONY: soak-serving
soak-serving: $(VENV)/.installed-dev
	@$(PY) benchmarks/serving.py soak --sessions $(N) $(ARGS)

# The documents as pages with a search that works without a network: open build/site/index.html
.PHONY: site
site: .venv-site/.ready
	@.venv-site/bin/python -m sphinx -q -W -E -c docs/site -b html docs build/site
	@echo build/site/index.html

.PHONY: man
man: .venv-site/.ready
	@mkdir -p build/man
	@.venv-site/bin/python -c 'from click_man.core import write_man_pages; from nnsim import __version__; from nnsim.cli.commands import nnsim; write_man_pages("nnsim", nnsim, version=__version__, target_dir="build/man")'
	@echo build/man/nnsim.1

.PHONY: dist
dist: .venv-site/.ready
	@rm -rf dist
	@.venv-site/bin/python -m build --quiet
	@.venv-site/bin/python -m twine check --strict dist/*

.venv-site/.ready: pyproject.toml
	@$(MAKE) --no-print-directory VENV=.venv-site .venv-site/.installed
	@.venv-site/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["site"], sep="\n")' >.venv-site/requirements.txt
	@.venv-site/bin/python -m pip --disable-pip-version-check --quiet install --requirement .venv-site/requirements.txt
	@touch $@

.PHONY: test-floors
test-floors:
	@$(MAKE) --no-print-directory VENV=.venv-floors .venv-floors/.installed-dev
	@.venv-floors/bin/python tests/floors.py pyproject.toml >.venv-floors/floors.txt
	@.venv-floors/bin/python -m pip --disable-pip-version-check --quiet install --editable . --requirement .venv-floors/dev-requirements.txt --constraint .venv-floors/floors.txt
	@echo "With $$(tr '\n' ' ' <.venv-floors/floors.txt)"
	@.venv-floors/bin/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

# Exported programs in environments of their own; TORCH="torch==2.13.0+cpu" takes a build for processors alone.
TORCH ?= torch
.PHONY: test-programs
test-programs: $(VENV)/.installed-dev
	@test -x .venv-programs/numpy/bin/python || { $(PY) -m venv .venv-programs/numpy && .venv-programs/numpy/bin/python -m pip --disable-pip-version-check --quiet install numpy; }
	@test -x .venv-programs/others/bin/python || { $(PY) -m venv .venv-programs/others && .venv-programs/others/bin/python -m pip --disable-pip-version-check --quiet install "$(TORCH)" numpy nbclient ipykernel nbformat; }
	@$(PY) benchmarks/programs.py .venv-programs $(ARGS)

.PHONY: clean
clean:
	rm -rf .venv .venv-floors .venv-programs build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find nnsim screens scenarios tests -name __pycache__ -prune -exec rm -rf {} +

# Names are tried by running them: a pyenv shim exists for versions that it then refuses to start.
# Debian splits ensurepip from the rest of Python, and without it `-m venv` fails after half its work.
define make_venv
found=; \
for python in $(PYTHON); do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	found=$$python; \
	"$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || continue; \
	echo "Making $(VENV) with $$("$$python" --version)"; \
	exec "$$python" -m venv --clear $(VENV); \
done; \
if [ -n "$$found" ]; then \
	echo "nnsim needs Python's venv and ensurepip modules, and $$found lacks them (Debian, Ubuntu: install python3-venv)" >&2; \
else \
	echo "nnsim needs Python 3.11 or newer; none of these is: $(PYTHON) (name another with PYTHON=...)" >&2; \
fi; \
exit 2
endef

# A working environment is kept and brought up to date, which is quicker than a new one.
define ready_venv
@$(PY) -m pip --version >/dev/null 2>&1 || { $(make_venv); }
endef

$(VENV)/.installed: pyproject.toml
	$(ready_venv)
	@echo 'Installing nnsim into $(VENV) (only when pyproject.toml changes)'
	@$(PIP) install --editable .
	@touch $@

# The list of development tools is the dependency group of pyproject.toml (PEP 735), written out here because
# `pip install --group` exists only since pip 25.1 and Python 3.11 and 3.12 bring an older pip with them.
$(VENV)/.installed-dev: pyproject.toml
	$(ready_venv)
	@echo 'Installing nnsim and its development tools into $(VENV) (only when pyproject.toml changes)'
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' >$(VENV)/dev-requirements.txt
	@$(PIP) install --editable . --requirement $(VENV)/dev-requirements.txt
	@touch $(VENV)/.installed $@
