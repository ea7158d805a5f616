#!/usr/bin/env bash
# The static checks: formatting, layers, clang-tidy, and the web's own.
# Fails at the end, so that one run shows everything.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
check() {
  local name=$1
  shift
  if "$@"; then echo "lint: $name: ok"; else echo "lint: $name: FAILED"; failed=1; fi
}

formatted() { tools/sources.sh | xargs clang-format-19 --dry-run --Werror; }

tidy() {
  cmake --preset fuzz >/dev/null || return 1
  # The clang build's flags; only files that are compiled there.
  tools/sources.sh | grep '\.cc$' | python3 tools/compiled.py build/fuzz/compile_commands.json |
    xargs -r -P "$(nproc)" -n 4 clang-tidy-19 -p build/fuzz --quiet 2>/dev/null
}

check format formatted
check layers python3 tools/check_layers.py .
check web bash -c 'cd web && npm run --silent lint && npm run --silent typecheck'
[ "${LINT_TIDY:-1}" = 0 ] || check clang-tidy tidy
exit $failed
