#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "florin/base/result.hpp"

namespace florin {

using Millis = std::chrono::milliseconds;

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Instant {
    std::int64_t ms = 0;

    auto operator<=>(const Instant&) const = default;
    Instant operator+(Millis d) const { return {ms + d.count()}; }
    Instant operator-(Millis d) const { return {ms - d.count()}; }
    Millis operator-(Instant other) const { return Millis{ms - other.ms}; }
};

/// RFC 3339 in UTC with milliseconds: `2026-11-20T10:15:30.123Z`.
std::string to_text(Instant at);
inline constexpr std::size_t instant_text_size = 24;
/// Writes the characters of `to_text` at `out`.
void write_text(Instant at, char* out);

/// Reads RFC 3339 (`Z` or an offset, up to nine fractional digits, cut to milliseconds).
Result<Instant> parse_instant(std::string_view text);

}  // namespace florin
