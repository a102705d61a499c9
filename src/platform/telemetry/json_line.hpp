#pragma once

#include <string>
#include <string_view>

namespace florin::telemetry {

/// Appends the text as a JSON string with its quotes. Control characters, also those above 127 that
/// terminals obey, are escaped, and what is not UTF-8 becomes U+FFFD: one value can neither end a
/// line nor move a cursor (F144).
void append_json_text(std::string& out, std::string_view text);

}  // namespace florin::telemetry
