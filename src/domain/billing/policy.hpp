#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/billing/charge.hpp"

/// When a charge that failed is tried again, and what happens in the end: data, apart from how a job is repeated that
/// could not reach anybody.
namespace florin::billing {

/// Days after the first failure, or after the due day, rising; each on the merchant's calendar, at its billing hour
///
using Days = std::vector<std::int64_t>;

struct RetryPolicy {
    std::string name;
    /// By what went wrong. Hard declines are never tried again with the same means, so they have none.
    Days insufficient_funds = {}, soft = {}, technical = {};
    bool counts_from_due_date = false;
    Ending ending = Ending::open_case;
    /// Templates of what the customer is told when it will be tried again, and when not. Empty: nothing.
    std::string retry_message = "payment_failed", final_message = "payment_failed";
};

inline constexpr std::size_t most_retries = 12;
inline constexpr std::int64_t longest_retry_days = 90;
inline constexpr std::string_view default_policy = "default", first_preset = "next_day_then_case";

/// Florin's own: document A's rule, and the usual one of subscriptions.
const std::vector<RetryPolicy>& presets();

/// When `charge`, whose last attempt has just failed, is tried again: never before tomorrow. Nothing: not any more.
std::optional<calendar::Date> next_try(const RetryPolicy& policy, const Charge& charge, calendar::Date today);

/// The rules as JSON and back. Errors (`invalid`): those of `json::read`, `invalid_retry_days`,
/// `hard_declines_retried`.
std::string rules_text(const RetryPolicy& policy);
Result<RetryPolicy> parse_rules(std::string_view name, std::string_view text);
/// The version that rules which can be read were thought out for, if they name one.
std::optional<std::int64_t> version_of_rules(std::string_view text);

}  // namespace florin::billing
