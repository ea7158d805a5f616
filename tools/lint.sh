#!/usr/bin/env bash
# The static checks: formatting, layers, the threat model, clang-tidy, and the web's own.
# Fails at the end, so that one run shows everything.
# Usage: tools/lint.sh [all]    all: with clang-tidy, which takes about twenty minutes
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
tier=${1:-quick}
check() {
  local name=$1
  shift
  if "$@"; then echo "lint: $name: ok"; else echo "lint: $name: FAILED"; failed=1; fi
}

formatted() { tools/sources.sh | xargs clang-format-19 --dry-run --Werror; }

tidy() {
  # The flags are those of the clang build, here with tests and benchmarks; files that are not
  # compiled there are passed over.
  cmake --preset fuzz -B build/tidy -DRIGHTTASK_TESTS=ON -DRIGHTTASK_BENCH=ON >/dev/null || return 1
  tools/sources.sh | grep '\.cc$' | python3 tools/compiled.py build/tidy/compile_commands.json |
    xargs -r -P "$(nproc)" -n 3 clang-tidy-19 -p build/tidy --quiet 2>/dev/null
}

check format formatted
check layers python3 tools/check_layers.py .
check threat-model python3 tools/check_threat_model.py .
check web bash -c 'cd web && npm run --silent lint && npm run --silent typecheck'
[ "$tier" != all ] || check clang-tidy tidy
exit $failed
