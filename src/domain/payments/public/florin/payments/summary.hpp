#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

namespace florin::payments {

/// The payments that were made in [from, before).
struct Period {
    Instant from, before;
};
inline constexpr Millis longest_period = std::chrono::days{31};
/// How much of one kind a summary counts up; of a busier period it asks for a shorter one.
inline constexpr std::int64_t most_summed_up = 250'000;

/// A period of which either end may be missing: now, and a day before the end.
struct PeriodWish {
    std::optional<Instant> from, before;
};
/// Error `invalid` with the parameter's name: the period is empty or longer than `longest_period`.
Result<Period> fulfil(const PeriodWish& wish, Instant now);

/// How often something is so. `since`: of the oldest; of what has yet to come, when the first one does.
struct Tally {
    std::int64_t count = 0;
    std::optional<Instant> since;
};

/// Something that a person should look at (requirements C-IM-12).
struct Alarm {
    std::string_view code, severity, message;
    Tally tally;
};

/// What alarms are made of. The first four are of this moment, the others of the period.
struct Conditions {
    Tally unknown_for_long;  ///< Without an outcome for more than five minutes.
    Tally quarantined;       ///< Approved otherwise than asked, and not given back or decided on yet.
    Tally expiring_holds;    ///< Authorizations with something left that end within a day.
    Tally declined_often;    ///< Declines of the last hour, if more than half of at least twenty charges were.
    Tally failed_captures, failed_refunds, failed_cancels;
};
/// The most pressing first.
std::vector<Alarm> alarms_of(const Conditions& conditions);

/// How a merchant's payments are doing (requirements C-IM-13).
struct Summary {
    /// Amounts are in major units: they are sums that may be larger than any `Money`.
    struct Payments {
        std::string currency, state;
        std::int64_t count = 0;
        std::string amount, amount_captured, amount_refunded;
    };
    struct Declines {
        std::string decline_class;
        std::int64_t count = 0;
    };
    Period period;
    std::vector<Payments> payments;
    std::vector<Declines> declines;
    Tally unknown;
    std::vector<Alarm> alarms;
};

}  // namespace florin::payments
