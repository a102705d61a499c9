#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/json/describe.hpp"
#include "policy.hpp"

/// Retry policies as they come in, go out and are stored.
namespace florin::billing {

struct RetriesBody {
    std::optional<std::vector<std::int64_t>> insufficient_funds, soft, technical;
};

struct MessagesBody {
    std::optional<std::string> retry, final_one;
};

struct RulesBody {
    RetriesBody retries;
    std::optional<std::string> count_from;
    std::string end;
    std::optional<MessagesBody> messages;
    std::optional<std::int64_t> version;  ///< In requests alone.
};

RulesBody rules_of(const RetryPolicy& policy);

}  // namespace florin::billing

namespace florin::json {

template <>
struct Described<billing::RetriesBody> {
    using B = billing::RetriesBody;
    static constexpr std::string_view name = "RetryDays";
    static constexpr std::string_view doc =
        "By what went wrong, the days on which it is tried again: at most 12 rising numbers from 1 to 90. What is left "
        "out is not tried again; neither is a hard decline (a closed account, a stolen, wrong or expired card), ever.";
    static constexpr auto fields = std::tuple{
        Field{.name = "insufficient_funds",
              .member = &B::insufficient_funds,
              .doc = "There was not enough on the account.",
              .example = "[1]"},
        Field{.name = "soft", .member = &B::soft, .doc = "The bank said no for now.", .example = "[1, 3, 5]"},
        Field{.name = "technical",
              .member = &B::technical,
              .doc = "The provider could not process it.",
              .example = "[1]"},
    };
};

template <>
struct Described<billing::MessagesBody> {
    using B = billing::MessagesBody;
    static constexpr std::string_view name = "RetryMessages";
    static constexpr std::string_view doc = "Names of mail templates; what is left out is not sent.";
    static constexpr auto fields = std::tuple{
        Field{.name = "retry",
              .member = &B::retry,
              .doc = "When it will be tried again.",
              .example = "\"payment_failed\"",
              .max_length = 64},
        Field{.name = "final",
              .member = &B::final_one,
              .doc = "When it will not.",
              .example = "\"payment_failed\"",
              .max_length = 64},
    };
};

template <>
struct Described<billing::RulesBody> {
    using B = billing::RulesBody;
    static constexpr std::string_view name = "RetryRules";
    static constexpr auto fields = std::tuple{
        Field{"retries", &B::retries, "When a charge that failed is tried again."},
        Field{.name = "count_from",
              .member = &B::count_from,
              .doc = "What days count from: `first_failure` (unless said otherwise) or `due_date`.",
              .example = "\"first_failure\""},
        Field{.name = "end",
              .member = &B::end,
              .doc =
                  "What happens when it is not tried any more: `case` (a person goes on), `cancel` (the subscription "
                  "or plan ends), `keep` (nothing).",
              .example = "\"case\""},
        Field{"messages", &B::messages, "What customers are told. Left out: `payment_failed` each time."},
        Field{.name = "version",
              .member = &B::version,
              .doc = "In a request: the version that you have read, 0 for a new policy; given, another one is refused.",
              .example = "3",
              .minimum = 0},
    };
};

}  // namespace florin::json
