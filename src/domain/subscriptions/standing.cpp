// Canceled, paused, resumed, let go: what people decide about a subscription as a whole.

#include <algorithm>

#include "cancellation.hpp"
#include "florin/base/check.hpp"
#include "life.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"

namespace florin::subscriptions {
namespace {

void move(Subscription& subscription, Happening by) {
    const auto to = next(subscription.status, by);
    check(to.has_value(), "only what the table has happens to a subscription");
    subscription.status = *to;
}

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
        my.end(tx, subscription, refund == Refund::unused ? Mode::giving_back : Mode::keeping, today, charges);
        return std::string_view{"canceled"};
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, std::nullopt, std::move(act));
}

void Subscriptions::Impl::end(Tx& tx, Subscription& subscription, Mode mode, const Today& today,
                              Charges& charges) const {
    const auto pending = rows::pending_lines(tx, subscription.merchant, subscription.id);
    const auto known = on.collector.charges_of(tx, subscription.merchant, subscription.id.value);
    const Settlement settled =
        settle_end(subscription, {.charges = known, .waiting_minor = sum_of(pending)}, mode, today.date);
    if (settled.rest_minor > 0) charge_rest(tx, subscription, pending, settled.rest_minor, today, charges);
    if (settled.back_minor > 0)
        charges.made.push_back(refund_of(tx, subscription, first_refund_number, settled.back_minor, today));
    charges.prevented = settled.prevented;
    rows::take_lines(tx, subscription, subscription.line_count, settled.kept_minor ? "final_amount" : "none", 0);

    move(subscription, Happening::canceled);
    const bool is_over = mode == Mode::with_period;
    subscription.canceled_at = is_over ? std::min(today.due_at(subscription.period.until), today.now) : today.now;
    subscription.cancels_at_period_end = is_over;
    subscription.kept_minor = settled.kept_minor;
    subscription.next_billing_date.reset();
    subscription.paused_on.reset();
    subscription.resume_on.reset();
    subscription.scheduled.reset();
    end_hold(tx, subscription, cases::Resolution::canceled, "The subscription has ended.");
}

void Subscriptions::Impl::end_hold(Tx& tx, Subscription& subscription, cases::Resolution as,
                                   std::string_view why) const {
    if (!subscription.is_held) return;
    subscription.is_held = false;
    on.collector.end_hold(tx, subscription.merchant, subscription.id.value, as, why);
}

Task<Result<Done>> Subscriptions::pause(Asker asker, idempotency::Guard guard, SubscriptionId id,
                                        std::optional<calendar::Date> resume_on, bool takes_day_away) {
    Impl& my = *impl_;
    Impl::Act act = [&my, resume_on, takes_day_away](Tx& tx, Subscription& subscription, const Today& today,
                                                     Impl::Charges&) -> Result<std::string_view> {
        if (subscription.status == Status::canceled) return canceled_already();
        if (resume_on && *resume_on <= today.date)
            return fail(ErrorKind::invalid, "invalid_resume_on", "Give a day after today.", "resume_on");
        const bool is_paused = subscription.status == Status::paused;
        // Paused once more without a word about the day, it keeps the one that it has.
        const bool keeps_day = is_paused && !resume_on && !takes_day_away;
        if (keeps_day || (is_paused && subscription.resume_on == resume_on)) return std::string_view{};
        if (!is_paused) {
            move(subscription, Happening::paused);
            subscription.paused_on = today.date;
            subscription.next_billing_date.reset();
            my.end_hold(tx, subscription, cases::Resolution::waived,
                        "The subscription is paused: what was held is not charged.");
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
        end(tx, subscription, Mode::with_period, today, charges);
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
    if (!subscription.is_held)
        return fail(ErrorKind::conflict, "not_held", "It is not held: there is nothing to release.");
    on.collector.release(tx, subscription.merchant, backlog(subscription, today), actor);
    subscription.is_held = false;
    if (missed == Missed::skip) {
        if (subscription.cancels_at_period_end && today.date >= subscription.period.until) {
            end(tx, subscription, Mode::with_period, today, charges);
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
        my.end(tx, *subscription, Mode::keeping, today, charges);
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
