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
/// Whether it has that form; there need not be such a day.
bool is_written_as_date(std::string_view text);
/// Exactly that form, and a day that there is. Error `invalid_date`.
Result<Date> parse_date(std::string_view text);
std::int64_t days_between(Date from, Date to);
/// Stays within the calendar: before its first day comes that, after its last day that.
Date plus_days(Date date, std::int64_t days);

/// A time zone of IANA's database, as this machine has it when the zone is first asked for; its rules go on for ever.
/// Any thread; copies are cheap.
class Zone {
public:
    static Zone utc();
    /// Errors: `unknown_time_zone`; `time_zones_missing` (unavailable). Field `time_zone`.
    static Result<Zone> find(std::string_view name);
    std::string_view name() const;
    /// Which day it is there.
    Date date_of(Instant at) const;
    /// What the clocks there show.
    Millis time_of_day(Instant at) const;
    /// The moment at which that day's clocks there show `time_of_day` (0 to a day). Where a change of clocks leaves it
    /// out, the moment of the change; where it comes twice, the first. So a day has each time once (F75).
    Instant at(Date date, Millis time_of_day = Millis{0}) const;
    bool operator==(const Zone&) const = default;

private:
    explicit Zone(const void* zone) : zone_{zone} {}
    const void* zone_;
};

/// Whether this machine has a database of time zones. Error `time_zones_missing`.
Result<void> check_zones();

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
/// years keep `anchor`, so 31 January is followed by 28 February and 31 March. Number 0 begins on `first`, also where
/// that is another day than the anchor's; days and weeks have no anchor. The calendar ends on 9999-12-31.
///
/// Source: requirements A-AS-13; failures F73, F74.
Date nth(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor);

/// A half-open period: `until` is the first day that no longer belongs to it (F81).
struct Period {
    Date from, until;
    bool operator==(const Period&) const = default;
};
Period period(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor);

}  // namespace florin::calendar
