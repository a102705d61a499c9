#!/usr/bin/env bash
# Runs the tests that speak HTTP to the real binary (FLORIN_BINARY, default build/dev/florin).
#
#   scripts/functional.sh                       all files of test/functional and test/contract, on both engines
#   scripts/functional.sh sqlite|postgres       on one engine
#   scripts/functional.sh postgres FILE...      some files on one engine, e.g. test/crash/kill.test.mjs
#
# Every file starts servers of its own on free ports and stops them; PostgreSQL is a throw-away cluster.
set -euo pipefail
cd "$(dirname "$0")/.."

run_on() {
  local engine=$1
  shift
  local files=("$@")
  ((${#files[@]})) || files=(test/functional/*.test.mjs test/contract/*.test.mjs)
  # FILES_AT_ONCE: under load a wait may take long, so a test alone is easier to understand.
  local run=(node --test --test-concurrency=${FILES_AT_ONCE:-1} --test-reporter="${REPORTER:-spec}" "${files[@]}")
  if [ "$engine" = postgres ]; then
    ENGINE=postgres scripts/postgres-test.sh run "${run[@]}"
  else
    ENGINE=sqlite "${run[@]}"
  fi
}

case ${1:-both} in
  both)
    failed=0
    run_on sqlite || failed=1
    run_on postgres || failed=1
    exit "$failed"
    ;;
  sqlite | postgres) run_on "$@" ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
