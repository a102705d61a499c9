#pragma once

#include <string>
#include <string_view>

namespace florin::telemetry {

/// The text with everything masked that looks like a secret:
/// - 13 to 19 digits that pass Luhn's check, also with spaces or dashes between them (13 digits that begin with 1
///   are a moment in milliseconds and stay, as do ids of RFC 9562's form);
/// - our API keys (`fk_live_…`) and whatever follows `Bearer` or `Basic`;
/// - the value after a name such as `cvv`, `card_number` or `password`, in JSON, forms or headers.
///
/// A second line of defence (F145): secrets have types that do not get here.
std::string scrub(std::string_view text);

/// True for names whose value is never shown: `cvv`, `cardCode`, `Card-Number`, `authorization`, `password` …
bool is_secret_name(std::string_view name);

}  // namespace florin::telemetry
