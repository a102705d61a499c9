#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/json/describe.hpp"
#include "florin/subscriptions/subscription.hpp"

/// The bodies of the routes of subscriptions and plans, in.
namespace florin::subscriptions {

/// Beside the words of `to_word`.
struct CycleBody {
    std::string unit;
    std::optional<std::int64_t> count;
};

/// `billing_cycle` is a word or a `CycleBody`: it is taken out of the value first, see `take_cycle`.
struct CreateSubscriptionBody {
    std::string customer_id;
    std::optional<std::string> plan_id;
    std::optional<json::Decimal> amount;
    std::optional<std::string> currency, billing_cycle, name;
    std::optional<std::int64_t> quantity, trial_days;
    std::optional<std::string> trial_end_date, payment_method_token, original_transaction_id, retry_policy;
    json::Object metadata;
};

struct ChangeSubscriptionBody {
    std::optional<std::int64_t> version;
    std::optional<std::string> plan_id;
    std::optional<json::Decimal> amount;
    std::optional<std::string> currency, billing_cycle, name;
    std::optional<std::int64_t> quantity;
    std::optional<std::string> proration, when, payment_method_token, original_transaction_id, retry_policy;
    std::optional<bool> cancel_at_period_end;
    std::optional<json::Object> metadata;
};

struct CancelBody {
    std::optional<bool> at_period_end;
    std::optional<std::string> refund;
};
struct PauseBody {
    std::optional<std::string> resume_on;
};
struct ResumeBody {};
struct ReleaseBody {
    std::optional<std::string> missed;
};

struct CreatePlanBody {
    std::optional<std::string> plan_id;
    std::string name;
    json::Decimal amount;
    std::string currency;
    std::optional<std::string> billing_cycle;
    std::optional<std::int64_t> trial_days;
    std::optional<std::string> retry_policy;
    std::optional<bool> is_active;
};

struct ChangePlanBody {
    std::optional<std::int64_t> version;
    std::optional<std::string> name;
    std::optional<json::Decimal> amount;
    std::optional<std::string> billing_cycle;
    std::optional<std::int64_t> trial_days;
    std::optional<std::string> retry_policy;
    std::optional<bool> is_active;
};

}  // namespace florin::subscriptions

namespace florin::json {

template <>
struct Described<subscriptions::CycleBody> {
    using B = subscriptions::CycleBody;
    static constexpr std::string_view name = "BillingCycle";
    static constexpr std::string_view doc = "Every `count` units; three years at most.";
    static constexpr auto fields = std::tuple{
        Field{"unit", &B::unit, "`day`, `week`, `month`, `quarter` or `year`.", "\"month\""},
        Field{
            .name = "count", .member = &B::count, .doc = "Left out: 1.", .example = "1", .minimum = 1, .maximum = 366},
    };
};

template <>
struct Described<subscriptions::CreateSubscriptionBody> {
    using B = subscriptions::CreateSubscriptionBody;
    static constexpr std::string_view name = "CreateSubscriptionRequest";
    static constexpr std::string_view doc = "Either `plan_id`, or `amount`, `currency` and `billing_cycle`.";
    static constexpr auto fields = std::tuple{
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Your own id of the customer.",
              .example = "\"customer-7\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "plan_id",
              .member = &B::plan_id,
              .doc = "The plan, at its newest price.",
              .example = "\"pro\"",
              .min_length = 1,
              .max_length = 64},
        Field{"amount", &B::amount, "What one costs for a period, in major units.", "\"12.50\""},
        Field{"currency", &B::currency, "ISO 4217.", "\"EUR\""},
        Field{"billing_cycle", &B::billing_cycle,
              "`daily`, `weekly`, `monthly`, `quarterly`, `yearly`, `every_2_weeks` and the like, or an object.",
              "\"monthly\""},
        Field{.name = "name",
              .member = &B::name,
              .doc = "As the customer reads it in mails and on documents. Left out: the plan's name; without a plan, "
                     "`Subscription` in the customer's language.",
              .example = "\"Coffee every month\"",
              .min_length = 1,
              .max_length = subscriptions::longest_name},
        Field{.name = "quantity",
              .member = &B::quantity,
              .doc = "How many. Left out: 1.",
              .example = "1",
              .minimum = 1,
              .maximum = subscriptions::most_quantity},
        Field{.name = "trial_days",
              .member = &B::trial_days,
              .doc = "Days before the first charge. Left out: the plan's.",
              .example = "14",
              .minimum = 0,
              .maximum = 730},
        Field{"trial_end_date", &B::trial_end_date,
              "Instead of `trial_days`: the first day that is paid for, `YYYY-MM-DD`.", "\"2027-01-31\""},
        Field{"payment_method_token", &B::payment_method_token, "A stored card of the customer.",
              "\"pm_01a1fcd3-917b-7b1b-9415-338a6d11ee9d\""},
        Field{"original_transaction_id", &B::original_transaction_id,
              "Instead of a card: an earlier payment whose payer agreed to direct debits."},
        Field{"retry_policy", &B::retry_policy,
              "How a failed charge is tried again. Left out: the plan's, or `standard_dunning`.",
              "\"standard_dunning\""},
        Field{"metadata", &B::metadata, "Any object of yours, up to 8 KiB."},
    };
};

template <>
struct Described<subscriptions::ChangeSubscriptionBody> {
    using B = subscriptions::ChangeSubscriptionBody;
    static constexpr std::string_view name = "ChangeSubscriptionRequest";
    static constexpr std::string_view doc = "What is left out stays as it is.";
    static constexpr auto fields = std::tuple{
        Field{.name = "version",
              .member = &B::version,
              .doc = "The version that you have read: has it changed since, the answer is 409.",
              .example = "1",
              .minimum = 1},
        Field{.name = "plan_id",
              .member = &B::plan_id,
              .doc = "Another plan, or the newest price of the same.",
              .example = "\"pro\"",
              .min_length = 1,
              .max_length = 64},
        Field{"amount", &B::amount, "What one costs for a period, in major units; the plan is left.", "\"12.50\""},
        Field{"currency", &B::currency, "A subscription keeps its currency: it can only be confirmed.", "\"EUR\""},
        Field{"billing_cycle", &B::billing_cycle, "Another cycle; the plan is left.", "\"yearly\""},
        Field{.name = "name",
              .member = &B::name,
              .doc = "Another name for it. Left out with another plan: that plan's name.",
              .example = "\"Coffee every month\"",
              .min_length = 1,
              .max_length = subscriptions::longest_name},
        Field{.name = "quantity",
              .member = &B::quantity,
              .doc = "How many.",
              .example = "2",
              .minimum = 1,
              .maximum = subscriptions::most_quantity},
        Field{"proration", &B::proration,
              "What is left of the period: `create` (default) settles it with the next charge, `charge_now` at once, "
              "`none` not at all: the new price holds from the next period on.",
              "\"create\""},
        Field{"when", &B::when, "`now` (default), or `period_end`: with the next period.", "\"now\""},
        Field{"payment_method_token", &B::payment_method_token, "Another stored card of the customer."},
        Field{"original_transaction_id", &B::original_transaction_id,
              "Instead of a card: an earlier payment whose payer agreed to direct debits."},
        Field{"retry_policy", &B::retry_policy, "How a failed charge is tried again."},
        Field{"cancel_at_period_end", &B::cancel_at_period_end, "Whether it ends with the period."},
        Field{"metadata", &B::metadata, "Takes the place of the whole object; up to 8 KiB."},
    };
};

template <>
struct Described<subscriptions::CancelBody> {
    using B = subscriptions::CancelBody;
    static constexpr std::string_view name = "CancelSubscriptionRequest";
    static constexpr auto fields = std::tuple{
        Field{"at_period_end", &B::at_period_end, "Whether it goes on to the end of the period. Left out: no."},
        Field{"refund", &B::refund, "`none` (default), or `unused`: the days that are left are given back.",
              "\"none\""},
    };
};

template <>
struct Described<subscriptions::PauseBody> {
    using B = subscriptions::PauseBody;
    static constexpr std::string_view name = "PauseSubscriptionRequest";
    static constexpr auto fields = std::tuple{
        Field{"resume_on", &B::resume_on, "The day on which it goes on by itself, `YYYY-MM-DD`.", "\"2027-03-01\""},
    };
};

template <>
struct Described<subscriptions::ResumeBody> {
    static constexpr std::string_view name = "ResumeSubscriptionRequest";
    static constexpr auto fields = std::tuple{};
};

template <>
struct Described<subscriptions::ReleaseBody> {
    using B = subscriptions::ReleaseBody;
    static constexpr std::string_view name = "ReleaseSubscriptionRequest";
    static constexpr auto fields = std::tuple{
        Field{"missed", &B::missed,
              "`charge` (default): every period that was missed is charged. `skip`: none; a new one begins today.",
              "\"charge\""},
    };
};

template <>
struct Described<subscriptions::CreatePlanBody> {
    using B = subscriptions::CreatePlanBody;
    static constexpr std::string_view name = "CreatePlanRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "plan_id",
              .member = &B::plan_id,
              .doc = "Your own id; left out: one is made.",
              .example = "\"pro\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "name",
              .member = &B::name,
              .doc = "As customers read it.",
              .example = "\"Pro\"",
              .min_length = 1,
              .max_length = subscriptions::longest_name},
        Field{"amount", &B::amount, "What one costs for a period, in major units.", "\"12.50\""},
        Field{"currency", &B::currency, "ISO 4217.", "\"EUR\""},
        Field{"billing_cycle", &B::billing_cycle,
              "`daily`, `weekly`, `monthly`, `quarterly`, `yearly`, `every_2_weeks` and the like, or an object.",
              "\"monthly\""},
        Field{.name = "trial_days",
              .member = &B::trial_days,
              .doc = "Days before the first charge. Left out: 0.",
              .example = "14",
              .minimum = 0,
              .maximum = 730},
        Field{"retry_policy", &B::retry_policy, "How a failed charge is tried again. Left out: `standard_dunning`."},
        Field{"is_active", &B::is_active, "Whether it is on offer. Left out: yes."},
    };
};

template <>
struct Described<subscriptions::ChangePlanBody> {
    using B = subscriptions::ChangePlanBody;
    static constexpr std::string_view name = "ChangePlanRequest";
    static constexpr std::string_view doc =
        "What is left out stays. Another amount or cycle is a new price: subscriptions keep theirs.";
    static constexpr auto fields = std::tuple{
        Field{.name = "version",
              .member = &B::version,
              .doc = "The version that you have read: has it changed since, the answer is 409.",
              .example = "1",
              .minimum = 1},
        Field{.name = "name",
              .member = &B::name,
              .doc = "As customers read it.",
              .example = "\"Pro\"",
              .min_length = 1,
              .max_length = subscriptions::longest_name},
        Field{"amount", &B::amount, "What one costs for a period, in major units.", "\"15.00\""},
        Field{"billing_cycle", &B::billing_cycle, "Another cycle.", "\"yearly\""},
        Field{.name = "trial_days",
              .member = &B::trial_days,
              .doc = "Days before the first charge.",
              .example = "14",
              .minimum = 0,
              .maximum = 730},
        Field{"retry_policy", &B::retry_policy, "How a failed charge is tried again; empty: `standard_dunning`."},
        Field{"is_active", &B::is_active, "Whether it is on offer."},
    };
};

}  // namespace florin::json
