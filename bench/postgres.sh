#!/bin/sh
# The store on PostgreSQL against pgbench: the same rows, fsync on, on one throw-away cluster.
#
#   scripts/postgres-test.sh run bench/postgres.sh PG_STORE_BENCH [seconds=5]
#
# pgbench commits each unit alone, pipelined; the aim of the store is at least 1.5 times its rate.
set -eu
program=$1
seconds=${2:-5}
here=$(dirname "$0")/pgbench
pgbench=${FLORIN_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}/pgbench

fresh() { psql -q "$DATABASE_URL" -f "$here/schema.sql" -c CHECKPOINT 2> /dev/null; }

for callers in 32 256; do
    # pgbench needs a connection for each of its callers; 64 is as many as help it.
    clients=$((callers < 64 ? callers : 64))
    fresh
    "$pgbench" -n -c "$clients" -j 2 -M prepared -D unit=0 -T "$seconds" -f "$here/units.sql" "$DATABASE_URL" \
        2> /dev/null | sed -n "s/^tps = \([0-9.]*\).*/pgbench, $clients connections: \1 units\/s/p"
    fresh
    "$program" "$DATABASE_URL" "$callers" "$seconds"
done
