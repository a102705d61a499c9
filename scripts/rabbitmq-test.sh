#!/bin/sh
# A RabbitMQ that speaks AMQP 1.0, to try things on: in a folder of its own, on free ports of 127.0.0.1.
#
#   scripts/rabbitmq-test.sh start FOLDER   starts it and prints its URL; also a second time, with all that it held
#   scripts/rabbitmq-test.sh stop FOLDER    stops it; the folder stays
#   scripts/rabbitmq-test.sh kill FOLDER    kills it; the folder stays
#   scripts/rabbitmq-test.sh run COMMAND…   runs COMMAND with RABBITMQ_FOLDER and RABBITMQ_URL set, then removes it
#
# It has the user florin with the password florin, the topic exchange `florin`, the queue `events` that hears all of it, and the
# queue `commands`. The folder holds authority.pem, whom to trust on the TLS port (file tls-port).
set -eu

home=$(ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-*/ 2> /dev/null | sort -V | tail -1)
if [ -z "$home" ]; then
    echo "No RabbitMQ found: install the package rabbitmq-server." >&2
    exit 1
fi

prepare() {
    # Ports that are free at the moment: those that the system gives to whoever asks for any.
    node -e '
        const net = require("net"), fs = require("fs");
        const names = ["port", "tls-port", "dist-port", "epmd-port"];
        const servers = names.map(() => net.createServer());
        Promise.all(servers.map((s) => new Promise((done) => s.listen(0, "127.0.0.1", done)))).then(() => {
            servers.forEach((s, i) => { fs.writeFileSync(`${process.argv[1]}/${names[i]}`, `${s.address().port}\n`); s.close(); });
        });' "$folder"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$folder/key.pem" -out "$folder/authority.pem" \
        2> /dev/null
    cat > "$folder/rabbitmq.conf" << END
listeners.tcp.1 = 127.0.0.1:$(cat "$folder/port")
listeners.ssl.1 = 127.0.0.1:$(cat "$folder/tls-port")
ssl_options.certfile = $folder/authority.pem
ssl_options.keyfile = $folder/key.pem
load_definitions = $folder/definitions.json
log.file.level = warning
# A test may run where little is free; what it sends is small.
disk_free_limit.absolute = 10MB
vm_memory_high_watermark.relative = 0.8
END
    cat > "$folder/definitions.json" << 'END'
{"users": [{"name": "florin", "password": "florin", "tags": "administrator"}],
 "vhosts": [{"name": "/"}],
 "permissions": [{"user": "florin", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
 "exchanges": [{"name": "florin", "vhost": "/", "type": "topic", "durable": true, "auto_delete": false, "internal": false, "arguments": {}}],
 "queues": [{"name": "events", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}},
            {"name": "commands", "vhost": "/", "durable": true, "auto_delete": false, "arguments": {}}],
 "bindings": [{"source": "florin", "vhost": "/", "destination": "events", "destination_type": "queue", "routing_key": "#", "arguments": {}}]}
END
    echo '[rabbitmq_amqp1_0].' > "$folder/enabled_plugins"
}

start() {
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    [ -s "$folder/port" ] || prepare
    # Erlang's own daemon, ours alone: the usual one is shared by the machine and stays.
    export ERL_EPMD_PORT="$(cat "$folder/epmd-port")" ERL_EPMD_ADDRESS=127.0.0.1
    epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 > /dev/null 2>&1 < /dev/null &
    echo $! > "$folder/epmd-pid"
    rm -f "$folder/pid"
    HOME=$folder RABBITMQ_NODENAME="florin$(cat "$folder/port")@localhost" RABBITMQ_MNESIA_BASE="$folder/mnesia" \
        RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_CONFIG_FILE="$folder/rabbitmq" RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" RABBITMQ_PID_FILE="$folder/pid" \
        RABBITMQ_DIST_PORT="$(cat "$folder/dist-port")" RABBITMQ_ADVANCED_CONFIG_FILE="$folder/advanced" \
        RABBITMQ_GENERATED_CONFIG_DIR="$folder/generated" RABBITMQ_FEATURE_FLAGS_FILE="$folder/feature_flags" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none" \
        "$home/sbin/rabbitmq-server" > "$folder/output" 2>&1 < /dev/null &
    launched=$!
    tries=0
    # It listens when all else is done.
    until node -e 'require("net").connect(+process.argv[1], "127.0.0.1").on("connect", () => process.exit(0)).on("error", () => process.exit(1))' \
        "$(cat "$folder/tls-port")"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$launched" 2> /dev/null; then
            echo "RabbitMQ does not start:" >&2
            tail -20 "$folder/output" >&2
            stop "$folder" kill
            exit 1
        fi
        sleep 0.2
    done
    echo "amqp://florin:florin@127.0.0.1:$(cat "$folder/port")"
}

# end SIGNAL PID: sends it and waits for the end.
end() {
    kill "-$1" "$2" 2> /dev/null || return 0
    while [ -e "/proc/$2" ] && [ "$(sed 's/.*) //; s/ .*//' "/proc/$2/stat" 2> /dev/null)" != Z ]; do sleep 0.1; done
}

stop() {
    signal=TERM
    if [ "$2" = kill ]; then signal=KILL; fi
    if [ -s "$1/pid" ]; then end "$signal" "$(cat "$1/pid")"; fi
    if [ -s "$1/epmd-pid" ]; then end KILL "$(cat "$1/epmd-pid")"; fi
    rm -f "$1/pid" "$1/epmd-pid"
}

case ${1:-} in
    start) start "$2" ;;
    stop | kill) stop "$2" "$1" ;;
    run)
        shift
        RABBITMQ_FOLDER=$(mktemp -d)
        export RABBITMQ_FOLDER
        trap 'stop "$RABBITMQ_FOLDER" kill; rm -rf "$RABBITMQ_FOLDER"' EXIT
        trap 'exit 1' INT TERM HUP
        start "$RABBITMQ_FOLDER" > "$RABBITMQ_FOLDER/url"
        RABBITMQ_URL=$(cat "$RABBITMQ_FOLDER/url")
        export RABBITMQ_URL
        "$@"
        ;;
    *)
        sed -n 2,11p "$0" | sed 's/^# \{0,1\}//' >&2
        exit 2
        ;;
esac
