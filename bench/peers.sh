#!/usr/bin/env bash
# Installs the servers to compare with and runs the scenarios on them and on this one, in turns; writes
# docs/benchmarks/peers.md.
# Usage: bench/peers.sh [repetitions]     (default 3; an hour and a half)
set -euo pipefail
cd "$(dirname "$0")/.."
bench/peers/install.sh
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
results=bench/results/peers.json
rm -f "$results"
python3 bench/scenarios.py "$results" --targets all --repetitions "${1:-3}"
python3 bench/report.py "$results" docs/benchmarks/peers.md
cat docs/benchmarks/peers.md
