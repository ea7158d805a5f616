#!/usr/bin/env bash
# Runs every fuzz target for some seconds on its stored corpus.
# Usage: tools/fuzz.sh SECONDS [TARGET…]    New inputs stay in build/fuzz/corpus, findings in artifacts/.
# FUZZ_SEED=N begins from that seed, so that what is found on a tree is found there again; without it
# every run explores something else.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find build/fuzz/bin -maxdepth 1 -name '*_fuzz' -printf '%f\n' | sort)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: no targets" >&2; exit 1; }
mkdir -p artifacts

run_one() {
  local target=$1
  mkdir -p "build/fuzz/corpus/$target"
  local stored="tests/corpus/$target"
  [ -d "$stored" ] || stored=""
  if "build/fuzz/bin/$target" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 \
    -artifact_prefix="artifacts/$target-" -print_final_stats=1 \
    "build/fuzz/corpus/$target" $stored >"build/fuzz/$target.log" 2>&1; then
    printf 'fuzz: %-32s ok, %s runs\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log")"
  else
    printf 'fuzz: %-32s FAILED, see build/fuzz/%s.log and artifacts/\n' "$target" "$target"
    tail -n 30 "build/fuzz/$target.log"
    return 1
  fi
}
export -f run_one
export seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}'
