#!/usr/bin/env bash
# Installs what is missing of the Debian 12 packages that Florin needs; asks for root only then.
#
#   scripts/install-deps.sh        all that building and testing need
#   scripts/install-deps.sh build  what `make run` and `make build` need
set -euo pipefail
cd "$(dirname "$0")/.."

# The oldest Node that the tests run on (its test runner takes --test-concurrency). Debian 12's own is new enough.
oldest_node=18.19

packages=(
  clang-22 lld-22 cmake ninja-build ccache make ca-certificates curl
  libboost1.81-dev libboost-json1.81-dev libsqlite3-dev libpq-dev libssl-dev zlib1g-dev
  libfmt-dev libspdlog-dev libtomlplusplus-dev libcli11-dev libkainjow-mustache-dev libcurl4-openssl-dev
  libqpid-proton-cpp12-dev libsasl2-modules libabsl-dev tzdata libpng-dev fonts-open-sans fonts-dejavu-core
)
case ${1:-all} in
  build) ;;
  all)
    packages+=(
      clang-tidy-22 clang-format-22 libclang-rt-22-dev llvm-22 git
      libgtest-dev librapidcheck-dev libbenchmark-dev
      postgresql-15 postgresql-client-15 poppler-utils sqlite3 openssl rabbitmq-server prometheus
    )
    command -v python3 >/dev/null || packages+=(python3)
    # A newer Node than Debian's may stand on the path, and brings an npm of its own.
    command -v node >/dev/null || packages+=(nodejs)
    command -v npm >/dev/null || packages+=(npm)
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

give_up() {
  printf 'install-deps: %s\n' "$@" >&2
  exit 1
}

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "installing: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      give_up "packages are missing, and there is no sudo to install them. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  for package in "${missing[@]}"; do
    [ -n "$(apt-cache madison "$package" 2>/dev/null)" ] || unknown+=("$package")
  done
  if [ -n "${unknown:-}" ]; then
    give_up "apt does not know: ${unknown[*]}" \
      "On Debian 12 they come from the suites bookworm, bookworm-updates and bookworm-security (clang 22 from the last)." \
      "See that /etc/apt/sources.list.d names all three, component main, then try again."
  fi
  # A cluster of Debian's own is not wanted: tests start throw-away ones.
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  # Nor are a broker and a Prometheus that run as services: the tests start the one and use a tool of the other.
  policy=/usr/sbin/policy-rc.d
  if [[ " ${missing[*]} " =~ " rabbitmq-server "|" prometheus " ]] && [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  log=$(mktemp)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=120 --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
    tail -20 "$log" >&2
    give_up "apt-get could not install them; all that it said is in $log"
  }
  rm -f "$log"
fi

if [ "${1:-all}" = all ]; then
  node=$(node --version | tr -d v)
  [ "$(printf '%s\n' "$oldest_node" "$node" | sort -V | head -1)" = "$oldest_node" ] ||
    give_up "the node on the path is $node; the tests need $oldest_node or later. Take it off the path or renew it."
fi
