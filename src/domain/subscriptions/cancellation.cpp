#include "cancellation.hpp"

#include <algorithm>

#include "life.hpp"
#include "proration.hpp"

namespace florin::subscriptions {
namespace {

using billing::Charge;
using billing::ChargeStatus;
using billing::Purpose;

/// What days that are left of the current period cost. A trial's cost nothing.
std::int64_t unused_minor(const Subscription& subscription, calendar::Date today) {
    if (subscription.period_number == 0) return 0;
    const std::int64_t days = calendar::days_between(subscription.period.from, subscription.period.until);
    std::int64_t numerator = subscription.prorated_numerator;
    return -prorate(numerator, -total_minor(subscription), days_left(subscription, today), days);
}

struct Sums {
    std::int64_t paid = 0;        ///< Of the last period, what is there.
    std::int64_t given_back = 0;  ///< By its end.
    std::int64_t taken = 0;       ///< By all charges, less all refunds.
};
Sums sums_of(const Subscription& subscription, std::span<const Charge> charges) {
    Sums sums;
    for (const Charge& charge : charges) {
        if (charge.is_refund) {
            // One that failed is with a person, so that nothing is given back twice.
            const std::int64_t given =
                charge.status == ChargeStatus::canceled ? charge.done_minor : charge.amount.minor();
            sums.taken -= given;
            if (charge.purpose == Purpose::final_amount) sums.given_back += given;
        } else {
            sums.taken += billing::kept_minor(charge);
            if (is_of_period(charge, subscription)) sums.paid += billing::kept_minor(charge);
        }
    }
    return sums;
}

bool survives(const Charge& charge, const calendar::Period& period, bool ended_with_period) {
    return charge.purpose == Purpose::final_amount || (ended_with_period && charge.due_date < period.until);
}

}  // namespace

bool is_of_period(const Charge& charge, const Subscription& subscription) {
    if (charge.is_refund) return false;
    if (charge.purpose == Purpose::period) return charge.number == subscription.period_number;
    return charge.purpose == Purpose::proration && charge.due_date >= subscription.period.from;
}

Settlement settle_end(const Subscription& subscription, const Account& account, Mode mode, calendar::Date today) {
    Settlement settled{.rest_minor = std::max(account.waiting_minor, std::int64_t{0})};
    for (const Charge& charge : account.charges)
        if (!charge.is_refund && billing::is_open(charge.status) &&
            !survives(charge, subscription.period, mode == Mode::with_period))
            settled.prevented.push_back(charge.id);
    if (mode != Mode::giving_back) return settled;

    std::int64_t charged = 0, paid = 0;
    for (const Charge& charge : account.charges) {
        if (!is_of_period(charge, subscription)) continue;
        charged += charge.amount.minor();
        // What others have taken or given back is not asked for again.
        paid += billing::paid_minor(charge);
    }
    const std::int64_t used = charged + account.waiting_minor - unused_minor(subscription, today);
    settled.rest_minor = std::clamp(used - paid, std::int64_t{0}, settled.rest_minor);
    Subscription ended = subscription;
    ended.kept_minor = settled.kept_minor = used - settled.rest_minor;
    settled.back_minor = owed_back_minor(ended, account.charges);
    return settled;
}

std::int64_t owed_back_minor(const Subscription& subscription, std::span<const Charge> charges) {
    if (!subscription.kept_minor) return 0;
    const Sums sums = sums_of(subscription, charges);
    return std::clamp(sums.paid - *subscription.kept_minor - sums.given_back, std::int64_t{0},
                      std::max(sums.taken, std::int64_t{0}));
}

std::int64_t excess_back_minor(const Subscription& subscription, std::span<const Charge> charges) {
    if (!subscription.kept_minor) return 0;
    const Sums sums = sums_of(subscription, charges);
    return std::max<std::int64_t>(0, *subscription.kept_minor + sums.given_back - sums.paid);
}

bool outlives(const Charge& charge, const Subscription& subscription) {
    return survives(charge, subscription.period, subscription.cancels_at_period_end);
}

std::int64_t final_number(const Subscription& subscription) { return subscription.change_count + 2; }

std::int64_t late_refund_number(const Subscription& subscription, const Charge& paid) {
    // The first is 1, changes are numbered from 1, and no period begins once it has ended.
    if (paid.purpose == Purpose::proration) return paid.number + 1;
    return final_number(subscription) + 1 + subscription.period_number - paid.number;
}

}  // namespace florin::subscriptions
