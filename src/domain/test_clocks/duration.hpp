#pragma once

#include <cstdint>
#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"

namespace florin::test_clocks {

/// A span of ISO 8601: what is counted on the calendar, and what by the clock.
struct Duration {
    std::int64_t months = 0, days = 0;
    Millis time{0};
};

/// `P1M`, `P1Y2M10DT2H`, `P2W`, `PT90S`: whole numbers, at least one. Error `invalid_duration` (field `by`).
Result<Duration> parse_duration(std::string_view text);

/// The same time of the day so many months later in the zone, on the month's last day where it is shorter; then so many
/// days; then so much time. Error `out_of_range` (field `by`): that is beyond the calendar's end.
Result<Instant> plus(Instant at, const Duration& duration, calendar::Zone zone);

}  // namespace florin::test_clocks
