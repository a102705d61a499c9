#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

/// Days and periods, in the proleptic Gregorian calendar and in the time zones of IANA. Pure: nothing here asks what
/// time it is.
namespace florin::calendar {

/// A day on somebody's calendar, from 1970 to 9999, without a moment.
using Date = std::chrono::year_month_day;

/// `2028-02-29`.
std::string to_text(Date date);
/// Exactly that form, and a day that there is. Error `invalid_date`.
Result<Date> parse_date(std::string_view text);
std::int64_t days_between(Date from, Date to);
Date plus_days(Date date, std::int64_t days);

/// A time zone of IANA's database. Any thread; copies are cheap.
class Zone {
public:
    static Zone utc();
    /// Error `unknown_time_zone` (field `time_zone`).
    static Result<Zone> find(std::string_view name);
    std::string_view name() const;
    /// Which day it is there.
    Date date_of(Instant at) const;
    /// The moment at which that day's clocks there show `time_of_day` (0 to a day). Where a change of clocks leaves it
    /// out, the moment of the change; where it comes twice, the first. So a day has each time once (F75).
    Instant at(Date date, Millis time_of_day = Millis{0}) const;

private:
    explicit Zone(const void* zone) : zone_{zone} {}
    const void* zone_;
};

enum class Unit { day, week, month, quarter, year };
std::string_view to_text(Unit unit);
std::optional<Unit> parse_unit(std::string_view text);

/// Every `count` units; `count` is 1 to 366.
struct Cycle {
    Unit unit = Unit::month;
    std::int64_t count = 1;
    bool operator==(const Cycle&) const = default;
};

/// The day `anchor` (1–31) of that month, or its last day where it is shorter.
///
/// Source: requirements A-AS-13; failures F73.
Date anchored(std::chrono::year_month month, unsigned anchor);
/// The first day `anchor` on or after `start`. Source: requirements X-28.
Date first_on_or_after(Date start, unsigned anchor);
/// Where period number `n` (from 0) begins, counted from `first` and never from the period before: months, quarters and
/// years keep `anchor`, so 31 January is followed by 28 February and 31 March.
Date nth(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor);

/// A half-open period: `until` is the first day that no longer belongs to it (F81).
struct Period {
    Date from, until;
    bool operator==(const Period&) const = default;
};
Period period(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor);

}  // namespace florin::calendar
