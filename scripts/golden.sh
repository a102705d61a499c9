#!/usr/bin/env bash
# Writes the golden files anew. Read the diff like code: under test/golden and beside the tests they pin promises.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset dev >/dev/null
cmake --build build/dev -j "$(nproc)"
FLORIN_UPDATE_GOLDEN=1 ctest --test-dir build/dev --output-on-failure
git --no-pager diff --stat -- '*golden*'
