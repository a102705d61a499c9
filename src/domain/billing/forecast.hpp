#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/billing/billing.hpp"

namespace florin::billing {

/// Something that will be charged, or is being.
struct Foreseen {
    calendar::Date date;  ///< When: the due day, or the day of the next attempt.
    Expected what;
    std::optional<Charge> charge;  ///< Nothing: it is not due yet.
};

struct Total {
    Currency currency;
    std::int64_t charges_minor = 0, refunds_minor = 0;
};

struct Forecast {
    calendar::Date from, until;
    std::vector<Foreseen> items;  ///< By day, then by owner.
    std::vector<Total> totals;    ///< By currency.
};

/// So many can be summed up without an overflow (F90).
inline constexpr std::size_t most_foreseen = 5'000;
inline constexpr std::int64_t longest_forecast_days = 1'100;

}  // namespace florin::billing
