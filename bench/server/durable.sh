#!/usr/bin/env bash
# What durability costs; prints Markdown for docs/benchmarks.md.
# Usage: bench/server/durable.sh [repetitions]     (default 5; three minutes once built)
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target righttask >&2
exec python3 bench/server/durable.py "${1:-5}"
