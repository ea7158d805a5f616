#!/usr/bin/env bash
# Lists our C++ files, one a line.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files --cached --others --exclude-standard -- 'src/**.h' 'src/**.cc' 'tests/**.h' 'tests/**.cc' 'bench/**.h' 'bench/**.cc'
