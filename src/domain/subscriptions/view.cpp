#include "view.hpp"

#include "life.hpp"

namespace florin::subscriptions {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<std::string> text_of(const std::optional<calendar::Date>& date) {
    return date ? std::optional{calendar::to_text(*date)} : std::nullopt;
}

}  // namespace

SubscriptionView view_of(const Subscription& s) {
    const Currency currency = s.price.amount.currency();
    SubscriptionView view{.id = s.id,
                          .subscription_id = s.id,
                          .customer_id = s.customer_id,
                          .plan_id = or_nothing(s.price.plan_id),
                          .name = s.name,
                          .status = to_text(s.status),
                          .amount = to_major_text(s.price.amount),
                          .currency = std::string{currency.code()},
                          .quantity = s.quantity,
                          .total = to_major_text(total_minor(s), currency),
                          .billing_cycle = to_word(s.price.cycle),
                          .payment_method_token = std::nullopt,
                          .original_transaction_id = std::nullopt,
                          .retry_policy = s.retry_policy,
                          .current_period_start = calendar::to_text(s.period.from),
                          .current_period_end = calendar::to_text(s.period.until),
                          .next_billing_date = text_of(s.next_billing_date),
                          .trial_end_date = text_of(s.trial_end_date),
                          .cancel_at_period_end = s.cancels_at_period_end,
                          .canceled_at = s.canceled_at,
                          .paused_on = text_of(s.paused_on),
                          .resume_on = text_of(s.resume_on),
                          .is_held = s.is_held,
                          .scheduled_change = std::nullopt,
                          .metadata = json::Object{s.metadata},
                          .version = s.version,
                          .created_at = s.created_at,
                          .updated_at = s.updated_at};
    // As payments show their tokens.
    if (s.means.payment_method) view.payment_method_token = "pm_" + s.means.payment_method->text();
    if (s.means.mandate_of) view.original_transaction_id = s.means.mandate_of->text();
    if (s.scheduled)
        view.scheduled_change = ScheduledView{.plan_id = or_nothing(s.scheduled->price.plan_id),
                                              .name = s.scheduled->name,
                                              .amount = to_major_text(s.scheduled->price.amount),
                                              .quantity = s.scheduled->quantity,
                                              .billing_cycle = to_word(s.scheduled->price.cycle)};
    return view;
}

PlanView view_of(const Plan& plan) {
    return {.plan_id = plan.plan_id,
            .name = plan.name,
            .amount = to_major_text(plan.price.amount),
            .currency = std::string{plan.price.amount.code()},
            .billing_cycle = to_word(plan.price.cycle),
            .price_version = plan.price.number,
            .trial_days = plan.trial_days,
            .retry_policy = or_nothing(plan.retry_policy),
            .is_active = plan.is_active,
            .version = plan.version,
            .created_at = plan.created_at,
            .updated_at = plan.updated_at};
}

idempotency::Answer answer_of(const Subscription& subscription, int status) {
    return {.status = status, .body = json::to_text(view_of(subscription))};
}

idempotency::Answer answer_of(const Plan& plan, int status) {
    return {.status = status, .body = json::to_text(view_of(plan))};
}

}  // namespace florin::subscriptions
