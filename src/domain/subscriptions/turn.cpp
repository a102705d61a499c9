// What time brings: periods, ends of trials, what is paid and what is not.

#include <algorithm>

#include "cancellation.hpp"
#include "florin/base/check.hpp"
#include "life.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"

namespace florin::subscriptions {

using billing::ChargeStatus;
using billing::Purpose;

Result<void> Subscriptions::Impl::take_turn(Tx& tx, MerchantId merchant, const Uuid& id, Instant due_at) const {
    auto found = rows::lock(tx, merchant, SubscriptionId{id});
    check(found.has_value(), "whose turn comes is there");
    Subscription& subscription = *found;
    const Today today = today_of(tx, merchant);
    // Whether the day has come is asked anew: the zone's rules, or the billing hour, may have changed meanwhile (F76).
    // So may the clock, which somebody may have put back.
    const Instant latest = std::min(due_at, today.now);
    const auto has_come = [&](const std::optional<calendar::Date>& day) { return day && today.due_at(*day) <= latest; };
    const Asker asker = the_clock(subscription);
    Charges charges;
    std::string_view what;
    const bool is_over = subscription.status != Status::canceled && subscription.cancels_at_period_end &&
                         has_come(subscription.period.until);
    if (subscription.status == Status::canceled) {
        // Whoever canceled it took its turn away.
    } else if (is_over) {
        end(tx, subscription, Mode::with_period, today, charges);
        what = "canceled";
    } else if (subscription.status == Status::paused) {
        if (has_come(subscription.resume_on)) what = resume(tx, subscription, *subscription.resume_on, today, charges);
    } else if (has_come(subscription.next_billing_date)) {
        if (!on.collector.may_bill(tx, merchant, backlog(subscription, today))) {
            // Its turn comes again when a person lets it go on.
            if (subscription.is_held) return {};
            subscription.is_held = true;
            what = "held";
        } else {
            subscription.is_held = false;
            what = subscription.status == Status::trialing ? "activated" : "renewed";
            if (const auto active = next(subscription.status, Happening::trial_ended)) subscription.status = *active;
            charge_period(tx, subscription, charges);
        }
    } else if (subscription.status == Status::trialing && !subscription.is_trial_notice_sent &&
               has_come(calendar::plus_days(*subscription.trial_end_date, -trial_notice_days))) {
        subscription.is_trial_notice_sent = true;
        what = "trial_ending";
    }
    if (what.empty())
        put_turn(tx, subscription, today);
    else
        finish(tx, subscription, today, what, asker, charges);
    return {};
}

bool Subscriptions::Impl::wants(Tx& tx, const billing::Charge& charge) const {
    const auto subscription = rows::lock(tx, charge.merchant, SubscriptionId{charge.owner});
    check(subscription.has_value(), "what is charged for is there");
    return subscription->status != Status::canceled || outlives(charge, *subscription);
}

std::int64_t Subscriptions::Impl::excess_minor(Tx& tx, const billing::Charge& refund) const {
    const auto subscription = rows::lock(tx, refund.merchant, SubscriptionId{refund.owner});
    check(subscription.has_value(), "what is given back of is there");
    return excess_back_minor(*subscription, on.collector.charges_of(tx, refund.merchant, refund.owner));
}

void Subscriptions::Impl::hear(Tx& tx, const billing::Charge& charge) const {
    const bool says_something = charge.status == ChargeStatus::retrying || !billing::is_open(charge.status);
    if (charge.is_refund || !says_something) return;
    auto found = rows::lock(tx, charge.merchant, SubscriptionId{charge.owner});
    check(found.has_value(), "what is charged for is there");
    Subscription& subscription = *found;
    const Today today = today_of(tx, charge.merchant);
    const bool is_current = charge.purpose == Purpose::period && charge.number == subscription.period_number;
    const bool is_paid = charge.status == ChargeStatus::succeeded;
    Charges charges;
    std::string_view what;

    if (subscription.status == Status::canceled) {
        if (!is_paid) return;
        const auto known = on.collector.charges_of(tx, subscription.merchant, subscription.id.value);
        const std::int64_t back = owed_back_minor(subscription, known);
        if (back == 0) return;
        // What has come back of it before, and gone again, has had its refund.
        std::int64_t number = late_refund_number(subscription, charge);
        const auto is_taken = [&](const billing::Charge& one) {
            return one.purpose == Purpose::final_amount && one.number == number;
        };
        while (std::ranges::any_of(known, is_taken)) ++number;
        charges.made.push_back(refund_of(tx, subscription, number, back, today));
        finish(tx, subscription, today, "refunded", the_clock(subscription), charges);
        return;
    }

    const bool was_unpaid = subscription.is_period_unpaid;
    switch (charge.status) {
        case ChargeStatus::pending:
        case ChargeStatus::processing:
            return;
        case ChargeStatus::retrying:
            if (const auto status = next(subscription.status, Happening::payment_failed)) {
                subscription.status = *status;
                what = "past_due";
            }
            break;
        case ChargeStatus::succeeded:
        case ChargeStatus::canceled:
            if (is_current) subscription.is_period_unpaid = !is_paid;
            if (subscription.status == Status::past_due && !owes(tx, subscription)) {
                subscription.status = *next(subscription.status, Happening::caught_up);
                what = "recovered";
            } else if (was_unpaid != subscription.is_period_unpaid) {
                what = "updated";
            }
            break;
        case ChargeStatus::failed:
            if (is_current) subscription.is_period_unpaid = true;
            what = "payment_failed";
            if (charge.ending == billing::Ending::cancel) {
                end(tx, subscription, Mode::keeping, today, charges);
                what = "canceled";
            } else if (const auto status = next(subscription.status, Happening::payment_failed)) {
                subscription.status = *status;
                what = "past_due";
            }
            break;
    }
    if (what.empty()) return;
    finish(tx, subscription, today, what, the_clock(subscription), charges);
}

std::vector<billing::Expected> Subscriptions::Impl::forecast(Reader& reader, MerchantId merchant, const Uuid& id,
                                                             Instant until) const {
    auto found = rows::find_readable(reader, merchant, SubscriptionId{id});
    if (!found || found->status == Status::canceled || found->is_held) return {};
    Subscription& subscription = *found;
    const Today today = today_of(reader, merchant);
    if (subscription.status == Status::paused) {
        const auto& resume_on = subscription.resume_on;
        const bool ends_first =
            subscription.cancels_at_period_end && (!resume_on || *resume_on >= subscription.period.until);
        if (!ends_first && !resume_on) return {};
        // As `resume` will.
        if (ends_first || *resume_on < subscription.period.until)
            subscription.next_billing_date = subscription.period.until;
        else
            count_from(subscription, *resume_on);
    }
    std::vector<billing::Expected> expected;
    const auto expect = [&](Purpose purpose, std::int64_t number, calendar::Date due_date, std::int64_t amount_minor) {
        const auto amount = Money::of(amount_minor, subscription.price.amount.currency());
        check(amount.has_value(), "what periods cost is so bounded that lines can be added up");
        expected.push_back({.owner_kind = std::string{owner_kind},
                            .owner = subscription.id.value,
                            .purpose = purpose,
                            .number = number,
                            .is_refund = false,
                            .customer_id = subscription.customer_id,
                            .due_date = due_date,
                            .amount = *amount,
                            .description = subscription.name});
    };
    std::int64_t pending_minor = 0;
    // What has never had a line has none that waits.
    if (subscription.line_count > 0)
        for (const PendingLine& line : rows::pending_lines(reader, merchant, subscription.id))
            pending_minor += line.amount_minor;
    while (subscription.next_billing_date && today.due_at(*subscription.next_billing_date) < until) {
        const auto upcoming = take_next(subscription, pending_minor);
        if (!upcoming) break;
        expect(Purpose::period, upcoming->number, upcoming->due_date, upcoming->amount_minor);
    }
    const calendar::Date end = subscription.period.until;
    if (subscription.cancels_at_period_end && pending_minor > 0 && today.due_at(end) < until)
        expect(Purpose::final_amount, final_number(subscription), end, pending_minor);
    return expected;
}

}  // namespace florin::subscriptions
