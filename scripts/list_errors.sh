#!/usr/bin/env bash
# Prints the table of error codes, as docs/reference/errors.md shows it, from the sources.
#
#   scripts/list_errors.sh api       what a request can be answered with
#   scripts/list_errors.sh command   what the command line and the start can end with
set -euo pipefail
cd "$(dirname "$0")/.."
audience=${1:?api or command}

find src -name '*.cpp' -o -name '*.hpp' | grep -vE '/test/|^src/domain/broker/|broker_commands|^src/sandbox/|^src/connectors/|simulation|(webhooks|notifications)/deliver' | LC_ALL=C sort |
  AUDIENCE=$audience perl -e '
use strict;
my %status = (invalid => 422, unauthenticated => 401, forbidden => 403, not_found => 404, conflict => 409, mismatch => 422,
              declined => 402, rate_limited => 429, too_large => 413, unavailable => 503, outcome_unknown => 202);
# As in src/platform/http/problem.cpp.
my %special = (malformed_json => 400, json_too_deep => 400, duplicate_field => 400, malformed_query => 400,
               method_not_allowed => 405, internal_error => 500);
# They are handled inside and never leave.
my %inside = map { $_ => 1 } qw(recorded_meanwhile lease_lost bad_url bad_header not_connected no_answer malformed_audit_head
                                invalid_schedule exception queued_meanwhile address_refused invalid_network);
# Whose folders speak to whom.
my %folder = (api => qr{^src/(base|platform/(json|http|store)|core|domain)/|^src/app/system_routes|card\.cpp|pan_in_text\.cpp|keyring\.cpp},
              command => qr{^src/(app/(?!system_routes)|platform/(http/(tls|server)|security/key|store)|core/identity)});
my %only_command = map { $_ => 1 } qw(bad_certificate cannot_listen schema_changed schema_too_new data_directory_in_use
    data_directory_unusable api_key_not_found api_key_not_valid merchant_exists invalid_merchant_name missing_connector
    key_ring_malformed key_ring_missing key_ring_differs invalid_scope label_too_long expiry_in_the_past merchant_numbers_contended invalid_time_zone unsupported_time_zone);
my $audience = $ENV{AUDIENCE};
# Where one code has several messages, or one that is put together.
my %message = (wrong_type => "The value has another type than this field.", too_long => "The text is longer than this field allows.",
    too_short => "The text is shorter than this field allows.", currency_mismatch => "The currency is not the payment\x27s.",
    malformed_json => "The body is not JSON; the message says where.", invalid_parameter => "A query parameter has a value that it cannot have.",
    missing_field => "This field or parameter is required.", missing_scope => "The API key lacks the scope of this route.",
    out_of_range => "The number is outside what is allowed.", method_not_allowed => "This path takes other methods, which the message and Allow name.", invalid_card_number => "Not 12 to 19 digits, or a wrong check digit.", invalid_iban => "Not the IBAN of a country of the SEPA area, or its length or check digits are wrong.",
    bad_host => "The request names no host, or names it twice.", wrong_transaction_type => "Only a purchase or capture can be refunded, only an authorization captured or canceled.",
    json_too_large => "The JSON is too long or has too many values.", invalid_event_type => "A type of events is not written as florin.payment.captured or florin.payment.*, or there are more than 20.",
    key_missing => "A field is sealed under a key that keys.json lacks.",
    admin_socket_unusable => "The socket for the command line cannot be made in the data directory.", bad_certificate => "A certificate or key file cannot be used.",
    cannot_listen => "The address is taken or not this machine\x27s.", data_directory_in_use => "Another process has this data directory.",
    data_directory_unusable => "The data directory cannot be written.", invalid_configuration => "A setting or flag is unknown or wrong; it is named.",
    key_file_unwritable => "sandbox-api-key cannot be written.", key_ring_differs => "keys.json is not the one that this database was made with.",
    key_ring_malformed => "keys.json is damaged.", key_ring_missing => "There is a database but no keys.json.",
    key_ring_too_open => "keys.json or its directory can be reached by other users.", key_ring_unreadable => "keys.json cannot be read or written.",
    schema_changed => "A migration that was applied had other statements.", schema_too_new => "The database was made by a newer Florin.",
    invalid_scope => "A key needs scopes such as payments:read, payments:write, or * for all.", api_key_not_found => "This merchant has no such API key.",
    no_installation => "No Florin has its data where --data or --database points.",
    unsupported_time_zone => "This time zone is not supported.", provider_unavailable => "The payment provider cannot be reached. Nothing was done; repeat the request later.");
my %http;
sub add {
    my ($file, $code, $http, $text) = @_;
    return if $inside{$code} or $file !~ $folder{$audience};
    return if $audience eq "api" and $only_command{$code};
    # What the stores and identity say to requests is not for the command line.
    return if $audience eq "command" and $file =~ m{^src/(platform/(store|http)|core/identity)/} and not $only_command{$code};
    $text =~ s/"\s*"//g;
    $text =~ s/\\"/"/g;
    $text =~ s/\s*\|\s*/ or /g;
    $message{$code} = $text if not exists $message{$code} or length $message{$code} == 0;
    $http{$code}{$http} = 1;
}
my $string = qr/"((?:[^"\\]|\\.)*(?:"\s*"(?:[^"\\]|\\.)*)*)"/;
while (my $file = <STDIN>) {
    chomp $file;
    open my $in, "<", $file or die;
    local $/;
    my $source = <$in>;
    while ($source =~ /ErrorKind::(\w+),\s*"(\w+)"(?:,\s*$string)?/g) {
        add($file, $2, $special{$2} // $status{$1}, $3 // "");
    }
    # Refusals of the HTTP edge, which name their status themselves.
    if ($file =~ m{platform/http}) {
        while ($source =~ /[{(](\d{3}),\s*"(\w+)",\s*$string/g) { add($file, $2, $1, $3); }
    }
    if ($file =~ m{platform/json}) {
        while ($source =~ /refuse\(error, "(\w+)",\s*(?:$string)?/g) { add($file, $1, 422, $2 // ""); }
    }
    if ($file =~ m{/payments/}) {
        while ($source =~ /conflict\("(\w+)",\s*(?:[^"]*?\?\s*)?$string/g) { add($file, $1, 409, $2); }
    }
}
for my $code (sort keys %http) {
    my $text = length $message{$code} ? $message{$code} : "(told in full by the message)";
    print $audience eq "api" ? "| `$code` | " . join(", ", sort keys %{$http{$code}}) . " | $text |\n" : "| `$code` | $text |\n";
}
'
