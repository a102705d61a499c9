// The tables of docs/guides/instalment-financing.md: what the guide says is what the code computes.

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "florin/payment_terms/cancellation.hpp"
#include "terms_json.hpp"

namespace florin::payment_terms {
namespace {

using Cells = std::vector<std::string>;

std::string trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return std::string{text};
}

std::vector<std::string> parts_of(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t until = std::min(text.find(separator, from), text.size());
        parts.push_back(trimmed(text.substr(from, until - from)));
        from = until + separator.size();
    }
    return parts;
}

std::int64_t number_of(std::string_view text) {
    std::int64_t number = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    EXPECT_TRUE(failure == std::errc{} && end == text.data() + text.size()) << text;
    return number;
}
calendar::Date date_of(std::string_view text) {
    const auto date = calendar::parse_date(text);
    EXPECT_TRUE(date) << text;
    return date.value_or(calendar::Date{});
}

/// The rows of the table behind `<!-- worked examples: NAME -->`.
std::vector<Cells> table(std::string_view name) {
    std::ifstream guide{"docs/guides/instalment-financing.md"};
    EXPECT_TRUE(guide) << "run it in the folder of the sources";
    const std::string mark = "<!-- worked examples: " + std::string{name} + " -->";
    std::vector<Cells> rows;
    std::string line;
    while (std::getline(guide, line) && line != mark) continue;
    while (std::getline(guide, line) && line.starts_with('|')) {
        Cells cells = parts_of(line, "|");
        rows.emplace_back(cells.begin() + 1, cells.end() - 1);
    }
    EXPECT_GT(rows.size(), 2U) << "the guide has no table " << name;
    // The heading and the line below it.
    rows.erase(rows.begin(), rows.begin() + 2);
    return rows;
}

std::int64_t bill(const Plan& plan, Account& account) {
    const std::int64_t amount = next_amount_minor(plan, account);
    account.billed_minor += amount;
    account.billed_count += 1;
    return amount;
}
/// What an adjustment settles at once, which is booked.
std::string settled_of(const Plan& plan, Account& account) {
    const auto movement = compensation(plan, account);
    if (!movement) return "nothing";
    (movement->is_refund ? account.returned_minor : account.billed_minor) += movement->amount_minor;
    return (movement->is_refund ? "refund " : "charge ") + std::to_string(movement->amount_minor);
}
std::string next_three_of(const Plan& plan, Account account) {
    std::ostringstream next;
    for (int shown = 0; shown < 3 && account.billed_count < plan.term_months; ++shown)
        next << (shown > 0 ? ", " : "") << bill(plan, account);
    return next.str();
}

TEST(WorkedExamples, of_schedules_are_what_is_computed) {  // F73, F89, F93, A-AS-13, A-AS-14, X-28, X-29
    for (const Cells& row : table("schedules")) {
        ASSERT_EQ(row.size(), 5U);
        SCOPED_TRACE(row[4]);
        const Plan plan =
            new_plan(date_of(row[1]), number_of(row[3]), static_cast<unsigned>(number_of(row[2])), number_of(row[0]));
        std::ostringstream computed;
        std::int64_t sum = 0;
        for (std::int64_t number = 1; number <= plan.term_months; ++number) {
            const std::int64_t amount = planned_minor(plan, number);
            computed << (number > 1 ? ", " : "") << calendar::to_text(due_on(plan, number)) << ' ' << amount;
            sum += amount;
        }
        EXPECT_EQ(computed.str(), row[4]);
        EXPECT_EQ(sum, plan.total_minor);
    }
}

TEST(WorkedExamples, of_adjustments_are_what_is_computed) {  // F84, F94, A-FR-06, A-FR-08, X-30
    for (const Cells& row : table("adjustments")) {
        ASSERT_EQ(row.size(), 9U);
        SCOPED_TRACE(row[4] + " " + row[5] + " after " + row[2]);
        const Plan before = new_plan(date_of("2027-01-01"), number_of(row[1]), 1, number_of(row[0]));
        Account account{.paid_minor = number_of(row[3])};
        for (std::int64_t i = number_of(row[2]); i > 0; --i) bill(before, account);
        const Adjustment way = row[5] == "spread" ? Adjustment::spread : Adjustment::catch_up;
        const Plan plan = adjusted(before, account, number_of(row[4]), way);
        EXPECT_EQ(settled_of(plan, account), row[6]);
        EXPECT_EQ(credit_minor(plan, account), number_of(row[7]));
        account.paid_minor = account.billed_minor;
        static_cast<void>(settled_of(plan, account));
        EXPECT_EQ(next_three_of(plan, account), row[8]);
    }
}

TEST(WorkedExamples, of_adjustments_of_what_is_gone_are_what_is_computed) {  // F28, F94, F95
    for (const Cells& row : table("adjustments of what is gone")) {
        ASSERT_EQ(row.size(), 7U);
        SCOPED_TRACE(row[1] + " " + row[2] + ", gone " + row[0]);
        const Plan before = new_plan(date_of("2027-01-01"), 12, 1, 120'000);
        Account account{
            .billed_count = 4, .billed_minor = 40'000, .paid_minor = 40'000, .taken_back_minor = number_of(row[0])};
        const Adjustment way = row[2] == "spread" ? Adjustment::spread : Adjustment::catch_up;
        const Plan plan = adjusted(before, account, number_of(row[1]), way);
        EXPECT_EQ(settled_of(plan, account), row[3]);
        EXPECT_EQ(credit_minor(plan, account), number_of(row[4]));
        EXPECT_EQ(next_three_of(plan, account), row[5]);
        while (account.billed_count < plan.term_months) bill(plan, account);
        account.paid_minor = account.billed_minor;
        EXPECT_EQ(kept_minor(account), number_of(row[6]));
    }
}

TEST(WorkedExamples, of_cancellations_are_what_is_computed) {  // F81, F95, A-SC-06, A-FR-09, A-AS-16, A-AS-18
    for (const Cells& row : table("cancellations")) {
        ASSERT_EQ(row.size(), 10U);
        SCOPED_TRACE(row[0] + " on " + row[4]);
        const auto json = json::parse(row[0].substr(1, row[0].size() - 2));
        ASSERT_TRUE(json);
        const auto body = json::read<CancellationTermsBody>(*json);
        ASSERT_TRUE(body);
        const auto terms = cancellation_terms_of(*body);
        ASSERT_TRUE(terms);
        const Plan plan = new_plan(date_of(row[2]), number_of(row[3]), 1, number_of(row[1]));
        const Settlement settlement = settle(*terms, plan, date_of(row[4]), number_of(row[5]), 0);
        EXPECT_EQ(std::to_string(settlement.elapsed_days) + " of " + std::to_string(settlement.term_days), row[6]);
        EXPECT_EQ(settlement.earned_minor, number_of(row[7]));
        EXPECT_EQ(settlement.refund_minor, number_of(row[8]));
        EXPECT_EQ(settlement.final_charge_minor, number_of(row[9]));
    }
}

TEST(WorkedExamples, of_money_that_goes_again_are_what_is_computed) {  // F28, F95
    for (const Cells& row : table("taken back")) {
        ASSERT_EQ(row.size(), 10U);
        SCOPED_TRACE("paid " + row[4] + ", taken back " + row[5]);
        const Plan plan = new_plan(date_of(row[1]), number_of(row[2]), 1, number_of(row[0]));
        const Settlement settlement =
            settle({}, plan, date_of(row[3]), number_of(row[4]), number_of(row[6]), number_of(row[5]));
        EXPECT_EQ(settlement.earned_minor, number_of(row[7]));
        EXPECT_EQ(settlement.refund_minor, number_of(row[8]));
        EXPECT_EQ(settlement.final_charge_minor, number_of(row[9]));
    }
}

}  // namespace
}  // namespace florin::payment_terms
