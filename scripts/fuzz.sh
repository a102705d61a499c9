#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH seconds (default 60) under the sanitizers. PRESET=sanitize takes those of that
# build, which are not optimised.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
build=build/${PRESET:-fuzz}
cmake --preset "${PRESET:-fuzz}" >/dev/null
cmake --build "$build" -j "$(nproc)" --target fuzz_targets
passed=0 failed=0
for target in $build/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=$(basename "$target")
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 "$corpus" >"$build/$name.log" 2>&1; then
    passed=$((passed + 1)); echo "$name: nothing found in $seconds s"
  else
    failed=$((failed + 1)); echo "$name: FOUND SOMETHING, see $build/$name.log"; tail -20 "$build/$name.log"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
