#!/usr/bin/env bash
# Formatting, house rules, documents, static analysis. Says what to do instead, not only what is wrong.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { echo "lint: $1"; failed=1; }

sources=$(git ls-files '*.cpp' '*.hpp')
unformatted=$(echo "$sources" | xargs clang-format-22 --dry-run -Werror 2>&1 | sed -nE 's/^([^: ]+):[0-9]+:[0-9]+: .*/\1/p' | sort -u | head -20)
[ -z "$unformatted" ] || complain "not formatted (run \`make format\`):
$unformatted"

# Clock, chance and standard output have one door each.
doors='src/platform/runtime/world.cpp|src/app/|src/platform/telemetry/|/test/|^bench/|^test/'
strays=$(echo "$sources" | grep -vE "$doors" | xargs grep -nE 'system_clock::now|steady_clock::now|std::random_device|std::cout|printf\(' 2>/dev/null |
  grep -vE 'base/check.cpp|runtime/scheduler.cpp|Clock\(\)|snprintf' | head -10)
[ -z "$strays" ] || complain "the clock, chance or standard output used directly (take World or telemetry::log instead):
$strays"

# Heavy headers stay in few places.
heavy=$(echo "$sources" | xargs grep -lE '#include [<"]boost/(asio|beast)' 2>/dev/null | grep -vE '^(src/platform/http/|bench/)')
[ -z "$heavy" ] || complain "Asio or Beast included outside src/platform/http:
$heavy"

# No floating point near money.
floats=$(echo "$sources" | grep -E '^src/(base|core|domain|connectors|sandbox)/' | grep -v '/test/' | xargs grep -nE '\b(double|float)\b' 2>/dev/null |
  grep -vE ':[0-9]+: *(//|///|\*)' | head -10)
[ -z "$floats" ] || complain "floating point below the domain (amounts are integers):
$floats"

# A test's file is as long as what it covers has cases, within reason.
long=$(echo "$sources" | xargs wc -l | awk '$1 > ($2 ~ /test/ ? 800 : 600) && $2 != "total" {print $2 ": " $1 " lines"}')
[ -z "$long" ] || complain "files longer than 600 lines, or 800 of tests (is each still one thing?):
$long"

documents=$(scripts/check_docs.sh 2>&1) || complain "the documents and the sources differ:
$documents"

# Three minutes on two cores. It reads what the compiler reads: its database, the generated sources, the
# precompiled header. TIDY=0 leaves it out, TIDY=src/core looks there alone.
if [ "${TIDY:-1}" != 0 ]; then
  cmake --preset dev >/dev/null && cmake --build build/dev -j "$(nproc)" --target florin_pch florin_store >/dev/null || complain "build/dev does not build"
  looked_at=$(echo "$sources" | grep -E '^src/.*\.cpp$' | grep -v '/test/')
  [ "${TIDY:-1}" = 1 ] || looked_at=$(echo "$looked_at" | grep "^$TIDY")
  tidy=$(echo "$looked_at" | xargs -P "$(nproc)" -n 4 clang-tidy-22 -p build/dev --quiet 2>/dev/null | grep -E '(warning|error):' | sed "s|^$PWD/||" | sort -u | head -40)
  [ -z "$tidy" ] || complain "clang-tidy:
$tidy"
fi
[ "$failed" = 0 ] && echo "lint: clean"
exit "$failed"
