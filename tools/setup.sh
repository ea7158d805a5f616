#!/usr/bin/env bash
# Installs what the project needs and this machine lacks, from Debian's packages and npm.
# Usage: tools/setup.sh [run|test]     (default: test, which includes run)
# Safe to call again: it looks first and says what it does. Works as root or with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-test}
node_wanted=20.19.0
node_offered=22

run_packages=(
  ca-certificates cmake g++ make ninja-build pkg-config
  libboost1.81-dev libsimdjson-dev libfmt-dev libspdlog-dev libcli11-dev
  libjose-dev libjansson-dev libssl-dev libcurl4-openssl-dev
  libsqlite3-dev libzstd-dev libxxhash-dev zlib1g-dev
  prometheus-cpp-dev
  nodejs npm
)
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev
  clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev
  chromium python3 git procps
)

packages=("${run_packages[@]}")
case "$what" in
  run) ;;
  test) packages+=("${test_packages[@]}") ;;
  *) echo "setup: unknown argument '$what' (run or test)" >&2; exit 2 ;;
esac

say() { printf 'setup: %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "needs root for: $*" >&2
    say "run it as root or install sudo" >&2
    exit 1
  fi
}

installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing=()
for package in "${packages[@]}"; do
  case "$package" in
    # A Node.js from elsewhere brings its own npm and conflicts with Debian's.
    nodejs | npm) command -v "${package/nodejs/node}" >/dev/null && continue ;;
  esac
  installed "$package" || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { say "this is no Debian; please install: ${missing[*]}" >&2; exit 1; }
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
else
  say "Debian packages: nothing missing"
fi

# Debian 12's Node.js is too old for the web tools: take npm's own build, beside the project.
version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }
node_version=$(node --version | tr -d v)
if version_at_least "$node_version" "$node_wanted"; then
  say "Node.js $node_version: new enough"
elif [ -x .tools/node_modules/.bin/node ]; then
  say "Node.js $(.tools/node_modules/.bin/node --version) in .tools"
else
  say "Node.js $node_version is older than $node_wanted: installing $node_offered into .tools"
  mkdir -p .tools
  npm install --prefix .tools --no-audit --no-fund --loglevel=error "node@$node_offered" npm@11 </dev/null
  say "Node.js $(.tools/node_modules/.bin/node --version) in .tools"
fi
say "ready"
