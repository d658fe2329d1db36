# Needs make and Python 3.11 or newer, nothing else. `make` alone lists what there is.

PYTHON ?= python3
UV     ?= uv
ARGS   ?=

BIN  := .venv/bin
INTO := -m pip --quiet --disable-pip-version-check --no-input install
PIP  := $(BIN)/python $(INTO)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
        pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test check format bench bench-full bench-engine bench-client bench-databases faults faults-full soak linearizability mutants frameworks lock clean
.DELETE_ON_ERROR:

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: .venv/project.stamp ## start the service and walk through the main job; ARGS=--once ends after the walk
	@$(BIN)/python -m examples.walk $(ARGS)

test: .venv/dev.stamp ## run the tests; ARGS goes to pytest
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadscope $(ARGS)

check: .venv/dev.stamp ## format, lint, types, layers, spelling, conformance page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/python -m tests.conformance --check --finished

format: .venv/dev.stamp ## rewrite what can be rewritten: format, safe lint fixes, conformance page, client reference
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.conformance
	$(BIN)/python -m tests.client_api

bench: .venv/dev.stamp ## measure the service beside a bare endpoint, in some three minutes
	@$(BIN)/python -m benchmarks $(ARGS)

bench-full: .venv/dev.stamp ## the same, beside servers of others, how cost grows, and what sizes follow; some 15 minutes
	@$(BIN)/python -m benchmarks --peers $(ARGS)
	@$(BIN)/python -m benchmarks.growth $(ARGS)
	@$(BIN)/python -m benchmarks.sizing $(ARGS)

bench-engine: .venv/bench.stamp ## measure the engine by itself, beside other libraries; ARGS="--sizes 10000 1000000 10000000"
	@$(BIN)/python -m benchmarks.engine $(ARGS)

bench-client: .venv/dev.stamp ## measure what the client library costs agents and services; some three minutes
	@$(BIN)/python -m benchmarks.client $(ARGS)

bench-databases: .venv/dev.stamp ## measure the service on SQLite and PostgreSQL with 100,000 organizations in them; minutes
	@$(BIN)/python -m benchmarks.databases $(ARGS)

faults: .venv/dev.stamp ## kill, freeze, starve and cut off servers and databases 120 times and see that nothing is lost; ARGS="--seed 7"
	@$(BIN)/python -m tests.durability $(ARGS)

faults-full: .venv/dev.stamp ## the same with every fault there is, a thousand and more; an hour, as root, with strace
	@$(BIN)/python -m tests.durability --full $(ARGS)

soak: .venv/dev.stamp ## do everything at once for an hour and see that nothing grows; ARGS="--minutes 10 --keep"
	@$(BIN)/python -m tests.soak $(ARGS)

linearizability: .venv/dev.stamp ## take rights away 100,000 times while processes are asked whether they are gone; ARGS="--strikes 1000"
	@$(BIN)/python -m tests.linearizability $(ARGS)

mutants: .venv/mutants.stamp ## put small faults into the engine and see that tests notice; takes hours, ARGS="authz_core/listing/*"
	@$(BIN)/python -m tests.mutants $(ARGS)

frameworks: .venv-frameworks/frameworks.stamp .venv-openai-agents/frameworks.stamp ## check and run the examples in agent frameworks, in two environments of their own
	.venv-frameworks/bin/mypy --cache-dir .mypy_cache/frameworks examples/frameworks/[!o]*.py tests/frameworks/*.py
	.venv-frameworks/bin/mypy --cache-dir .mypy_cache/openai-agents --python-executable .venv-openai-agents/bin/python examples/frameworks/openai_agents.py
	@.venv-frameworks/bin/python -m pytest -m slow --numprocesses=auto --dist=loadscope tests/frameworks $(ARGS)

lock: ## choose the newest versions that pyproject.toml allows and write requirements/ (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv on the PATH: pip install uv" >&2; exit 1; }
	$(LOCK) --group build --upgrade --output-file requirements/run.txt
	$(LOCK) --extra postgresql --extra tracing --constraints requirements/run.txt --upgrade --output-file requirements/image.txt
	$(LOCK) --group build --extra dev --constraints requirements/run.txt --upgrade --output-file requirements/dev.txt
	$(subst pyproject.toml,benchmarks/peers/authgent-server/requirements.in,$(LOCK)) --upgrade --output-file benchmarks/peers/authgent-server/requirements.txt
	$(LOCK) --group build --extra bench --constraints requirements/dev.txt --upgrade --output-file requirements/bench.txt
	$(LOCK) --group build --extra deploy --constraints requirements/dev.txt --upgrade --output-file requirements/deploy.txt
	$(LOCK) --group build --extra dev --extra frameworks --constraints requirements/dev.txt --upgrade --output-file requirements/frameworks.txt
	$(LOCK) --group build --extra openai-agents --upgrade --output-file requirements/openai-agents.txt
	$(LOCK) --group build --extra mutants --constraints requirements/dev.txt --upgrade --output-file requirements/mutants.txt

clean: ## remove the environment and what tools left behind
	rm -rf .venv .venv-frameworks .venv-openai-agents .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is written when its step is done, so an interrupted step is done again.

# When the interpreter it was made from is gone, nothing in it counts as done.
$(shell for made in .venv .venv-frameworks .venv-openai-agents; do test -x $$made/bin/python || rm -f $$made/*.stamp; done)

.venv/bin/python .venv-frameworks/bin/python .venv-openai-agents/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, but $(PYTHON) is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Creating the environment in $(@:/bin/python=)"
	@rm -rf $(@:/bin/python=)
	@$(PYTHON) -m venv $(@:/bin/python=) || { rm -rf $(@:/bin/python=); exit 1; }

.venv/run.stamp: requirements/run.txt .venv/bin/python
	@echo "Installing what the service needs (exact versions, checked by hash)"
	@$(PIP) --no-compile --no-deps --require-hashes -r requirements/run.txt
	@touch $@

.venv/project.stamp: pyproject.toml .venv/run.stamp
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/project.stamp
	@echo "Installing what tests and checks need (exact versions, checked by hash)"
	@$(PIP) --no-compile --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

.venv/bench.stamp: requirements/bench.txt .venv/dev.stamp
	@echo "Installing the libraries that the engine is measured beside (exact versions, checked by hash)"
	@$(PIP) --no-compile --no-deps --require-hashes -r requirements/bench.txt
	@touch $@

.venv/mutants.stamp: requirements/mutants.txt .venv/dev.stamp
	@echo "Installing what puts faults into the engine (exact versions, checked by hash)"
	@$(PIP) --no-compile --no-deps --require-hashes -r requirements/mutants.txt
	@touch $@

# These stand beside the first, which knows no framework: all that agree with one another, and one that does not.
.venv-frameworks/frameworks.stamp .venv-openai-agents/frameworks.stamp: .venv-%/frameworks.stamp: requirements/%.txt pyproject.toml .venv-%/bin/python
	@echo "Installing what requirements/$*.txt names (exact versions, checked by hash)"
	@.venv-$*/bin/python $(INTO) --no-compile --no-deps --require-hashes -r $<
	@.venv-$*/bin/python $(INTO) --no-deps --no-build-isolation --editable .
	@touch $@
