# make run      install what is missing, build, serve on http://localhost:4000
# make test     everything that proves it, the quick tier; ends with "N passed, N failed"
# make test-all the quick tier and the long one (soak, long fuzzing, all sanitizers)
# make dev      rebuild and restart on change, pages with hot reload on http://localhost:5173
# make bench    the benchmarks; make bench-peers: the server beside others; make bench-ydoc: the document engine
# make format, make lint, make fuzz, make clean

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(PATH)

BUILD := cmake --build
LISTEN ?= 127.0.0.1:$(or $(PORT),4000)
FUZZ_SECONDS ?= 20

.PHONY: run test test-all dev bench bench-peers bench-ydoc format lint fuzz web release asan clean setup-run setup-test

run: setup-run release web
	exec build/release/bin/righttask serve --listen $(LISTEN)

test: setup-test release web asan
	python3 tools/run_tests.py quick

test-all: setup-test release web asan
	python3 tools/run_tests.py all

dev: setup-run
	exec tools/dev.sh

bench: setup-test release
	bench/run.sh

bench-peers: setup-test
	bench/peers.sh

bench-ydoc: setup-test
	bench/ydoc/run.sh

format: setup-test
	tools/sources.sh | xargs clang-format-19 -i

lint: setup-test web/node_modules
	tools/lint.sh

fuzz: setup-test
	tools/fuzz.sh $(FUZZ_SECONDS)

setup-run:
	tools/setup.sh run

setup-test:
	tools/setup.sh test

release: | setup-run
	cmake --preset release >/dev/null
	$(BUILD) --preset release

asan: | setup-test
	cmake --preset asan >/dev/null
	$(BUILD) --preset asan

web/node_modules: web/package-lock.json | setup-run
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

web: web/node_modules
	cd web && npm run --silent build

clean:
	rm -rf build web/dist web/node_modules tests/*/node_modules artifacts
