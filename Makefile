# What one does with nexus-chaos. `make` alone lists it; nothing has to be installed or activated by hand.

VENV := .venv
BIN := $(VENV)/bin
SUPPORTED := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c "$(SUPPORTED)" 2>/dev/null && echo $$python && break; done)
ARGS ?=
SIDE_BY_SIDE := -n logical --maxprocesses 4
LOCAL_BASE := nexus-chaos-base:bookworm
BASE_IMAGE ?= $(shell docker image inspect $(LOCAL_BASE) >/dev/null 2>&1 && echo $(LOCAL_BASE) || echo python:3.11-slim-bookworm)
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" .cache/pip-tools/bin/pip-compile --upgrade --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# Else every process of every stack, and pytest with its rewritten asserts, compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

# The plans of the specification, and a story for each fault that only containers have (a test holds that).
ON_DOCKER := charge_window_kill gateway_402 gateway_503 gateway_timeout endpoints_in_little_memory endpoints_out_of_memory \
	gateway_cut_off gateway_unresolved restate_disk_full restate_throttled

.PHONY: help chaos check test lint bench nightly docker-base docker-check docker-images schemas requirements clean

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 24

chaos: $(VENV)/ready ## breaks the booking system and proves what holds (ARGS="…" is passed on to pytest)
	$(BIN)/pytest -m chaos $(SIDE_BY_SIDE) $(ARGS)

check: lint ## what to run after every change, a minute: lint, and the tests that start no process
	$(BIN)/pytest tests -m "not integration and not nightly" $(SIDE_BY_SIDE) $(ARGS)

test: check ## checks the tool itself: all of `make check`, then the tests that start processes
	$(BIN)/pytest tests -m "integration and not nightly" $(SIDE_BY_SIDE) --dist loadgroup $(ARGS)

lint: $(VENV)/ready ## style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/ready ## measures the harness; figures go to reports/bench.json
	$(BIN)/python -m benchmarks $(ARGS)

nightly: $(VENV)/ready ## the chaos suite under a seed of the day, shuffled, then in each mode, what takes minutes to test, the benchmarks
	$(BIN)/pytest -m chaos --chaos-seed $$(date +%Y%m%d) --chaos-shuffle $(ARGS)
	$(BIN)/pytest -m chaos --chaos-seed $$(date +%Y%m%d) --chaos-always-replay --chaos-report=reports/always-replay $(ARGS)
	$(BIN)/pytest -m chaos --chaos-seed $$(date +%Y%m%d) --chaos-protocol request_response \
		--chaos-report=reports/request-response $(ARGS)
	$(BIN)/pytest tests -m nightly -rP
	$(BIN)/chaos soak --plans 200 --seed $$(date +%Y%m%d)000
	$(BIN)/python -m benchmarks

docker-base: ## makes the images' base by debootstrap, where no image can be pulled (root)
	docker/base.sh $(LOCAL_BASE)

docker-images: $(VENV)/ready ## builds the images of the stack, for docker-compose.chaos.yml and --chaos-backend docker
	$(BIN)/python -m chaos.backends.image_tools docker/bin
	for target in services fakes restate-server toxiproxy; do \
		docker build --quiet --build-arg BASE_IMAGE=$(BASE_IMAGE) --file docker/Dockerfile --target $$target \
			--tag nexus-chaos/$$target . || exit; \
	done

docker-check: docker-images ## what has to hold in containers: the specification's plans, container faults, a cluster, a bug found
	$(BIN)/pytest -m chaos --chaos-backend docker --chaos-report=reports/docker $(ON_DOCKER:%=scenarios/%.py) $(ARGS)
	$(BIN)/pytest -m chaos --chaos-backend docker --chaos-nodes 3 --chaos-report=reports/docker scenarios/leader_killed.py $(ARGS)
	cd examples/bank && $(CURDIR)/$(BIN)/python -m pytest -m chaos --chaos-backend docker $(ARGS)
	NEXUS_CHAOS_REQUIRE_DOCKER=1 $(BIN)/pytest tests/docker/test_backend.py -k planted_bug

schemas: $(VENV)/ready ## writes docs/*.schema.json and docs/clauses.md from the code
	$(BIN)/chaos schema > docs/plan.schema.json
	$(BIN)/python -c "from chaos.reporting.summary import schema_text; print(schema_text(), end='')" > docs/summary.schema.json
	$(BIN)/python -c "from booking.clauses import table; print(table(), end='')" > docs/clauses.md

requirements: ## pins anew what pyproject.toml asks for
	$(PYTHON) -m venv .cache/pip-tools
	.cache/pip-tools/bin/pip install --quiet pip-tools
	$(PIP_COMPILE) --extra dev --build-deps-for editable --output-file requirements.txt pyproject.toml
	$(PIP_COMPILE) --output-file docker/requirements.txt docker/requirements.in

clean: ## ends and removes what runs have left, and all that was made here
	test ! -x $(BIN)/chaos || $(BIN)/chaos clean
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find reports -mindepth 1 ! -name .gitkeep -delete

$(VENV)/ready: $(VENV)/installed pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Only wheels, and only those whose hash is pinned: nothing is built from source and nothing else gets in.
$(VENV)/installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer on PATH. Install one (Debian: python3 and python3-venv)," \
		"or name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c "$(SUPPORTED)" || { echo "$(PYTHON) is not Python 3.11 or newer." >&2; exit 2; }
	@$(PYTHON) -c "import ensurepip" || { echo "$(PYTHON) cannot make virtual environments." \
		"Install what is missing (Debian: python3-venv)." >&2; exit 2; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@touch $@
