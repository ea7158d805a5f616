#!/usr/bin/env bash
# Installs the servers to compare with, at the versions of their package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
for peer in y-websocket hocuspocus socket.io; do
  # @y/websocket-server 0.1.5 names a peer that nothing of it uses.
  (cd "$peer" && npm ci --legacy-peer-deps --no-audit --no-fund --loglevel=error)
done
