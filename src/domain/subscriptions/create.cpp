#include "florin/base/check.hpp"
#include "florin/security/card.hpp"
#include "invalid.hpp"
#include "life.hpp"
#include "plan_store.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

/// As subscriptions are usually dunned, unless the plan or the request says otherwise.
constexpr std::string_view default_policy = "standard_dunning";

Result<void> validate_customer_id(std::string_view customer_id) {
    if (customer_id.empty() || customer_id.size() > 64)
        return invalid("invalid_customer_id", "A customer's id has 1 to 64 characters.", "customer_id");
    return security::refuse_card_number(customer_id, "customer_id");
}

}  // namespace

Task<Result<void>> usable_means(payments::Payments& payments, MerchantId merchant, billing::Means means,
                                std::string customer_id) {
    if (means.payment_method && means.mandate_of)
        co_return invalid("means_given_twice", "Give a stored card or an earlier payment, not both.",
                          "original_transaction_id");
    if (means.payment_method) {
        auto method = co_await payments.find_payment_method(merchant, *means.payment_method);
        if (!method) {
            if (method.error().kind == ErrorKind::not_found) method.error().field = "payment_method_token";
            co_return fail(std::move(method.error()));
        }
        if (method->status != "active")
            co_return invalid("payment_method_unusable", "This card is not stored, or not any more.",
                              "payment_method_token");
        if (!method->customer_id.empty() && method->customer_id != customer_id)
            co_return invalid("payment_method_of_other_customer", "This card was stored for another customer.",
                              "payment_method_token");
    }
    if (means.mandate_of) {
        auto first = co_await payments.find_transaction(merchant, *means.mandate_of);
        if (!first) {
            if (first.error().kind == ErrorKind::not_found) first.error().field = "original_transaction_id";
            co_return fail(std::move(first.error()));
        }
        if (!first->transaction.customer_id.empty() && first->transaction.customer_id != customer_id)
            co_return invalid("payment_method_of_other_customer", "That payment was another customer's.",
                              "original_transaction_id");
    }
    co_return Result<void>{};
}

Result<std::pair<Price, std::string>> Subscriptions::Impl::price_of(Reader& reader, MerchantId merchant,
                                                                    const PriceWish& wish,
                                                                    const Subscription* present) const {
    if (wish.plan_id) {
        for (const auto& [is_given, field] :
             {std::pair{wish.amount.has_value(), "amount"}, std::pair{wish.cycle.has_value(), "billing_cycle"}})
            if (is_given)
                return invalid("price_given_twice", "A plan has its price and cycle. Give either it or these.", field);
        const auto plan = rows::find_plan(reader, merchant, *wish.plan_id);
        if (!plan) return fail(ErrorKind::not_found, "plan_not_found", "There is no such plan.", "plan_id");
        if (!plan->is_active)
            return fail(ErrorKind::conflict, "plan_inactive", "The plan is not on offer any more.", "plan_id");
        if ((wish.currency && *wish.currency != plan->price.amount.code()) ||
            (present != nullptr && present->price.amount.currency() != plan->price.amount.currency()))
            return invalid("currency_mismatch", "The plan is in another currency.", "plan_id");
        return std::pair{plan->price, wish.name.value_or(plan->name)};
    }
    if (present == nullptr)
        for (const auto& [is_given, field] :
             {std::pair{wish.amount.has_value(), "amount"}, std::pair{wish.currency.has_value(), "currency"},
              std::pair{wish.cycle.has_value(), "billing_cycle"}})
            if (!is_given)
                return invalid("missing_field", "Give a plan_id, or amount, currency and billing_cycle.", field);

    Currency currency = present != nullptr ? present->price.amount.currency() : *Currency::of("EUR");
    if (wish.currency) {
        const auto wished = Currency::of(*wish.currency);
        if (!wished) return invalid(wished.error().code, wished.error().message, "currency");
        if (present != nullptr && *wished != currency)
            return invalid("currency_mismatch", "A subscription keeps its currency.", "currency");
        currency = *wished;
    }
    if (present != nullptr && !wish.amount && !wish.cycle)
        return std::pair{present->price, wish.name.value_or(present->name)};
    Price price = present != nullptr ? present->price : Price{.amount = Money::zero(currency), .cycle = {}};
    price.plan_id.clear();
    price.number = 0;
    if (wish.amount) {
        const auto amount = parse_major(*wish.amount, currency);
        if (!amount) return invalid(amount.error().code, amount.error().message, "amount");
        if (amount->minor() < 0) return invalid("invalid_amount", "A price is not negative.", "amount");
        price.amount = *amount;
    }
    if (wish.cycle) price.cycle = *wish.cycle;
    if (auto valid = validate(price.cycle); !valid) return fail(std::move(valid.error()));
    return std::pair{price, wish.name.value_or(present != nullptr ? present->name : std::string{})};
}

Task<Result<Done>> Subscriptions::create(Asker asker, idempotency::Guard guard, NewSubscription wish) {
    Impl& my = *impl_;
    if (auto valid = validate_customer_id(wish.customer_id); !valid) co_return fail(std::move(valid.error()));
    if (auto valid = security::refuse_card_number(wish.metadata, "metadata"); !valid)
        co_return fail(std::move(valid.error()));
    if (wish.name)
        if (auto valid = validate_name(*wish.name); !valid) co_return fail(std::move(valid.error()));
    if (wish.trial_days && wish.trial_end_date)
        co_return invalid("trial_given_twice", "Give trial_days or trial_end_date, not both.", "trial_end_date");
    auto usable = co_await my.on.check_means(asker.merchant, wish.means, wish.customer_id);
    if (!usable) co_return fail(std::move(usable.error()));
    const SubscriptionId id = my.on.world.new_id<SubscriptionTag>();

    auto unit = [&](Tx& tx) -> Result<Done> {
        if (!idempotency::take(tx, asker.merchant, guard, id.value)) {
            auto before = idempotency::earlier(tx, asker.merchant, guard);
            if (!before) return fail(std::move(before.error()));
            auto made = rows::find(tx, asker.merchant, SubscriptionId{before->transaction});
            check(made && before->answer, "a subscription and the answer about it are one commit");
            return Done{std::move(*made), std::move(before->answer)};
        }
        const Today today = my.today_of(tx, asker.merchant);
        const PriceWish price_wish{.plan_id = wish.plan_id.empty() ? std::nullopt : std::optional{wish.plan_id},
                                   .amount = wish.amount,
                                   .currency = wish.currency,
                                   .cycle = wish.cycle,
                                   .name = wish.name};
        auto price = my.price_of(tx, asker.merchant, price_wish, nullptr);
        if (!price) return fail(std::move(price.error()));
        if (!is_affordable(price->first, wish.quantity)) return too_dear();
        auto taken = my.on.collector.check_currency(tx, asker.merchant, wish.means, wish.customer_id,
                                                    price->first.amount.currency(),
                                                    wish.plan_id.empty() ? "currency" : "plan_id");
        if (!taken) return fail(std::move(taken.error()));
        std::string policy = wish.retry_policy;
        std::int64_t trial_days = wish.trial_days.value_or(0);
        if (const auto plan = rows::find_plan(tx, asker.merchant, wish.plan_id); plan) {
            if (!wish.trial_days) trial_days = plan->trial_days;
            if (policy.empty()) policy = plan->retry_policy;
        }
        if (policy.empty()) policy = default_policy;
        if (!my.on.collector.knows_policy(tx, asker.merchant, policy))
            return invalid("unknown_retry_policy", "There is no retry policy of that name.", "retry_policy");
        if (wish.trial_end_date) trial_days = calendar::days_between(today.date, *wish.trial_end_date);
        if (trial_days < 0 || trial_days > most_trial_days || (wish.trial_end_date && trial_days == 0))
            return invalid("invalid_trial", "A trial ends after today, and within two years.",
                           wish.trial_end_date ? "trial_end_date" : "trial_days");

        Subscription made{.merchant = asker.merchant,
                          .id = id,
                          .customer_id = wish.customer_id,
                          .price = price->first,
                          .quantity = wish.quantity,
                          .means = wish.means,
                          .retry_policy = std::move(policy),
                          .name = price->second,
                          .first_date = today.date,
                          .period = {.from = today.date, .until = today.date},
                          .metadata = wish.metadata,
                          .correlation_id = asker.correlation_id,
                          .created_at = tx.now(),
                          .updated_at = tx.now()};
        if (made.name.empty()) made.name = my.wording_for(tx, made).subscription();
        Impl::Charges charges;
        if (trial_days > 0) {
            made.status = Status::trialing;
            made.trial_end_date = calendar::plus_days(today.date, trial_days);
            made.period.until = *made.trial_end_date;
            count_from(made, *made.trial_end_date);
            // Whose trial ends so soon is told with the welcome.
            made.is_trial_notice_sent = trial_days <= trial_notice_days;
        } else {
            count_from(made, today.date);
            my.charge_period(tx, made, charges);
        }
        rows::insert(tx, made);
        my.announce(tx, made, "created", asker);
        my.put_turn(tx, made, today);
        const std::string invoice = my.make(tx, made, charges, today);
        my.tell_customer(tx, made, "created", charges, invoice);
        store_answer(tx, guard, made, 201);
        return Done{std::move(made), std::nullopt};
    };
    auto done = co_await my.on.store.write(unit);
    if (done && !done->stored) my.on.wake();
    co_return done;
}

}  // namespace florin::subscriptions
