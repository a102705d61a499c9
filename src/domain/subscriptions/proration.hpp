#pragma once

#include <cstdint>

/// What a change within a period costs or gives back, without a world.
///
/// A period is half-open and has `days`; the day of a change belongs to what is new. A price that holds for `left` of
/// the days costs price × left / days: an exact fraction. Changes follow one another, so each line is what the exact
/// sum, rounded once, grows by: whatever the sequence, all lines of a period together are the exact sum rounded once,
/// and nothing drifts.
///
/// Days and not seconds: a customer can check them on a calendar, and a change of clocks costs nobody anything.
///
/// Source: failures F81, F96.
namespace florin::subscriptions {

/// numerator / days to the nearest whole number, a half up. Whole amounts beside it change nothing:
/// rounded(n + k × days, days) is rounded(n, days) + k. `days` is at least one.
std::int64_t rounded(std::int64_t numerator, std::int64_t days);

/// Adds price × left / days to the exact sum, whose numerator it is given, and answers the line. `price_minor` is
/// negative for a credit, at most 10^12 either way; `left` is 0 to `days`; `days` is at most 1,100.
std::int64_t prorate(std::int64_t& numerator, std::int64_t price_minor, std::int64_t left, std::int64_t days);

}  // namespace florin::subscriptions
