#!/usr/bin/env bash
# How long the page takes to show a long list and to react to an edit, in Chromium, with the release
# server; prints Markdown for docs/benchmarks.md.
# Usage: bench/web/run.sh [repetitions [tasks]]     (default 5 and 5000; about two minutes once built)
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
[ -d web/node_modules ] || (cd web && npm ci --no-audit --no-fund --loglevel=error) >&2
(cd web && npm run --silent build -- --logLevel error) >&2
[ -d tests/e2e/node_modules ] || (cd tests/e2e && npm ci --no-audit --no-fund --loglevel=error) >&2
exec node bench/web/measure.mjs "${1:-5}" "${2:-5000}"
