#pragma once

#include <bitset>
#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

namespace florin::jobs {

/// A cron expression: minute, hour, day of month, month, day of week, with an optional field for
/// seconds before them. `*`, numbers, ranges, lists, steps, names (`JAN`, `MON`), Sunday as 0 or 7.
/// When both days are restricted, either will do, as everywhere. Moments are in UTC.
class Cron {
public:
    /// Error `invalid_schedule` (field `cron`), also for dates that never come.
    static Result<Cron> parse(std::string_view text);
    /// The first moment after `moment` that matches, in whole seconds.
    Instant next(Instant moment) const;

private:
    bool matches_day(Instant midnight) const;
    std::bitset<60> seconds_, minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool is_any_day_ = false;
    bool is_any_weekday_ = false;
};

}  // namespace florin::jobs
