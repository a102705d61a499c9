# The words of this project. `make` alone lists them.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
SEEDS ?= 200
ONLY ?= .

.PHONY: help deps deps_build build run quick test format lint golden sim fuzz bench clean

help: ## Lists the words
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

deps: ## Installs what is missing (Debian packages; asks for root only if something is)
	@scripts/install-deps.sh

deps_build:
	@scripts/install-deps.sh build

build: deps_build ## The optimised binary: build/florin
	@cmake --preset release >/dev/null
	@cmake --build build -j $(JOBS)

run: build ## Builds, starts Florin with its sandbox and prints how to make a payment
	@scripts/run.sh

quick: deps ## The module tests alone, a minute (ONLY=payments narrows)
	@cmake --preset dev >/dev/null
	@cmake --build build/dev -j $(JOBS) --target module_tests
	@ctest --test-dir build/dev --output-on-failure -j $(JOBS) -R '$(ONLY)' -LE slow --no-tests=error

test: deps ## All that must pass
	@scripts/test.sh

format: ## Formats the C++ sources in place
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-22 -i

lint: deps ## Formatting, static analysis, layering, documents
	@scripts/lint.sh

golden: deps ## Writes the golden files anew; read the diff like code
	@scripts/golden.sh

sim: deps ## Simulation with SEEDS=n seeds (SEED=x replays one)
	@cmake --preset dev >/dev/null
	@cmake --build build/dev -j $(JOBS) --target test_sim
	@SEEDS=$(SEEDS) build/dev/test_sim

fuzz: deps ## Every fuzz target for SECONDS_EACH=n seconds
	@scripts/fuzz.sh

bench: deps ## Measures and writes docs/benchmarks.md
	@scripts/bench.sh

clean: ## Removes the build folder
	@rm -rf build
