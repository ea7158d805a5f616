#!/usr/bin/env bash
# Runs the benchmarks one after the other; each prints a Markdown table for docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
for script in bench/*/run.sh bench/server/durable.sh; do
  echo "== $script"
  "$script"
done
