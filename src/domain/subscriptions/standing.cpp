// Canceled, paused, resumed, let go: what people decide about a subscription as a whole.

#include <algorithm>

#include "florin/base/check.hpp"
#include "life.hpp"
#include "proration.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"

namespace florin::subscriptions {
namespace {

void move(Subscription& subscription, Happening by) {
    const auto to = next(subscription.status, by);
    check(to.has_value(), "only what the table has happens to a subscription");
    subscription.status = *to;
}

/// Refunds of a cancellation: the first is that of the period, then one for each change that was paid too late.
constexpr std::int64_t period_refund = 1;

}  // namespace

Task<Result<Done>> Subscriptions::cancel(Asker asker, idempotency::Guard guard, SubscriptionId id, When when,
                                         Refund refund) {
    Impl& my = *impl_;
    Impl::Act act = [&my, when, refund](Tx& tx, Subscription& subscription, const Today& today,
                                        Impl::Charges& charges) -> Result<std::string_view> {
        // Once more is once (F86).
        if (subscription.status == Status::canceled) return std::string_view{};
        if (when == When::period_end) {
            if (subscription.cancels_at_period_end) return std::string_view{};
            subscription.cancels_at_period_end = true;
            return std::string_view{"cancellation_scheduled"};
        }
        my.end(tx, subscription, today.now, refund, today, charges);
        return std::string_view{"canceled"};
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, std::nullopt, std::move(act));
}

void Subscriptions::Impl::end(Tx& tx, Subscription& subscription, Instant at, Refund refund, const Today& today,
                              Charges& charges, std::optional<billing::ChargeId> but) const {
    const bool was_trial = subscription.status == Status::trialing;
    const std::int64_t left = was_trial ? 0 : days_left(subscription, today.date);
    const bool gives_back = refund == Refund::unused && left > 0;
    std::int64_t unused = 0, waiting = 0;
    if (gives_back) {
        const std::int64_t days = calendar::days_between(subscription.period.from, subscription.period.until);
        unused = -prorate(subscription.prorated_numerator, -total_minor(subscription), left, days);
    }
    for (const PendingLine& line : rows::pending_lines(tx, subscription.merchant, subscription.id))
        waiting += line.amount_minor;
    std::int64_t taken = 0;
    bool is_paid = false, has_open = false;
    for (const billing::Charge& charge : on.collector.charges_of(tx, subscription.merchant, subscription.id.value)) {
        const bool is_done = charge.status == billing::ChargeStatus::succeeded;
        const bool is_waiting = billing::is_open(charge.status) && charge.id != but;
        if (charge.is_refund) {
            if (is_done || is_waiting) taken -= charge.amount.minor();
            continue;
        }
        const bool is_current =
            charge.purpose == billing::Purpose::period && charge.number == subscription.period_number;
        has_open = has_open || is_waiting;
        if (is_done) taken += charge.amount.minor();
        if (is_current) is_paid = is_done;
        // Days that a change added and that nobody has paid for yet are not given back.
        if (charge.purpose == billing::Purpose::proration && !is_done && charge.due_date >= subscription.period.from)
            unused -= charge.amount.minor();
    }
    const std::int64_t back = gives_back ? std::max(unused - waiting, std::int64_t{0}) : std::int64_t{0};
    // What changes have added is paid for, less what of it is unused.
    const std::int64_t rest = std::clamp(waiting - unused, std::int64_t{0}, std::max(waiting, std::int64_t{0}));
    if (rest > 0) charge_rest(tx, subscription, rest, today, charges);
    // Never more than was taken (F95).
    const std::int64_t now_back = is_paid ? std::min(back, std::max(taken, std::int64_t{0})) : 0;
    if (now_back > 0) {
        billing::NewCharge given =
            charge_of(subscription, billing::Purpose::final_amount, period_refund, now_back, today.date);
        given.is_refund = true;
        given.description = "Unused: " + subscription.name;
        given.lines.push_back({.description = given.description, .quantity = 1, .amount = given.amount});
        charges.push_back(std::move(given));
    }
    // What is under way may still be paid; then it is given back (F85).
    subscription.owed_back_minor =
        refund == Refund::unused && has_open ? std::optional{is_paid ? std::int64_t{0} : back} : std::nullopt;
    rows::take_lines(tx, subscription, subscription.line_count, gives_back ? "final_amount" : "none", 0);

    move(subscription, Happening::canceled);
    subscription.canceled_at = at;
    subscription.next_billing_date.reset();
    subscription.paused_on.reset();
    subscription.resume_on.reset();
    subscription.scheduled.reset();
    subscription.is_held = false;
    subscription.cancels_at_period_end = false;
}

void Subscriptions::Impl::end_with_period(Tx& tx, Subscription& subscription, const Today& today,
                                          Charges& charges) const {
    const Instant at = std::min(today.due_at(subscription.period.until), today.now);
    end(tx, subscription, at, Refund::none, today, charges);
    subscription.cancels_at_period_end = true;
}

void Subscriptions::Impl::prevent_open(Tx& tx, const Subscription& subscription,
                                       std::optional<billing::ChargeId> but) const {
    for (const billing::Charge& charge : on.collector.charges_of(tx, subscription.merchant, subscription.id.value))
        if (billing::is_open(charge.status) && !charge.is_refund && charge.id != but && !outlives(charge, subscription))
            // What is under way tells what came of it (F85).
            static_cast<void>(on.collector.cancel(tx, subscription.merchant, charge.id));
}

Task<Result<Done>> Subscriptions::pause(Asker asker, idempotency::Guard guard, SubscriptionId id,
                                        std::optional<calendar::Date> resume_on) {
    Impl& my = *impl_;
    Impl::Act act = [resume_on](Tx&, Subscription& subscription, const Today& today,
                                Impl::Charges&) -> Result<std::string_view> {
        if (subscription.status == Status::canceled) return canceled_already();
        if (resume_on && *resume_on <= today.date)
            return fail(ErrorKind::invalid, "invalid_resume_on", "Give a day after today.", "resume_on");
        if (subscription.status == Status::paused && subscription.resume_on == resume_on) return std::string_view{};
        if (subscription.status != Status::paused) {
            move(subscription, Happening::paused);
            subscription.paused_on = today.date;
            subscription.next_billing_date.reset();
            subscription.is_held = false;
        }
        subscription.resume_on = resume_on;
        return std::string_view{"paused"};
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, std::nullopt, std::move(act));
}

Task<Result<Done>> Subscriptions::resume(Asker asker, idempotency::Guard guard, SubscriptionId id) {
    Impl& my = *impl_;
    Impl::Act act = [&my](Tx& tx, Subscription& subscription, const Today& today,
                          Impl::Charges& charges) -> Result<std::string_view> {
        if (subscription.status == Status::canceled) return canceled_already();
        if (subscription.status != Status::paused)
            return fail(ErrorKind::conflict, "subscription_not_paused", "The subscription is not paused.");
        return my.resume(tx, subscription, today.date, today, charges);
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, std::nullopt, std::move(act));
}

std::string_view Subscriptions::Impl::resume(Tx& tx, Subscription& subscription, calendar::Date on_day,
                                             const Today& today, Charges& charges) const {
    if (subscription.cancels_at_period_end && on_day >= subscription.period.until) {
        end_with_period(tx, subscription, today, charges);
        return "canceled";
    }
    subscription.paused_on.reset();
    subscription.resume_on.reset();
    const bool is_within = on_day < subscription.period.until;
    if (is_within && subscription.period_number == 0) {
        move(subscription, Happening::resumed_in_trial);
        subscription.next_billing_date = subscription.period.until;
        return "resumed";
    }
    move(subscription, owes(tx, subscription) ? Happening::resumed_owing : Happening::resumed);
    if (is_within) {
        subscription.next_billing_date = subscription.period.until;
        return "resumed";
    }
    // Nothing is charged for the time of the pause: a new period begins today, and the day of the month with it (F88).
    count_from(subscription, on_day);
    charge_period(tx, subscription, charges);
    return "resumed";
}

Task<Result<Done>> Subscriptions::release(Asker asker, idempotency::Guard guard, SubscriptionId id, Missed missed) {
    Impl& my = *impl_;
    Impl::Act act = [&my, missed, actor = asker.actor](Tx& tx, Subscription& subscription, const Today& today,
                                                       Impl::Charges& charges) {
        return my.release(tx, subscription, missed, today, actor, charges);
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, std::nullopt, std::move(act));
}

Result<std::string_view> Subscriptions::Impl::release(Tx& tx, Subscription& subscription, Missed missed,
                                                      const Today& today, std::string_view actor,
                                                      Charges& charges) const {
    // Billing remembers what it held even when the subscription has been paused or canceled meanwhile.
    if (!subscription.is_held)
        return fail(ErrorKind::conflict, "not_held", "It is not held: there is nothing to release.");
    if (auto released = on.collector.release(tx, subscription.merchant, subscription.id.value, actor); !released)
        return fail(std::move(released.error()));
    subscription.is_held = false;
    if (missed == Missed::skip) {
        if (subscription.cancels_at_period_end && today.date >= subscription.period.until) {
            end_with_period(tx, subscription, today, charges);
            return std::string_view{"canceled"};
        }
        if (const auto active = next(subscription.status, Happening::trial_ended)) subscription.status = *active;
        count_from(subscription, today.date);
        charge_period(tx, subscription, charges);
    }
    return std::string_view{"released"};
}

Result<void> Subscriptions::on_case_resolved(Tx& tx, const cases::Case& one) {
    Impl& my = *impl_;
    auto subscription = rows::lock(tx, one.merchant, SubscriptionId{one.owner});
    if (!subscription) return no_subscription();
    const bool cancels = one.resolution == cases::Resolution::canceled;
    // Somebody has seen to it in another way meanwhile, or it is a charge's case: then billing acts.
    if (subscription->status == Status::canceled || (!cancels && !subscription->is_held)) return {};
    const Today today = my.today_of(tx, one.merchant);
    Impl::Charges charges;
    std::string_view what = "canceled";
    if (cancels) {
        my.end(tx, *subscription, today.now, Refund::none, today, charges);
    } else {
        const Missed missed = one.resolution == cases::Resolution::retry ? Missed::charge : Missed::skip;
        auto released = my.release(tx, *subscription, missed, today, one.resolved_by, charges);
        if (!released) return fail(std::move(released.error()));
        what = *released;
    }
    Asker asker = the_clock(*subscription);
    asker.actor = one.resolved_by;
    my.finish(tx, *subscription, today, what, asker, charges);
    return {};
}

}  // namespace florin::subscriptions
