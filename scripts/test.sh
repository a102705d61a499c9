#!/usr/bin/env bash
# All that must pass. Each stage tells what it counted and how long it took; its whole output is in
# build/test-logs. STAGES="simulation functional" runs some of them alone.
#
# Two builds, both of whole modules at a time: `test`, optimised, for what runs the real binary and for the simulation
# with all its seeds; `sanitize`, with ASan and UBSan, for every module's tests and the simulation with some seeds.
set -uo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
logs=$PWD/build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0
started=$SECONDS
stages=${STAGES:-build simulation sanitize functional crash broker sdk fuzz}
export FLORIN_BINARY=${FLORIN_BINARY:-$PWD/build/test/florin}

# count STAGE SECONDS PASSED FAILED: adds up, and says one line.
count() {
  passed=$((passed + $3)) failed=$((failed + $4))
  printf '%-24s %5d passed %4d failed %6d s\n' "$1" "$3" "$4" "$2"
}

# show LOG: what a reader needs of a stage that failed: of each failed test of node its name and what it says below.
show() {
  if grep -aq '^TAP version' "$1"; then
    awk '/^ *not ok/ {telling = 1; lines = 0} telling && lines++ < 40 {print substr($0, 1, 400)} /^ *\.\.\.$/ {telling = 0}' "$1" | head -120
  else
    grep -anE 'FAILED|✖|error:|Error|Sanitizer|\(Failed\)|\*\*\*' "$1" | cut -c1-400 | head -40
  fi
  echo "       all of it: $1"
}

# gtest_counts FOLDER: "passed failed" of all the reports that GoogleTest wrote there.
gtest_counts() {
  python3 - "$1" <<'PYTHON'
import glob, sys, xml.etree.ElementTree as tree
passed = failed = 0
for file in glob.glob(sys.argv[1] + "/*.xml"):
    try:
        root = tree.parse(file).getroot()
    except tree.ParseError:  # Half a report, or bytes that are no text in a message.
        failed += 1
        continue
    bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
    not_run = int(root.get("disabled", 0)) + sum(int(suite.get("skipped", 0)) for suite in root)
    passed += int(root.get("tests", 0)) - bad - not_run
    failed += bad
print(passed, failed)
PYTHON
}

# build PRESET TARGET…: true when that is built.
build() {
  local preset=$1 log=$logs/build-$1.log from=$SECONDS
  shift
  if cmake --preset "$preset" >"$log" 2>&1 && cmake --build "build/$preset" -j "$jobs" --target "$@" >>"$log" 2>&1; then
    printf '%-24s %33d s\n' "build $preset" $((SECONDS - from))
  else
    count "build $preset" $((SECONDS - from)) 0 1
    tail -30 "$log"
    return 1
  fi
}

# modules NAME PRESET TESTS: what ctest knows of the preset under such names. A program that crashed wrote no report, so
# whatever ctest calls failed beyond the failed cases counts as one.
modules() {
  local log=$logs/$1.log from=$SECONDS report=build/$2/test-reports
  rm -rf "$report"
  ctest --test-dir "build/$2" --output-on-failure --timeout 900 -j "$jobs" -R "$3" >"$log" 2>&1
  local status=$?
  local good bad
  read -r good bad <<<"$(gtest_counts "$report")"
  good=${good:-0} bad=${bad:-0}
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  count "$1" $((SECONDS - from)) "$good" "$bad"
  [ "$bad" = 0 ] || show "$log"
}

# node_tests NAME COMMAND…: a run of node --test.
node_tests() {
  local name=$1 log=$logs/${1// /-}.log from=$SECONDS
  shift
  REPORTER=tap "$@" >"$log" 2>&1
  local status=$? good bad
  good=$(sed -n 's/^# pass //p' "$log" | awk '{sum += $1} END {print sum + 0}')
  bad=$(sed -nE 's/^# (fail|cancelled) //p' "$log" | awk '{sum += $1} END {print sum + 0}')
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  count "$name" $((SECONDS - from)) "$good" "$bad"
  [ "$bad" = 0 ] || show "$log"
}

# npm_packages FOLDER: what the tests there take from npm. A registry that does not answer is asked again, twice.
npm_packages() {
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  for pause in 5 20 0; do
    (cd "$1" && npm ci --no-audit --no-fund) >>"$logs/npm.log" 2>&1 && return
    sleep "$pause"
  done
  tail -20 "$logs/npm.log"
  return 1
}

# The vendors' SDKs against a sandbox that runs for them alone.
sdk_tests() {
  npm_packages test/sdk || return 1
  local lines sandbox status
  lines=$(mktemp)
  "$FLORIN_BINARY" sandbox --listen 127.0.0.1:0 >"$lines" &
  sandbox=$!
  for _ in $(seq 200); do
    grep -q '^sandbox listening on ' "$lines" && break
    sleep 0.05
  done
  (cd test/sdk && SANDBOX_URL=$(sed -n 's/^sandbox listening on //p' "$lines") node --test --test-reporter=tap ./*.test.js)
  status=$?
  kill -TERM "$sandbox"
  wait "$sandbox"
  rm -f "$lines"
  return "$status"
}

# One RabbitMQ for both engines: a run leaves its queues as it found them.
broker_tests() {
  npm_packages test/broker || return 1
  scripts/rabbitmq-test.sh run bash -c '
    failed=0
    for engine in sqlite postgres; do scripts/functional.sh "$engine" test/broker/*.test.mjs || failed=1; done
    exit "$failed"'
}

has_built=1
for stage in $stages; do
  case $stage in
    build) build test florin test_sim test_sim_planted test_payment_terms || has_built=0 ;;
    simulation) [ "$has_built" = 0 ] || modules simulation test '^(sim_.*|payment_terms)$' ;;
    sanitize) if build sanitize all; then modules sanitize sanitize .; fi ;;
    functional)
      [ "$has_built" = 0 ] && continue
      npm_packages test/contract
      # They mostly wait for timeouts: more files at once than there are cores.
      FILES_AT_ONCE=3 node_tests "functional sqlite" scripts/functional.sh sqlite
      FILES_AT_ONCE=3 node_tests "functional postgres" scripts/functional.sh postgres
      ;;
    crash)
      [ "$has_built" = 0 ] && continue
      node_tests "crash sqlite" scripts/functional.sh sqlite test/crash/*.test.mjs
      node_tests "crash postgres" scripts/functional.sh postgres test/crash/*.test.mjs
      ;;
    broker) [ "$has_built" = 0 ] || node_tests broker broker_tests ;;
    sdk) [ "$has_built" = 0 ] || node_tests sdk sdk_tests ;;
    fuzz)
      [ -x scripts/fuzz.sh ] || continue
      from=$SECONDS
      SECONDS_EACH=${SECONDS_EACH:-10} PRESET=sanitize scripts/fuzz.sh >"$logs/fuzz.log" 2>&1
      status=$?
      read -r good bad <<<"$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$logs/fuzz.log" | tail -1)"
      if [ "$status" != 0 ] && [ "${bad:-0}" = 0 ]; then bad=1; fi
      count fuzz $((SECONDS - from)) "${good:-0}" "${bad:-0}"
      [ "${bad:-0}" = 0 ] || show "$logs/fuzz.log"
      ;;
    *) echo "there is no stage $stage" >&2; exit 2 ;;
  esac
done

echo "in $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
