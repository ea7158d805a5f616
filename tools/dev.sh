#!/usr/bin/env bash
# The inner loop: builds and restarts the server when a source changes, and serves the pages with
# hot reload on http://localhost:5173. Ctrl-C ends both.
set -uo pipefail
cd "$(dirname "$0")/.."
[ -d web/node_modules ] || (cd web && npm ci --no-audit --no-fund --loglevel=error)
cmake --preset dev >/dev/null || exit 1

server=
(cd web && exec npm run --silent dev) &
vite=$!
trap 'kill $server $vite 2>/dev/null; exit' INT TERM EXIT

newest() { find src cmake CMakeLists.txt -type f -printf '%T@\n' | sort -n | tail -n 1; }

seen=
while true; do
  now=$(newest)
  if [ "$now" != "$seen" ]; then
    seen=$now
    if cmake --build --preset dev --target righttask; then
      [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; }
      build/dev/bin/righttask serve &
      server=$!
    fi
  fi
  sleep 1
done
