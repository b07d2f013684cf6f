# Everything starts here. `make demo` and `make test` need only: gcc, make, libjpeg-dev, python3-dev, python3-venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SOURCES := setup.py pyproject.toml requirements.lock $(wildcard ext/*.pyx ext/*.pxi ext/*.c ext/*.h)

.PHONY: help setup demo play test crash fuzz fuzz-setup lint types bench bench-setup bench-race bench-plot bench-threads
.PHONY: bench-compare bench-peers profile lock judges dist clean vm-usb

help:            ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY)  ## make .venv and build the kernels

$(READY): $(SOURCES)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "building the kernels …"
	@rm -rf *.egg-info  # an older one would be read in the place of the new names of families and transports
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q spooler backends ext
	@touch $@

demo: $(READY)   ## print 200 invented citizens' cards on ten simulated printers (JOBS=folder prints your own)
	@$(BIN)/spooler demo $(if $(JOBS),--jobs $(JOBS))

play: $(READY)   ## leave that city running
	@$(BIN)/spooler play

test: $(READY)   ## the test suite
	@$(BIN)/python -P -m pytest -q -n 2

crash: $(READY)  ## the crash campaign (ROUNDS=40 SEED=1 FIRST=1: a round again): kill -9, bad disks, mistreated printers
	@PYTHONPATH=tests $(BIN)/python -P -m crash $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(if $(FIRST),--first $(FIRST))

fuzz-setup: $(READY)  ## what the fuzzer needs: atheris
	@$(BIN)/pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt

fuzz: $(READY)   ## rubbish, guided by coverage: TARGET=wire RUNS=100000 or SECONDS=60; left out: each target a minute
	@$(BIN)/python -c "import atheris" 2>/dev/null || { echo "the fuzzer needs atheris: make fuzz-setup"; exit 1; }
	@for target in $(or $(TARGET),wire client config template printer photo signature); do \
	  echo "== $$target"; PYTHONPATH=tests $(BIN)/python -P -m fuzz $$target $(if $(RUNS),--runs $(RUNS),--seconds $(or $(SECONDS),60)) || exit 1; done

vm-usb: $(READY) ## the USB transport in a virtual machine: a printer gadget, USB/IP faults (needs qemu-system-x86 …)
	@bash tests/vm/run.sh

lint: $(READY)   ## ruff, check and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)  ## mypy, strict
	@$(BIN)/mypy

bench: $(READY)  ## the benchmarks
	@$(BIN)/python -P -m pytest bench --benchmark-enable --benchmark-only -q -n 0

bench-setup: $(READY)  ## what the race, the plot and the profile need beyond that
	@pkg-config --exists cairo || { echo "pycairo is built from source: apt-get install libcairo2-dev pkg-config"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -r bench/requirements.txt

bench-race: $(READY)  ## a card beside Pillow, Pillow with NumPy and the pycairo mix, by turns
	@$(BIN)/python bench/bench_raster.py

bench-plot: $(READY)  ## the same, and the plot in bench/results/
	@$(BIN)/python -c "import matplotlib" 2>/dev/null || { echo "the plot needs matplotlib: make bench-setup"; exit 1; }
	@$(BIN)/python bench/bench_raster.py
	@$(BIN)/python bench/plot.py bench/results/raster.json

bench-peers: $(READY)  ## durable submission beside beanstalkd, Redis and PostgreSQL, where installed, by turns
	@$(BIN)/python bench/bench_peers.py
	@$(BIN)/python -c "import matplotlib" 2>/dev/null || { echo "the plot needs matplotlib: make bench-setup"; exit 1; }
	@$(BIN)/python bench/plot_peers.py bench/results/peers.json

bench-threads: $(READY)  ## two threads beside two processes, and how long a card holds the GIL
	@$(BIN)/python bench/bench_threads.py

bench-compare: $(READY)  ## this tree beside REF=revision, by turns (FILE=bench/bench_raster.py ONLY=test_card CPU=1 COLUMN=…)
	@test -n "$(REF)" || { echo "which revision? make bench-compare REF=HEAD~1"; exit 2; }
	@$(BIN)/python bench/compare.py $(REF) $(if $(CPU),--cpu) $(if $(FILE),--file $(FILE)) $(if $(ONLY),--only '$(ONLY)') $(if $(COLUMN),--column $(COLUMN))

profile: $(READY)  ## where a card's time goes, down to the C functions
	@$(BIN)/python bench/profile_card.py

lock:            ## resolve the lower bounds of pyproject.toml into requirements.lock
	@uv pip compile pyproject.toml --extra dev --quiet --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --universal --upgrade -o requirements.lock

judges:          ## vendors' own programs as judges of ours, into .judges: tests that need them are skipped without
	@test -x .judges/bin/python || $(PYTHON) -m venv .judges
	@.judges/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/judges/requirements.txt

dist: $(READY)   ## build wheel and sdist
	@$(BIN)/python -P -m build --outdir dist

clean:           ## remove what was built
	rm -rf $(VENV) .judges build dist .mypy_cache .ruff_cache .pytest_cache *.egg-info ext/*.so
