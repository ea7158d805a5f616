#!/usr/bin/env bash
# All document engines side by side on this machine, in one command; prints Markdown tables and keeps
# them with the raw numbers in bench/results/.
# Usage: bench/ydoc/run.sh [--traces DIR] [--quick] [--rows REGEX] [--engines a,b] [--rounds N]
#   --traces   folder of automerge-paper.json.gz and its documents (default: bench/ydoc/data)
#   --quick    one short round: whether all works, not how fast
#   --fresh-heap  leave glibc's malloc as it starts; README.md says what that changes
#   --rows     only rows whose name begins so: 'b4', 'b1.4', 'mem'
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$PWD/build/bench-ydoc
traces=bench/ydoc/data
options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --traces) traces=$2; shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done

bench/ydoc/setup.sh "$build" >&2

# What the engines replay, made anew when the scripts or the trace change.
data=$build/data
stamp=$(cat bench/ydoc/workloads.py bench/ydoc/peers/node/*.{mjs,json} "$traces"/automerge-paper.* | sha256sum)
if [ "$(cat "$data/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "run: preparing the data" >&2
  rm -rf "$data"
  python3 bench/ydoc/workloads.py "$traces" "$data"
  node bench/ydoc/peers/node/record.mjs "$traces" "$data"
  echo "$stamp" >"$data/stamp"
fi

exec nice -n 10 python3 bench/ydoc/run.py --data "$data" --build "$build" "${options[@]}"
