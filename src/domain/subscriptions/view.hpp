#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/http/listing.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/json/describe.hpp"
#include "florin/subscriptions/plans.hpp"
#include "florin/subscriptions/subscription.hpp"

/// Subscriptions and plans as they are shown, in document D's words.
namespace florin::subscriptions {

struct ScheduledView {
    std::optional<std::string> plan_id;
    std::string name, amount;
    std::int64_t quantity = 1;
    std::string billing_cycle;
};

struct SubscriptionView {
    SubscriptionId id, subscription_id;
    std::string customer_id;
    std::optional<std::string> plan_id;
    std::string name;
    std::string_view status;
    std::string amount, currency;
    std::int64_t quantity = 1;
    std::string total, billing_cycle;
    std::optional<std::string> payment_method_token, original_transaction_id;
    std::string retry_policy, current_period_start, current_period_end;
    std::optional<std::string> next_billing_date, trial_end_date;
    bool cancel_at_period_end = false;
    std::optional<Instant> canceled_at;
    std::optional<std::string> paused_on, resume_on;
    bool is_held = false;
    std::optional<ScheduledView> scheduled_change;
    std::optional<json::Object> metadata;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

using SubscriptionListView = http::Page<SubscriptionView>;

struct PlanView {
    std::string plan_id, name, amount, currency, billing_cycle;
    std::int64_t price_version = 1, trial_days = 0;
    std::optional<std::string> retry_policy;
    bool is_active = true;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

using PlanListView = http::Page<PlanView>;

SubscriptionView view_of(const Subscription& subscription);
PlanView view_of(const Plan& plan);
/// The answer that the API gives.
idempotency::Answer answer_of(const Subscription& subscription, int status);
idempotency::Answer answer_of(const Plan& plan, int status);

}  // namespace florin::subscriptions

namespace florin::json {

template <>
struct Described<subscriptions::ScheduledView> {
    using V = subscriptions::ScheduledView;
    static constexpr std::string_view name = "ScheduledChange";
    static constexpr auto fields = std::tuple{
        Field{"plan_id", &V::plan_id, "The plan, if it will be of one."},
        Field{"name", &V::name, "As the customer will read it.", "\"Pro\""},
        Field{"amount", &V::amount, "What one will cost for a period.", "\"12.50\""},
        Field{"quantity", &V::quantity, "How many.", "1"},
        Field{"billing_cycle", &V::billing_cycle, "A word.", "\"monthly\""},
    };
};

template <>
struct Described<subscriptions::SubscriptionView> {
    using V = subscriptions::SubscriptionView;
    static constexpr std::string_view name = "Subscription";
    static constexpr std::string_view doc = "Days are days of your calendar, in your time zone.";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The subscription's id."},
        Field{"subscription_id", &V::subscription_id, "The same: one name for one thing."},
        Field{"customer_id", &V::customer_id, "Your own id of the customer.", "\"customer-7\""},
        Field{"plan_id", &V::plan_id, "The plan, if it is of one.", "\"pro\""},
        Field{"name", &V::name, "As the customer reads it: its own, or the plan's.", "\"Pro\""},
        Field{"status", &V::status, "`trialing`, `active`, `past_due`, `paused` or `canceled`.", "\"active\""},
        Field{"amount", &V::amount, "What one costs for a period, in major units.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"quantity", &V::quantity, "How many.", "1"},
        Field{"total", &V::total, "`amount` times `quantity`: what a period costs.", "\"12.50\""},
        Field{"billing_cycle", &V::billing_cycle, "`monthly`, `every_2_weeks` and the like.", "\"monthly\""},
        Field{"payment_method_token", &V::payment_method_token, "The stored card that is charged."},
        Field{"original_transaction_id", &V::original_transaction_id, "The payment whose mandate is used."},
        Field{"retry_policy", &V::retry_policy, "How a failed charge is tried again.", "\"standard_dunning\""},
        Field{"current_period_start", &V::current_period_start, "The first day of the period, or of the trial.",
              "\"2027-01-31\""},
        Field{"current_period_end", &V::current_period_end, "The first day that no longer belongs to it.",
              "\"2027-02-28\""},
        Field{"next_billing_date", &V::next_billing_date, "The day of the next charge, if one is to come.",
              "\"2027-02-28\""},
        Field{"trial_end_date", &V::trial_end_date, "The first day that is paid for, if there was a trial."},
        Field{"cancel_at_period_end", &V::cancel_at_period_end, "Whether it ends with the period."},
        Field{"canceled_at", &V::canceled_at, "Only once canceled. RFC 3339, UTC."},
        Field{"paused_on", &V::paused_on, "Only while paused."},
        Field{"resume_on", &V::resume_on, "The day on which it goes on by itself."},
        Field{"is_held", &V::is_held, "Whether so much is due at once that somebody has to say: see `release`."},
        Field{"scheduled_change", &V::scheduled_change, "What changes with the next period."},
        Field{"metadata", &V::metadata, "Yours."},
        Field{"version", &V::version, "Counts changes, for optimistic locking.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<subscriptions::PlanView> {
    using V = subscriptions::PlanView;
    static constexpr std::string_view name = "Plan";
    static constexpr auto fields = std::tuple{
        Field{"plan_id", &V::plan_id, "The plan's id.", "\"pro\""},
        Field{"name", &V::name, "As customers read it.", "\"Pro\""},
        Field{"amount", &V::amount, "What one costs for a period, in major units.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"billing_cycle", &V::billing_cycle, "`monthly`, `every_2_weeks` and the like.", "\"monthly\""},
        Field{"price_version", &V::price_version, "Which of the plan's prices this is.", "1"},
        Field{"trial_days", &V::trial_days, "Days before the first charge.", "14"},
        Field{"retry_policy", &V::retry_policy, "How a failed charge is tried again; left out: `standard_dunning`."},
        Field{"is_active", &V::is_active, "Whether it is on offer."},
        Field{"version", &V::version, "Counts changes, for optimistic locking.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::subscriptions::SubscriptionView> {
    static constexpr std::string_view name = "SubscriptionList", data = "Newest first.";
};

template <>
struct florin::http::ListOf<florin::subscriptions::PlanView> {
    static constexpr std::string_view name = "PlanList", data = "By `plan_id`.";
};
