#!/usr/bin/env bash
# Holds the documents to the sources: fails when the map lacks a module or names one that is not there, a relative link
# leads nowhere, a decision is not listed, the payment's states are drawn otherwise, or a generated table is stale.
#
#   scripts/check_docs.sh           checks
#   scripts/check_docs.sh --write   writes the generated tables anew first
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { echo "docs: $1"; failed=1; }

# Between <!-- generated: COMMAND --> and <!-- end --> stands what COMMAND prints.
refresh() {
  awk -v file="$1" '
    /^<!-- generated: / { print; command = $0; sub(/^<!-- generated: /, "", command); sub(/ -->$/, "", command)
                          while ((command | getline line) > 0) print line; close(command); is_old = 1; next }
    /^<!-- end -->/ { is_old = 0 }
    !is_old { print }' "$1"
}
for file in $(git ls-files -co --exclude-standard 'docs/*.md' | xargs grep -l '^<!-- generated: '); do
  fresh=$(refresh "$file")
  if [ "${1:-}" = --write ]; then
    printf '%s\n' "$fresh" >"$file"
  elif [ "$fresh" != "$(cat "$file")" ]; then
    complain "$file is stale: run scripts/check_docs.sh --write"
  fi
done

# The map: `layer/module`, or `module` where the layer has one alone.
folders=$(find src -type d -name public | sed -E 's|^src/||; s|/public$||' | LC_ALL=C sort)
named=$(sed -nE 's/^\| \[`([a-z_/]+)`\]\(.*/\1/p' docs/architecture.md | LC_ALL=C sort)
missing=$(comm -23 <(echo "$folders") <(echo "$named"))
absent=$(comm -13 <(echo "$folders") <(echo "$named"))
[ -z "$missing" ] || complain "docs/architecture.md: its map lacks $(echo $missing)"
[ -z "$absent" ] || complain "docs/architecture.md: its map names what is not in src: $(echo $absent)"

# Relative links.
for file in $(git ls-files -co --exclude-standard '*.md'); do
  [ -f "$file" ] || continue
  for link in $(grep -oE '\]\([^)# ]+[)#]' "$file" | sed -E 's/^\]\(//; s/[)#]$//' | grep -vE '^[a-z]+:'); do
    [ -e "$(dirname "$file")/$link" ] || complain "$file: the link $link leads nowhere"
  done
done

# Paths that the promises name.
for path in $(grep -oE '`(src|test|db|scripts|docs)/[A-Za-z0-9_./-]+`' docs/reference/promises.md | tr -d '`' | sort -u); do
  [ -e "$path" ] || complain "docs/reference/promises.md: there is no $path"
done

for file in docs/decisions/[0-9]*.md; do
  grep -q "($(basename "$file"))" docs/decisions/README.md || complain "docs/decisions/README.md does not list $(basename "$file")"
done

for scope in $(grep -oE '"[a-z_]+:[a-z]+"' src/app/scopes.hpp | tr -d '"'); do
  grep -qF "\`$scope\`" docs/reference/cli.md || complain "docs/reference/cli.md: its scopes lack $scope"
done

declared=$(grep -oE 'Transition\{S::[a-z_]+, E::[a-z_]+, S::[a-z_]+\}' src/domain/payments/public/florin/payments/payment.hpp |
  sed -E 's/Transition\{S::([a-z_]+), E::([a-z_]+), S::([a-z_]+)\}/\1 --> \3: \2/' | LC_ALL=C sort)
drawn=$(sed -nE 's/^ *([a-z_]+ --> [a-z_]+: [a-z_]+)$/\1/p' src/domain/payments/README.md | LC_ALL=C sort)
[ "$declared" = "$drawn" ] || complain "src/domain/payments/README.md draws other transitions than payment.hpp declares:
$(diff <(echo "$declared") <(echo "$drawn"))"

[ "$failed" = 0 ] && echo "docs: in step with the sources"
exit "$failed"
