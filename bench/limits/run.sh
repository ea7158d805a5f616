#!/usr/bin/env bash
# What a flood does to the others, and what readers that do not read cost; prints Markdown for
# docs/benchmarks.md.
# Usage: bench/limits/run.sh [repetitions]     (default 5; eleven minutes once built)
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
exec python3 bench/limits/measure_limits.py "${1:-5}"
