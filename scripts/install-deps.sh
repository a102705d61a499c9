#!/usr/bin/env bash
# Installs the Debian packages and npm modules that building and testing need, if any is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  clang-22 lld-22 clang-tidy-22 clang-format-22 libclang-rt-22-dev llvm-22
  cmake ninja-build ccache make git ca-certificates curl
  libboost1.81-dev libboost-json1.81-dev libsqlite3-dev libpq-dev libssl-dev zlib1g-dev
  libfmt-dev libspdlog-dev libtomlplusplus-dev libcli11-dev
  libgtest-dev librapidcheck-dev libbenchmark-dev
  postgresql-15 postgresql-client-15 sqlite3 openssl
)
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "installing: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  # A cluster of Debian's own is not wanted: tests start throw-away ones.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
