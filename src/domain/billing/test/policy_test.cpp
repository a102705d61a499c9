#include "policy.hpp"

#include <gtest/gtest.h>

namespace florin::billing {
namespace {

using D = payments::DeclineClass;
using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

constexpr calendar::Date due = year{2027} / month{1} / day{31};
constexpr calendar::Date failed_first = year{2027} / month{2} / day{2};

Charge failed(std::int64_t failures, D decline) {
    return {.merchant = MerchantId{1},
            .id = {},
            .owner_kind = "plan",
            .amount = *Money::of(100, *Currency::of("EUR")),
            .due_date = due,
            .customer_id = {},
            .means = {},
            .retry_policy = {},
            .description = {},
            .attempts = failures,
            .failures = failures,
            .first_failed_on = failed_first,
            .decline = decline,
            .message = {},
            .correlation_id = {}};
}

TEST(RetryPolicies, the_next_try_is_so_many_days_after_the_first_failure_and_never_today) {  // X-07, X-27, F82
    const RetryPolicy& usual = presets().at(1);
    struct Case {
        const char* why;
        std::int64_t failures;
        D decline;
        calendar::Date today;
        std::optional<calendar::Date> next;
    };
    const Case cases[] = {
        {"the first day of the list", 1, D::insufficient_funds, failed_first, calendar::plus_days(failed_first, 1)},
        {"counted from the first failure, not from the last", 2, D::insufficient_funds,
         calendar::plus_days(failed_first, 1), calendar::plus_days(failed_first, 3)},
        {"a day that is past is tomorrow", 2, D::soft, calendar::plus_days(failed_first, 9),
         calendar::plus_days(failed_first, 10)},
        {"the last one of the list", 4, D::technical, calendar::plus_days(failed_first, 5),
         calendar::plus_days(failed_first, 7)},
        {"the list is at its end", 5, D::soft, calendar::plus_days(failed_first, 7), std::nullopt},
        {"a hard decline", 1, D::hard, failed_first, std::nullopt},
        {"a stolen card", 1, D::fraud, failed_first, std::nullopt},
        {"a wrong card", 1, D::invalid_card, failed_first, std::nullopt},
        {"an expired card", 1, D::expired_card, failed_first, std::nullopt},
        {"what was asked was wrong", 1, D::input, failed_first, std::nullopt},
        {"refused without a class", 1, D::none, failed_first, std::nullopt},
    };
    for (const Case& one : cases)
        EXPECT_EQ(next_try(usual, failed(one.failures, one.decline), one.today), one.next) << one.why;
}

TEST(RetryPolicies, document_as_rule_is_exactly_one_retry_on_the_next_day) {  // A-FR-03
    const RetryPolicy& rule = presets().front();
    EXPECT_EQ(next_try(rule, failed(1, D::insufficient_funds), failed_first), calendar::plus_days(failed_first, 1));
    EXPECT_EQ(next_try(rule, failed(2, D::insufficient_funds), calendar::plus_days(failed_first, 1)), std::nullopt);
    EXPECT_EQ(rule.ending, Ending::open_case);
}

TEST(RetryPolicies, days_may_count_from_the_due_day) {
    RetryPolicy policy{.name = "p", .soft = {5}};
    policy.counts_from_due_date = true;
    EXPECT_EQ(next_try(policy, failed(1, D::soft), failed_first), calendar::plus_days(due, 5));
}

TEST(RetryPolicies, refunds_are_not_tried_again_by_days) {
    Charge refund = failed(1, D::soft);
    refund.is_refund = true;
    EXPECT_EQ(next_try(presets().front(), refund, failed_first), std::nullopt);
}

TEST(RetryPolicies, rules_are_read_as_they_were_written) {
    for (const RetryPolicy& preset : presets()) {
        const auto read = parse_rules(preset.name, rules_text(preset));
        ASSERT_TRUE(read) << read.error().field;
        EXPECT_EQ(rules_text(*read), rules_text(preset));
    }
    const auto quiet = parse_rules("quiet", R"({"retries":{},"end":"keep","messages":{}})");
    ASSERT_TRUE(quiet);
    EXPECT_EQ(quiet->retry_message, "");
    EXPECT_EQ(quiet->final_message, "");
    EXPECT_EQ(quiet->ending, Ending::keep);
    const auto usual_words = parse_rules("usual", R"({"retries":{},"end":"keep"})");
    EXPECT_EQ(usual_words->final_message, "payment_failed");
}

TEST(RetryPolicies, hard_declines_cannot_be_given_days) {  // A-AS-06
    for (const char* hard : {"hard", "fraud", "invalid_card", "expired_card", "input", "none"}) {
        const auto refused = parse_rules("p", std::string{R"({"retries":{")"} + hard + R"(":[1]},"end":"case"})");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, "hard_declines_retried");
        EXPECT_EQ(refused.error().field, std::string{"retries."} + hard);
    }
}

}  // namespace
}  // namespace florin::billing
