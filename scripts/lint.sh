#!/usr/bin/env bash
# Formatting, static analysis and house rules. Says what to do instead, not only what is wrong.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { echo "lint: $1"; failed=1; }

sources=$(git ls-files '*.cpp' '*.hpp')
unformatted=$(echo "$sources" | xargs clang-format-22 --dry-run -Werror 2>&1 | grep -oE '^[^:]+' | sort -u | head -20)
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

long=$(echo "$sources" | xargs wc -l | awk '$1 > 600 && $2 != "total" {print $2 ": " $1 " lines"}')
[ -z "$long" ] || complain "files longer than 600 lines (is each still one thing?):
$long"

if [ "${TIDY:-1}" = 1 ] && [ -f build/dev/compile_commands.json ]; then
  changed=$(echo "$sources" | grep -E '^src/.*\.cpp$' | grep -v '/test/' | grep -vE "${TIDY_SKIP:-^$}")
  tidy=$(echo "$changed" | xargs -P "$(nproc)" -n 4 clang-tidy-22 -p build/dev --quiet 2>/dev/null | grep -E 'warning:|error:' | sort -u | head -40)
  [ -z "$tidy" ] || complain "clang-tidy:
$tidy"
fi
[ "$failed" = 0 ] && echo "lint: clean"
exit "$failed"
