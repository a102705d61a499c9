#include "forecast.hpp"

#include <algorithm>

#include "billing_impl.hpp"

namespace florin::billing {
namespace {

Expected expected_of(const Charge& charge) {
    return {.owner_kind = charge.owner_kind,
            .owner = charge.owner,
            .purpose = charge.purpose,
            .number = charge.number,
            .is_refund = charge.is_refund,
            .customer_id = charge.customer_id,
            .due_date = charge.due_date,
            .amount = charge.amount};
}

void add_to(std::vector<Total>& totals, const Expected& what) {
    const Currency currency = what.amount.currency();
    auto at = std::ranges::lower_bound(totals, currency, {}, &Total::currency);
    if (at == totals.end() || at->currency != currency) at = totals.insert(at, Total{.currency = currency});
    (what.is_refund ? at->refunds_minor : at->charges_minor) += what.amount.minor();
}

}  // namespace

Result<Forecast> Billing::Impl::foresee(Reader& reader, MerchantId merchant, calendar::Date until) const {
    const merchants::Profile profile = on.merchants.profile(reader, merchant);
    const calendar::Date today = on.merchants.today(reader, merchant);
    if (until < today || calendar::days_between(today, until) > longest_forecast_days)
        return fail(ErrorKind::invalid, "invalid_forecast_period", "Give a day from today to three years from now.",
                    "until");
    Forecast forecast{.from = today, .until = until, .items = {}, .totals = {}};
    for (Charge& charge : rows::open_charges(reader, merchant, most_foreseen + 1)) {
        const calendar::Date date = charge.retry_on.value_or(charge.due_date);
        if (date > until) continue;
        Expected what = expected_of(charge);
        forecast.items.push_back({.date = date, .what = std::move(what), .charge = std::move(charge)});
    }
    // All of the last day is part of it.
    const Instant end = on.merchants.due_at(profile, calendar::plus_days(until, 1));
    for (const auto& [kind, owner] : owners) {
        if (!owner.forecast) continue;
        for (Expected& what : owner.forecast(reader, merchant, end)) {
            const calendar::Date date = what.due_date;
            forecast.items.push_back({.date = date, .what = std::move(what), .charge = std::nullopt});
        }
    }
    if (forecast.items.size() > most_foreseen)
        return fail(ErrorKind::invalid, "forecast_too_large", "There is too much to foresee: ask for fewer days.",
                    "until");
    std::ranges::sort(forecast.items, {}, [](const Foreseen& item) {
        return std::tuple{item.date, item.what.owner_kind, item.what.owner, item.what.purpose, item.what.number};
    });
    for (const Foreseen& item : forecast.items) add_to(forecast.totals, item.what);
    return forecast;
}

}  // namespace florin::billing
