#!/usr/bin/env bash
# Builds the engines that we are compared with, and ours; safe to call again.
# Usage: bench/ydoc/setup.sh [BUILD_DIR]        (default: build/bench-ydoc)
#
# Needs what tools/setup.sh installs. The native peers need a recent Rust: yrs 1.85, y-octo 1.90.
# Debian 12's own rustc (1.63) is too old for both; where no newer one is on PATH, the packages
# rustc-web and cargo-web are installed (1.85 in Debian 12, 1.96 in its security updates).
# Peers that cannot be built are left out, loudly.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$(realpath -m "${1:-build/bench-ydoc}")
rust_wanted=1.85.0
export CARGO_BUILD_JOBS=${CARGO_BUILD_JOBS:-1}
export CARGO_TARGET_DIR=$build/cargo

say() { printf 'setup: %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "needs root for: $*" >&2
    return 1
  fi
}

version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# Prints the version of the program as "1.2.3", or 0 if it is missing.
version_of() { "$1" --version 2>/dev/null | awk '{ print $2; exit }' || true; }

have_rust() {
  local found
  found=$(version_of rustc)
  command -v cargo >/dev/null && version_at_least "${found:-0}" "$rust_wanted"
}

install_rust() {
  say "no rustc >= $rust_wanted on PATH: installing rustc-web and cargo-web (they replace rustc and cargo)"
  command -v apt-get >/dev/null || return 1
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    rustc-web cargo-web >/dev/null
}

have_rust || install_rust || true
if command -v cargo >/dev/null; then
  say "native peers with rustc $(version_of rustc)"
  for peer in yrs y-octo; do
    if nice -n 10 cargo build --quiet --release --locked \
      --manifest-path "bench/ydoc/peers/$peer/Cargo.toml"; then
      say "$peer: built"
    else
      say "$peer: DOES NOT BUILD with rustc $(version_of rustc); it is left out of the comparison" >&2
      rm -f "$CARGO_TARGET_DIR/release/bench-$peer"
    fi
  done
else
  say "no cargo: yrs and y-octo are LEFT OUT of the comparison" >&2
fi

say "Node.js $(node --version) with the packages of bench/ydoc/peers/node/package-lock.json"
if ! cmp -s bench/ydoc/peers/node/{package-lock.json,node_modules/.installed}; then
  npm ci --prefix bench/ydoc/peers/node --no-audit --no-fund --loglevel=error </dev/null
  cp bench/ydoc/peers/node/{package-lock.json,node_modules/.installed}
fi

say "our engine, release build"
cmake --preset release -B "$build/release" >/dev/null
nice -n 10 cmake --build "$build/release" --target ydoc_bench
