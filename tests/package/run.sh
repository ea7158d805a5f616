#!/usr/bin/env bash
# Installs the library from a build, builds a program against it and runs that.
# Usage: run.sh BUILD_DIR CXX [COMPILER FLAGS]
set -euo pipefail
build=$1 compiler=$2 flags=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component ydoc --prefix "$work/prefix" >/dev/null
cmake -S "$here" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >/dev/null
cmake --build "$work/build"
printed=$("$work/build/consumer")
printf '%s\n' "$printed"
[ "$printed" = $'Hello, Bob\n{"done":true,"tags":["urgent",1]}' ]
