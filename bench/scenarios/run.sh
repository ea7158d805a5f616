#!/usr/bin/env bash
# Runs the scenarios on this server; writes docs/benchmarks/scenarios.md.
# Usage: bench/scenarios/run.sh [repetitions]     (default 3; ten minutes once built)
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
results=bench/results/scenarios.json
rm -f "$results"
python3 bench/scenarios.py "$results" --repetitions "${1:-3}"
python3 bench/report.py "$results" docs/benchmarks/scenarios.md
cat docs/benchmarks/scenarios.md
