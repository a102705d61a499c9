#include "duration.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace florin::test_clocks {
namespace {

/// So no sum comes near what fits.
constexpr std::int64_t largest_number = 9'999'999;

std::unexpected<Error> wrong() {
    return fail(ErrorKind::invalid, "invalid_duration",
                "Give a duration of ISO 8601 in whole numbers, such as P1M, P1Y2M10DT2H or P2W.", "by");
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    if (!text.starts_with('P')) return wrong();
    text.remove_prefix(1);
    Duration sum;
    // In this order, each at most once.
    constexpr std::string_view date_units = "YMWD", time_units = "HMS";
    std::string_view units = date_units;
    bool is_time = false, is_any = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !is_time) {
            text.remove_prefix(1);
            units = time_units;
            is_time = true;
            if (text.empty()) return wrong();
            continue;
        }
        std::int64_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = failure == std::errc{} && text.front() != '-' && number <= largest_number;
        if (!is_number || end == text.data() + text.size()) return wrong();
        const char unit = *end;
        const std::size_t place = units.find(unit);
        if (place == std::string_view::npos) return wrong();
        units.remove_prefix(place + 1);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
        is_any = true;
        if (is_time)
            sum.time += Millis{number * (unit == 'H' ? 3'600'000 : unit == 'M' ? 60'000 : 1'000)};
        else if (unit == 'Y' || unit == 'M')
            sum.months += number * (unit == 'Y' ? 12 : 1);
        else
            sum.days += number * (unit == 'W' ? 7 : 1);
    }
    if (!is_any) return wrong();
    return sum;
}

Result<Instant> plus(Instant at, const Duration& duration, calendar::Zone zone) {
    const calendar::Date from = zone.date_of(at), last = calendar::plus_days(from, INT64_MAX);
    const auto too_far = [] {
        return fail(ErrorKind::invalid, "out_of_range", "That leads beyond the year 9999, where the calendar ends.",
                    "by");
    };
    Instant moved = at;
    if (duration.months != 0 || duration.days != 0) {
        // Counted roughly first: the calendar would stop at its end without a word.
        const std::int64_t room = calendar::days_between(from, last);
        if (duration.months / 12 > room / 365 || duration.days > room) return too_far();
        const calendar::Date in_months = calendar::nth(from, {.unit = calendar::Unit::month, .count = 1},
                                                       duration.months, static_cast<unsigned>(from.day()));
        const calendar::Date reached = calendar::plus_days(in_months, duration.days);
        if (reached == last) return too_far();
        moved = zone.at(reached, zone.time_of_day(at));
    }
    moved = moved + duration.time;
    if (moved > zone.at(last)) return too_far();
    return std::max(at, moved);
}

}  // namespace florin::test_clocks
