#include "florin/base/check.hpp"
#include "florin/security/card.hpp"
#include "life.hpp"
#include "proration.hpp"
#include "subscriptions_impl.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

bool mentions_price(const Changes& changes) {
    return changes.plan_id || changes.amount || changes.currency || changes.cycle || changes.quantity;
}

bool costs_the_same(const Subscription& subscription, const Price& price, std::int64_t quantity) {
    const Price& present = subscription.price;
    return present.plan_id == price.plan_id && present.number == price.number && present.amount == price.amount &&
           present.cycle == price.cycle && subscription.quantity == quantity;
}

/// Another name for what it is: also for what it will be, unless that has a name of its own.
void rename(Subscription& subscription, const std::string& name) {
    auto& scheduled = subscription.scheduled;
    if (scheduled && scheduled->name == subscription.name) scheduled->name = name;
    subscription.name = name;
}

std::unexpected<Error> not_paid_yet() {
    return fail(ErrorKind::conflict, "period_not_paid",
                "The current period's charge is not paid yet, so nothing of it can be credited. Try again when it has "
                "been paid, or let the change wait for the next period: proration none.",
                "proration");
}

}  // namespace

Task<Result<Done>> Subscriptions::change(Asker asker, idempotency::Guard guard, SubscriptionId id, Changes changes) {
    Impl& my = *impl_;
    if (changes.metadata)
        if (auto valid = security::refuse_card_number(*changes.metadata, "metadata"); !valid)
            co_return fail(std::move(valid.error()));
    if (changes.name)
        if (auto valid = validate_name(*changes.name); !valid) co_return fail(std::move(valid.error()));
    if (changes.means) {
        auto found = co_await find(asker.merchant, id);
        if (!found) co_return fail(std::move(found.error()));
        auto usable = co_await my.on.check_means(asker.merchant, *changes.means, std::move(found->customer_id));
        if (!usable) co_return fail(std::move(usable.error()));
    }
    Impl::Act act = [&my, &changes](Tx& tx, Subscription& subscription, const Today& today,
                                    Impl::Charges& charges) -> Result<std::string_view> {
        const std::string before = answer_of(subscription, 200).body;
        auto what = my.change(tx, subscription, changes, today, charges);
        // What no reader could tell apart has not changed.
        if (what && charges.made.empty() && answer_of(subscription, 200).body == before) return std::string_view{};
        return what;
    };
    co_return co_await my.alter(std::move(asker), std::move(guard), id, changes.version, std::move(act));
}

Result<std::string_view> Subscriptions::Impl::change(Tx& tx, Subscription& subscription, const Changes& changes,
                                                     const Today& today, Charges& charges) const {
    if (subscription.status == Status::canceled) return canceled_already();
    if (changes.retry_policy) {
        if (!on.collector.knows_policy(tx, subscription.merchant, *changes.retry_policy))
            return fail(ErrorKind::invalid, "unknown_retry_policy", "There is no retry policy of that name.",
                        "retry_policy");
        subscription.retry_policy = *changes.retry_policy;
    }
    if (changes.metadata) subscription.metadata = *changes.metadata;
    if (changes.means) {
        auto taken = on.collector.check_currency(
            tx, subscription.merchant, *changes.means, subscription.customer_id, subscription.price.amount.currency(),
            changes.means->mandate_of ? "original_transaction_id" : "payment_method_token");
        if (!taken) return fail(std::move(taken.error()));
        subscription.means = *changes.means;
        on.collector.pay_by(tx, subscription.merchant, subscription.id.value, subscription.means);
    }
    const bool ended_then = subscription.cancels_at_period_end;
    subscription.cancels_at_period_end = changes.cancels_at_period_end.value_or(ended_then);
    // Customers are told of what concerns them: what they pay, and how long.
    std::string_view what = "updated";
    if (subscription.cancels_at_period_end != ended_then) what = ended_then ? "changed" : "cancellation_scheduled";
    if (!mentions_price(changes)) {
        if (changes.name) rename(subscription, *changes.name);
        return what;
    }

    const PriceWish wish{.plan_id = changes.plan_id,
                         .amount = changes.amount,
                         .currency = changes.currency,
                         .cycle = changes.cycle,
                         .name = changes.name};
    auto wished = price_of(tx, subscription.merchant, wish, &subscription);
    if (!wished) return fail(std::move(wished.error()));
    const auto& [price, name] = *wished;
    const std::int64_t quantity = changes.quantity.value_or(subscription.quantity);
    if (!is_affordable(price, quantity)) return too_dear();

    subscription.scheduled.reset();
    if (costs_the_same(subscription, price, quantity)) {
        subscription.name = name;
        return what;
    }
    if (what == "updated") what = "changed";
    const bool is_trial = subscription.status == Status::trialing;
    const Subscription::Scheduled wanted{.price = price, .quantity = quantity, .name = name};
    // A period keeps the price that was charged for it, or what is unused of it would be worth what nobody has paid.
    if (!is_trial && (changes.when == When::period_end || changes.proration == Proration::none)) {
        subscription.scheduled = wanted;
        return what;
    }
    if (subscription.status == Status::paused)
        return fail(ErrorKind::conflict, "subscription_paused",
                    "While it is paused, prices change at the end of the period. Resume it first.", "when");

    const bool is_other_cycle = !(price.cycle == subscription.price.cycle);
    const std::int64_t left = is_trial ? 0 : days_left(subscription, today.date);
    const PeriodMoney money = is_trial ? PeriodMoney::kept : money_of_period(tx, subscription);
    // Should what is open fail for good, nobody would take the credit back.
    if (left > 0 && !subscription.is_period_unpaid && money == PeriodMoney::open) return not_paid_yet();
    const bool is_prorated = left > 0 && !subscription.is_period_unpaid && money == PeriodMoney::kept;
    if (!is_trial && !is_prorated) {
        // Nothing is left of the period, or it is not paid for (any more): then nothing is given back either.
        subscription.scheduled = wanted;
        return what;
    }
    if (is_prorated) {
        const std::int64_t days = calendar::days_between(subscription.period.from, subscription.period.until);
        const Wording wording = wording_for(tx, subscription);
        const std::string rest = wording.days({today.date, subscription.period.until});
        const auto line = [&](const std::string& description, std::int64_t count, std::int64_t price_minor) {
            add_line(tx, subscription, description, count,
                     prorate(subscription.prorated_numerator, price_minor, left, days), today.date);
        };
        subscription.change_count += 1;
        line(wording.unused(subscription.name + ", " + rest), subscription.quantity, -total_minor(subscription));
        // Another cycle begins a period of its own, which is charged whole.
        if (!is_other_cycle) line(name + ", " + rest, quantity, total_minor(price, quantity));
    }
    if (is_prorated && is_other_cycle) count_from(subscription, today.date);
    subscription.price = price;
    subscription.quantity = quantity;
    subscription.name = name;
    if (is_prorated && is_other_cycle)
        charge_period(tx, subscription, charges);
    else if (is_prorated && changes.proration == Proration::charge_now)
        charge_pending(tx, subscription, today, charges);
    return what;
}

}  // namespace florin::subscriptions
