#!/bin/bash
# Measures what Florin promises on speed, each figure beside its yardstick in the same run, and writes
# docs/benchmarks.md. It starts what it needs on 127.0.0.1 and ends only that.
#
#   scripts/bench.sh                  everything but the large database, a quarter of an hour
#   QUICK=1 scripts/bench.sh          six minutes
#   LARGE=10000000 scripts/bench.sh   with that many payments stored (LARGE=1: ten million, about 40 GB)
#   ONLY=sqlite,get scripts/bench.sh  some lines: sqlite postgres account disk latency get memory overload large jobs
#                                     deliveries intake documents billing claims reconciliation
#
# The line jobs installs other job queues from npm under bench/peers, and starts a Redis (Debian: redis-server).
# DATE is what the document says (default: today, UTC), OUT where it goes, BENCH_FOLDER where databases lie.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=${CXX:-clang++-22}
build=build/bench
cmake --preset bench > /dev/null
cmake --build "$build" --target florin bench_load bench_provider bench_minimal_server bench_bare_server bench_seed_rows slow_fsync \
    store_bench pg_store_bench jobs_bench documents_bench billing_bench reconciliation_bench bench_sink

# Other job queues, to measure beside ours: only here, and only for the line that needs them.
if [[ ,${ONLY:-jobs}, == *,jobs,* ]]; then
    # Not `npm ci`: newer npm refuses a lock that names optional parts of one machine alone.
    (cd bench/peers && npm install --no-save --no-audit --no-fund --ignore-scripts > /dev/null)
    command -v redis-server > /dev/null || echo "No redis-server found: BullMQ's lines are left out." >&2
fi

folder=$(mktemp -d "${BENCH_FOLDER:-${TMPDIR:-/tmp}}/florin-bench-XXXXXX")
# The server of PostgreSQL is another user.
chmod 755 "$folder"
postgres=""
finish() {
    if [ -n "$postgres" ]; then scripts/postgres-test.sh stop "$folder/postgres" || true; fi
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

load_average=$(cut -d' ' -f1-3 /proc/loadavg)
postgres_bin=${FLORIN_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -1)}
arguments=()
if [ -n "$postgres_bin" ]; then
    postgres=$(scripts/postgres-test.sh start "$folder/postgres")
    arguments+=(--postgres "$postgres" --postgres-bin "$postgres_bin")
else
    echo "No PostgreSQL found: its lines are left out." >&2
fi
if [ -n "${QUICK:-}" ]; then arguments+=(--quick); fi
if [ -n "${ONLY:-}" ]; then arguments+=(--only "$ONLY"); fi
case ${LARGE:-0} in
    0) ;;
    1) arguments+=(--large 10000000) ;;
    *) arguments+=(--large "$LARGE") ;;
esac
python3 bench/run.py --source . --build "$build" --folder "$folder" --out "${OUT:-docs/benchmarks.md}" \
    --date "${DATE:-$(date -u +%F)}" --compiler "$compiler" --load-average "$load_average" "${arguments[@]}"
