#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <fstream>
#include <map>
#include <sstream>

#include "florin/payment_terms/cancellation.hpp"

namespace florin::payment_terms {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

CancellationMethod method_of(std::string_view text) {
    if (text == "pro_rata") return CancellationMethod::pro_rata;
    if (text == "short_rate") return CancellationMethod::short_rate;
    if (text == "flat") return CancellationMethod::flat;
    return CancellationMethod::none;
}

TEST(Settlements, are_those_that_unbounded_fractions_give) {  // F90, F95; settlement_vectors.py wrote them
    std::ifstream file{"src/domain/payment_terms/test/settlement_vectors.txt"};
    ASSERT_TRUE(file) << "run it in the folder of the sources";
    std::string line;
    std::getline(file, line);
    std::vector<std::string> names;
    for (std::istringstream words{line}; words >> line;) names.push_back(line);
    int count = 0;
    while (std::getline(file, line)) {
        SCOPED_TRACE(line);
        std::map<std::string, std::string> given;
        std::istringstream words{line};
        for (const std::string& name : names) words >> given[name];
        const auto number = [&](const char* name) { return std::int64_t{std::stoll(given.at(name))}; };
        const auto date = [&](const char* name) { return *calendar::parse_date(given.at(name)); };
        CancellationTerms terms{.method = method_of(given.at("method")),
                                .penalty_bp = number("penalty_bp"),
                                .cooling_off_days = number("cooling_off_days"),
                                .fee_minor = number("fee"),
                                .minimum_earned_bp = number("minimum_earned_bp"),
                                .refund_cap_minor = std::nullopt};
        if (number("refund_cap") >= 0) terms.refund_cap_minor = number("refund_cap");
        const Plan plan = new_plan(date("start"), number("months"), 1, number("total"));
        const Settlement settlement = settle(terms, plan, date("canceled_on"), number("paid"), number("refunded"));
        EXPECT_EQ(settlement.term_days, number("term_days"));
        EXPECT_EQ(settlement.elapsed_days, number("elapsed_days"));
        EXPECT_EQ(settlement.earned_minor, number("earned"));
        EXPECT_EQ(settlement.refund_minor, number("refund"));
        EXPECT_EQ(settlement.final_charge_minor, number("final_charge"));
        ++count;
    }
    EXPECT_EQ(count, 400);
}

TEST(Settlements, count_days_up_to_the_cancellation_and_within_the_term) {  // F81
    const calendar::Date start = year{2027} / month{1} / day{1};
    const Plan plan = new_plan(start, 12, 1, 36'500);
    const auto earned_on = [&](calendar::Date date) { return settle({}, plan, date, 36'500, 0).earned_minor; };
    EXPECT_EQ(earned_on(year{2026} / month{12} / day{31}), 0);
    EXPECT_EQ(earned_on(start), 0) << "the day of the cancellation is no longer one of the term's";
    EXPECT_EQ(earned_on(year{2027} / month{1} / day{2}), 100);
    EXPECT_EQ(earned_on(year{2027} / month{12} / day{31}), 36'400);
    EXPECT_EQ(earned_on(year{2028} / month{1} / day{1}), 36'500);
    EXPECT_EQ(earned_on(year{2030} / month{1} / day{1}), 36'500);
}

TEST(Settlements, before_the_term_are_no_cooling_off_unless_the_terms_have_one) {
    const Plan plan = new_plan(year{2027} / month{3} / day{1}, 12, 1, 120'000);
    const calendar::Date before = year{2027} / month{2} / day{1};
    EXPECT_EQ(settle({.fee_minor = 500}, plan, before, 10'000, 0).refund_minor, 9'500);
    EXPECT_EQ(settle({.cooling_off_days = 1, .fee_minor = 500}, plan, before, 10'000, 0).refund_minor, 10'000);
}

TEST(Settlements, of_the_largest_total_and_the_longest_term_are_exact) {  // F90
    constexpr std::int64_t most = 1'000'000'000'000'000;
    const Plan plan = new_plan(year{2000} / month{1} / day{1}, longest_term_months, 1, most);
    const CancellationTerms terms{.method = CancellationMethod::short_rate, .penalty_bp = 9'999};
    // 18263 days, of which one has passed: most × (10000 + 18262 × 9999) ÷ (18263 × 10000), by hand.
    const Settlement settlement = settle(terms, plan, year{2000} / month{1} / day{2}, most, 0);
    EXPECT_EQ(settlement.term_days, 18'263);
    EXPECT_EQ(settlement.earned_minor, 999'900'005'475'552);
}

RC_GTEST_PROP(Settlements, give_back_at_most_what_was_paid_and_never_both_ways, ()) {  // F94, F95
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'001);
    const std::int64_t months = *rc::gen::inRange<std::int64_t>(1, 61);
    const calendar::Date start = calendar::plus_days(year{2020} / month{1} / day{1}, *rc::gen::inRange(0, 10'000));
    const Plan plan = new_plan(start, months, 1, total);
    const std::int64_t paid = *rc::gen::inRange<std::int64_t>(0, total + 1);
    const std::int64_t refunded = *rc::gen::inRange<std::int64_t>(0, paid + 1);
    CancellationTerms terms{
        .method = *rc::gen::element(CancellationMethod::pro_rata, CancellationMethod::short_rate,
                                    CancellationMethod::flat, CancellationMethod::none),
        .penalty_bp = *rc::gen::inRange<std::int64_t>(0, 10'001),
        .cooling_off_days = *rc::gen::inRange<std::int64_t>(0, 40),
        .fee_minor = *rc::gen::inRange<std::int64_t>(0, total + 1),
        .minimum_earned_bp = *rc::gen::inRange<std::int64_t>(0, 10'001),
        .refund_cap_minor = std::nullopt,
    };
    if (*rc::gen::arbitrary<bool>()) terms.refund_cap_minor = *rc::gen::inRange<std::int64_t>(0, total + 1);
    const calendar::Date canceled_on = calendar::plus_days(start, *rc::gen::inRange(-30, 2'000));
    const Settlement settlement = settle(terms, plan, canceled_on, paid, refunded);
    RC_ASSERT(settlement.refund_minor >= 0);
    RC_ASSERT(settlement.refund_minor <= paid - refunded);
    RC_ASSERT(settlement.final_charge_minor >= 0);
    RC_ASSERT(settlement.refund_minor == 0 || settlement.final_charge_minor == 0);
    RC_ASSERT(settlement.earned_minor >= 0);
    RC_ASSERT(settlement.earned_minor <= std::max(total, paid));
    if (terms.refund_cap_minor && !settlement.is_within_cooling_off)
        RC_ASSERT(settlement.refund_minor <= *terms.refund_cap_minor);
    // A day later nobody gets more back.
    const Settlement later = settle(terms, plan, calendar::plus_days(canceled_on, 1), paid, refunded);
    RC_ASSERT(later.refund_minor <= settlement.refund_minor);
}

RC_GTEST_PROP(Settlements, round_once_half_a_unit_up, ()) {
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000'001);
    const calendar::Date start = year{2027} / month{1} / day{1};
    const Plan plan = new_plan(start, 12, 1, total);
    const std::int64_t elapsed = *rc::gen::inRange<std::int64_t>(0, 366);
    const std::int64_t penalty_bp = *rc::gen::inRange<std::int64_t>(0, 10'001);
    const CancellationTerms terms{.method = CancellationMethod::short_rate, .penalty_bp = penalty_bp};
    const Settlement settlement = settle(terms, plan, calendar::plus_days(start, elapsed), 0, 0);
    // A second way: no division. earned is right exactly if it is the whole number in (x - 1/2, x + 1/2].
    __extension__ using Wide = __int128;
    const Wide parts = Wide{365} * 10'000;
    const Wide exact = Wide{total} * (Wide{elapsed} * 10'000 + (Wide{365} - elapsed) * penalty_bp);
    const Wide twice = 2 * Wide{settlement.earned_minor} * parts;
    RC_ASSERT(twice > 2 * exact - parts);
    RC_ASSERT(twice <= 2 * exact + parts);
}

}  // namespace
}  // namespace florin::payment_terms
