#!/usr/bin/env bash
# Measures the server's memory and its cost of a delivery; prints Markdown for docs/benchmarks.md.
# Usage: bench/server/run.sh [repetitions]     (default 5; a minute and a half once built)
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
exec python3 bench/server/measure.py "${1:-5}"
