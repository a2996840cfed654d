# Every target does all it needs on a fresh Debian machine and skips what is there already.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup test lint format demo prove pins secrets clean

BIN := .venv/bin
# Two workers for two cores: numeric libraries that start threads of their own only get in each other's way.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1
WORKERS ?= 2

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: ## install what is missing: Debian packages, .venv with pinned libraries, Neo4j jars
	@tools/setup

lint: setup ## style, formatting, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## lint and all tests but the long proofs
	$(ONE_THREAD) $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m 'not prove' $(TEST_ARGS)

prove: setup ## long proofs in parts that can be resumed: make prove PROVE_ARGS="--minutes 60"
	$(ONE_THREAD) $(BIN)/python tools/prove.py $(PROVE_ARGS)

demo: setup ## load the fictional scenario and open the dashboard: make demo DEMO_ARGS="--size 2000"
	$(BIN)/vinculo demo --out demo-out $(DEMO_ARGS)

format: setup ## let ruff write the formatting
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

pins: setup ## write constraints.txt from what is installed in .venv
	$(BIN)/python tools/pins.py

secrets: ## make the password files that docker-compose.yml mounts
	@deploy/make-secrets

clean: ## remove what make made here (caches outside this folder stay)
	rm -rf .venv .proofs demo-out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
