#!/usr/bin/env bash
# Starts the built Florin with its sandbox, and shows how to make a first payment.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${DATA:-data}
listen=${LISTEN:-127.0.0.1:8480}
coproc florin { exec build/florin serve --data "$data" --listen "$listen"; }
florin_pid=${florin_PID:?}
trap 'kill -TERM "$florin_pid" 2>/dev/null; wait "$florin_pid" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM

# Once it has ended the shell closes its end of the pipe, so a copy is read.
exec {lines}<&"${florin[0]}"
origin=
while [ -z "$origin" ] && read -r line <&"$lines"; do
  echo "$line"
  case "$line" in "listening on "*) origin=${line#listening on } ;; esac
done
if [ -z "$origin" ]; then
  trap - EXIT
  cat >&2 <<EOF

Florin did not start; it says why above. Another address or folder: LISTEN=127.0.0.1:8490 DATA=other-data make run
Everything that it depends on: build/florin doctor --data $data
EOF
  exit 1
fi
key=$(cat "$data/sandbox-api-key")
cat <<EOF

Florin is ready. Its API key (of the sandbox's merchant, test-merchant): $key

Make a payment:

  curl -s $origin/api/v1/payments/purchase -H 'Authorization: Bearer $key' -d '{"amount":"12.50","currency":"EUR","card":{"number":"4111111111111111","expiry_month":12,"expiry_year":2030,"cvv":"123"}}'

The API's documents: $origin/docs
Stop with Ctrl-C.
EOF
wait "$florin_pid"
