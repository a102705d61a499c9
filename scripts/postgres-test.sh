#!/bin/sh
# A PostgreSQL to try things on, in a folder of its own, on a socket and a free port of 127.0.0.1.
#
#   scripts/postgres-test.sh start FOLDER   makes or starts the cluster and prints its URL
#   scripts/postgres-test.sh stop FOLDER    stops it; the folder stays
#   scripts/postgres-test.sh run COMMAND…   runs COMMAND with DATABASE_URL set to a new cluster, then removes it
#
# FLORIN_POSTGRES_BIN names the folder of the server's programs, FLORIN_POSTGRES_FSYNC=off trades safety for speed.
set -eu

bin=${FLORIN_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -1)}
if [ -z "$bin" ]; then
    echo "No PostgreSQL found: install the package postgresql, or set FLORIN_POSTGRES_BIN." >&2
    exit 1
fi

# The server refuses to run as root, and its user may not be allowed to see where we are.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
    else
        "$@"
    fi
}

start() {
    folder=$1
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$folder"; fi
    if [ ! -f "$folder/data/PG_VERSION" ]; then
        as_server "$bin/initdb" -D "$folder/data" -A trust -U florin -E UTF8 --locale=C > /dev/null
    fi
    if [ ! -s "$folder/port" ]; then
        # A port that is free at the moment: the one that the system gives to whoever asks for any.
        port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
        echo "$port" > "$folder/port"
    fi
    port=$(cat "$folder/port")
    as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-k '$folder' -h 127.0.0.1 -p $port \
        -c fsync=${FLORIN_POSTGRES_FSYNC:-on} -c shared_buffers=256MB -c max_wal_size=4GB -c max_connections=100" \
        start > /dev/null
    as_server "$bin/createdb" -h "$folder" -p "$port" -U florin florin 2> /dev/null || true
    echo "postgresql://florin@127.0.0.1:$port/florin"
}

stop() {
    as_server "$bin/pg_ctl" -D "$1/data" -m fast -w stop > /dev/null
}

case ${1:-} in
    start) start "$2" ;;
    stop) stop "$2" ;;
    run)
        shift
        folder=$(mktemp -d)
        trap 'stop "$folder" || true; rm -rf "$folder"' EXIT
        trap 'exit 1' INT TERM HUP
        DATABASE_URL=$(start "$folder")
        export DATABASE_URL
        "$@"
        ;;
    *)
        sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
