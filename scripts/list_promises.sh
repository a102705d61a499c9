#!/usr/bin/env bash
# Prints a table of docs/reference/promises.md: what was promised (docs/reference/promises.tsv: id, words, where it is
# kept) and which tests name it.
#
#   scripts/list_promises.sh A|B|C|D every line of a document, tested or not
#   scripts/list_promises.sh F|X     the failures, or the conflicts, that a test names
set -euo pipefail
cd "$(dirname "$0")/.."
find src test -path '*/node_modules' -prune -o -type f \( -name '*test.cpp' -o -name '*.test.mjs' -o -name '*.test.js' -o -path 'test/sim/*.cpp' \) -print |
  LC_ALL=C sort | GROUP=${1:?A, B, C, D, F or X} perl -e '
use strict;
my $group = $ENV{GROUP};
my %tests;
while (my $file = <STDIN>) {
    chomp $file;
    open my $in, "<", $file or die;
    local $/;
    my $text = <$in>;
    my %seen;
    while ($text =~ /\b([A-D]-[A-Z]{2}-)(\d\d)(?:\.\.(\d\d))?/g) { $seen{sprintf "%s%02d", $1, $_} = 1 for $2 .. ($3 // $2); }
    while ($text =~ /\b(F\d{1,3}|X-\d\d)\b/g) { $seen{$1} = 1; }
    push @{$tests{$_}}, $file for keys %seen;
}
open my $in, "<", "docs/reference/promises.tsv" or die;
while (<$in>) {
    chomp;
    my ($id, $words, $kept) = split /\t/, $_, -1;
    next unless $id =~ /^$group/;
    my $named = join ", ", map { "`$_`" } @{$tests{$id} // []};
    if ($group =~ /^[A-D]$/) { print "| $id | $words | $kept | $named |\n"; }
    elsif ($named) { print "| $id | $words | $named |\n"; }
}
'
