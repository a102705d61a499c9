#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agenda_store.hpp"
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

/// How far a reader of a forecast has come. What is to come is found where the run will find it: charges that are open,
/// turns that are being taken, and the agenda.
struct ForecastPlace {
    enum class Part { pending, processing, retrying, turns, agenda };
    Part part = Part::pending;
    ChargeId charge = {};   ///< Of the charges.
    std::string turn = {};  ///< Of the turns that are being taken.
    rows::AgendaPlace agenda = {};

    std::string text() const;
    static std::optional<ForecastPlace> parse(std::string_view text);
};

struct ForecastWish {
    calendar::Date until;
    ForecastPlace after = {};
    std::size_t limit = 1'000;
};

struct Forecast {
    calendar::Date from, until;
    std::vector<Foreseen> items;        ///< By day, then by owner. An owner's stay together on one page.
    std::vector<Total> totals;          ///< Of these, by currency.
    std::optional<ForecastPlace> next;  ///< Nothing: that is all.
};

/// So many, and what the last owner has more, can be summed up without an overflow (F90).
inline constexpr std::size_t most_foreseen = 5'000;
inline constexpr std::int64_t longest_forecast_days = 1'100;

}  // namespace florin::billing
