#!/usr/bin/env bash
# The transport alone: CPU for each delivery, private memory for each idle connection.
# Usage: bench/net/run.sh [runs]      Needs two cores; the server is pinned to the first.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-3}
echo "machine: $(nproc) cores, Linux $(uname -r); build: release; command: net_fanout"
for in_flight in 1 8 64; do
  for _ in $(seq "$runs"); do
    build/release/bin/net_fanout 1000 2000000 "$in_flight" 9000
  done
done
