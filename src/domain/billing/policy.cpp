#include "policy.hpp"

#include <algorithm>

#include "policy_bodies.hpp"

namespace florin::billing {
namespace {

const Days* days_for(const RetryPolicy& policy, payments::DeclineClass decline) {
    using D = payments::DeclineClass;
    switch (decline) {
        case D::insufficient_funds:
            return &policy.insufficient_funds;
        case D::soft:
            return &policy.soft;
        case D::technical:
            return &policy.technical;
        case D::none:  // Refused for what was asked: repeated, it would be refused again.
        case D::hard:
        case D::fraud:
        case D::invalid_card:
        case D::expired_card:
        case D::input:
            break;
    }
    return nullptr;
}

Result<Days> days_of(std::optional<Days> given, std::string_view field) {
    if (!given) return Days{};
    const bool is_in_range =
        std::ranges::all_of(*given, [](std::int64_t day) { return day >= 1 && day <= longest_retry_days; });
    const bool is_rising = std::ranges::adjacent_find(*given, std::greater_equal<>{}) == given->end();
    if (given->size() > most_retries || !is_in_range || !is_rising)
        return fail(ErrorKind::invalid, "invalid_retry_days", "Give at most 12 rising numbers of days from 1 to 90.",
                    field);
    return std::move(*given);
}

}  // namespace

const std::vector<RetryPolicy>& presets() {
    static const std::vector<RetryPolicy> all{
        {.name = std::string{first_preset}, .insufficient_funds = {1}, .soft = {1}, .technical = {1}},
        {.name = "standard_dunning",
         .insufficient_funds = {1, 3, 5, 7},
         .soft = {1, 3, 5, 7},
         .technical = {1, 3, 5, 7},
         .ending = Ending::cancel},
    };
    return all;
}

std::optional<calendar::Date> next_try(const RetryPolicy& policy, const Charge& charge, calendar::Date today) {
    const Days* days = days_for(policy, charge.decline);
    const auto failed = static_cast<std::size_t>(charge.failures);
    if (charge.is_refund || days == nullptr || failed == 0 || failed > days->size()) return std::nullopt;
    const calendar::Date from = policy.counts_from_due_date ? charge.due_date : charge.first_failed_on.value_or(today);
    return std::max(calendar::plus_days(from, (*days)[failed - 1]), calendar::plus_days(today, 1));
}

RulesBody rules_of(const RetryPolicy& policy) {
    return {.retries = {.insufficient_funds = policy.insufficient_funds,
                        .soft = policy.soft,
                        .technical = policy.technical},
            .count_from = policy.counts_from_due_date ? "due_date" : "first_failure",
            .end = std::string{to_text(policy.ending)},
            .messages = MessagesBody{.retry = policy.retry_message, .final_one = policy.final_message},
            .version = std::nullopt};
}

std::string rules_text(const RetryPolicy& policy) { return json::to_text(rules_of(policy)); }

Result<RetryPolicy> parse_rules(std::string_view name, std::string_view text) {
    const auto value = json::parse(text);
    if (!value) return fail(value.error());
    // Said before anything else about the rules: it is what a reader of an unknown field would not understand.
    if (const json::Value* retries = value->find("retries");
        retries != nullptr && retries->kind() == json::Kind::object)
        for (const char* hard : {"hard", "fraud", "invalid_card", "expired_card", "input", "none"})
            if (retries->find(hard) != nullptr)
                return fail(ErrorKind::invalid, "hard_declines_retried",
                            "What was declined for good is never tried again with the same means.",
                            std::string{"retries."} + hard);
    auto body = json::read<RulesBody>(*value);
    if (!body) return fail(std::move(body.error()));
    RetryPolicy policy{.name = std::string{name}};
    auto insufficient = days_of(std::move(body->retries.insufficient_funds), "retries.insufficient_funds");
    if (!insufficient) return fail(std::move(insufficient.error()));
    auto soft = days_of(std::move(body->retries.soft), "retries.soft");
    if (!soft) return fail(std::move(soft.error()));
    auto technical = days_of(std::move(body->retries.technical), "retries.technical");
    if (!technical) return fail(std::move(technical.error()));
    policy.insufficient_funds = std::move(*insufficient);
    policy.soft = std::move(*soft);
    policy.technical = std::move(*technical);
    const std::string from = body->count_from.value_or("first_failure");
    if (from != "first_failure" && from != "due_date")
        return fail(ErrorKind::invalid, "invalid_count_from", "Days count from `first_failure` or from `due_date`.",
                    "count_from");
    policy.counts_from_due_date = from == "due_date";
    bool is_ending = false;
    for (const Ending ending : {Ending::open_case, Ending::cancel, Ending::keep}) {
        if (to_text(ending) != body->end) continue;
        policy.ending = ending;
        is_ending = true;
    }
    if (!is_ending)
        return fail(ErrorKind::invalid, "invalid_ending", "A policy ends with `case`, `cancel` or `keep`.", "end");
    if (body->messages) {
        policy.retry_message = body->messages->retry.value_or("");
        policy.final_message = body->messages->final_one.value_or("");
    }
    return policy;
}

std::optional<std::int64_t> version_of_rules(std::string_view text) {
    const auto value = json::parse(text);
    const json::Value* version = value ? value->find("version") : nullptr;
    return version == nullptr ? std::nullopt : version->integer();
}

}  // namespace florin::billing
