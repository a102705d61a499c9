"""Prints SQL that adds COUNT merchants, each with one API key, and writes the keys to a file.

    seed_merchants.py sqlite|postgres COUNT KEYS_FILE

For the benchmark alone: `florin admin` makes one at a time.
"""

import hashlib
import sys

engine, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
first = 1_000  # Beyond the merchants that Florin has made itself.


def octets(data):
    return f"X'{data.hex()}'" if engine == "sqlite" else f"'\\x{data.hex()}'"


def identifier(number):
    data = (0x0198A7C0_0000_7000_8000_000000000000 + number).to_bytes(16, "big")
    return octets(data) if engine == "sqlite" else f"'{data.hex()}'"


print("BEGIN;")
with open(path, "w") as keys:
    for number in range(first, first + count):
        key = f"fk_test_{number:043d}"
        keys.write(key + "\n")
        print(f"INSERT INTO merchants (id, name, connector, time_zone, default_currency, is_active, is_sandbox, created_at, "
              f"updated_at, version) VALUES ({number}, 'bench-{number}', 'authorize_net', 'UTC', 'EUR', 1, 1, 1, 1, 1);")
        print(f"INSERT INTO api_keys (merchant_id, id, hash, label, scopes, expires_at, revoked_at, rotated_from, created_at) "
              f"VALUES ({number}, {identifier(number)}, {octets(hashlib.sha256(key.encode()).digest())}, 'bench', '*', "
              f"NULL, NULL, NULL, 1);")
print("COMMIT;")
