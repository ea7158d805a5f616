#!/usr/bin/env bash
# Durable appends beside the raw rate of the disk, loading, start-up; prints Markdown for
# docs/benchmarks.md. Usage: bench/store/run.sh [directory on the disk to measure] [seconds]
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target store_bench >&2
exec build/release/bin/store_bench "${1:-build}" "${2:-5}"
