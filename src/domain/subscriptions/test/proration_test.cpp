// Changes within a period: whatever their sequence, nobody pays or gets a cent too much.

#include "proration.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

namespace florin::subscriptions {
namespace {

/// Books of another kind: what each day costs, in parts of a minor unit of which `days` make one.
struct ByTheDay {
    std::vector<std::int64_t> day_costs;
    ByTheDay(std::int64_t price, std::int64_t days) : day_costs(static_cast<std::size_t>(days), price) {}
    void change(std::int64_t price, std::int64_t from_day) {
        for (auto day = static_cast<std::size_t>(from_day); day < day_costs.size(); ++day) day_costs[day] = price;
    }
    /// The sum in whole minor units, a half up: counted up and down by hand instead of divided.
    std::int64_t cost() const {
        __extension__ __int128 parts = 0;
        for (const std::int64_t cost : day_costs) parts += cost;
        const auto days = static_cast<std::int64_t>(day_costs.size());
        const auto whole = static_cast<std::int64_t>(parts / days);
        const auto rest = static_cast<std::int64_t>(parts % days);
        return rest * 2 >= days ? whole + 1 : whole;
    }
};

TEST(Proration, a_person_can_check_these) {  // F96
    struct Case {
        const char* why;
        std::int64_t from_price, to_price, left, days, credit, charge;
    };
    const Case cases[] = {
        {"half of June, twice as dear", 1'000, 2'000, 15, 30, -500, 1'000},
        {"a third of a cent is left", 1'000, 0, 10, 30, -333, 0},
        {"on the first day: all of it", 1'000, 1'500, 31, 31, -1'000, 1'500},
        {"when nothing is left: nothing", 1'000, 1'500, 0, 31, 0, 0},
        {"on the last day", 3'100, 6'200, 1, 31, -100, 200},
        {"half a cent back is rounded up, so nothing is given back", 1, 0, 1, 2, 0, 0},
        {"half a cent more is rounded up", 0, 1, 1, 2, 0, 1},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.why);
        std::int64_t numerator = 0;
        EXPECT_EQ(prorate(numerator, -one.from_price, one.left, one.days), one.credit);
        EXPECT_EQ(prorate(numerator, one.to_price, one.left, one.days), one.charge);
    }
}

TEST(Proration, is_rounded_once_whatever_the_sequence_of_changes) {  // F96
    const char* given = std::getenv("SEED");
    const std::uint64_t seed = given == nullptr ? 1 : std::stoull(given);
    SCOPED_TRACE("repeat with SEED=" + std::to_string(seed));
    std::mt19937_64 chance{seed};
    std::size_t lines = 0;
    while (lines < 1'000'000) {
        const auto days = std::uniform_int_distribution<std::int64_t>{1, 1'096}(chance);
        const std::int64_t dearest = chance() % 2 == 0 ? 1'000'000'000'000 : 500;
        std::uniform_int_distribution<std::int64_t> any_price{0, dearest};
        const std::int64_t first_price = any_price(chance);
        std::int64_t price = first_price, numerator = 0, sum = 0, day = 0;
        ByTheDay books{price, days};
        for (auto changes = chance() % 12; changes > 0; --changes) {
            day = std::uniform_int_distribution<std::int64_t>{day, days}(chance);
            const std::int64_t credit = prorate(numerator, -price, days - day, days);
            price = any_price(chance);
            const std::int64_t charge = prorate(numerator, price, days - day, days);
            ASSERT_LE(credit, 0) << "what is given back is never a charge (F94)";
            ASSERT_GE(charge, 0) << "nor is a charge negative (F94)";
            sum += credit + charge;
            books.change(price, day);
            lines += 2;
            ASSERT_EQ(first_price + sum, books.cost()) << days << " days, on day " << day;
        }
    }
}

TEST(Proration, there_and_back_on_one_day_costs_nothing) {  // F96
    for (std::int64_t days = 1; days <= 366; ++days)
        for (std::int64_t left = 0; left <= days; left += 7) {
            std::int64_t numerator = 0, sum = 0;
            for (int times = 0; times < 5; ++times) {
                sum += prorate(numerator, -1'999, left, days) + prorate(numerator, 2'999, left, days);
                sum += prorate(numerator, -2'999, left, days) + prorate(numerator, 1'999, left, days);
            }
            ASSERT_EQ(sum, 0) << left << " of " << days;
            ASSERT_EQ(numerator, 0);
        }
}

TEST(Rounding, moves_with_whole_amounts_beside_it) {
    for (std::int64_t days = 1; days <= 40; ++days)
        for (std::int64_t numerator = -200; numerator <= 200; ++numerator)
            for (const std::int64_t whole : {-7, 0, 1, 100})
                ASSERT_EQ(rounded(numerator + whole * days, days), rounded(numerator, days) + whole);
    EXPECT_EQ(rounded(1, 2), 1);
    EXPECT_EQ(rounded(-1, 2), 0);
    EXPECT_EQ(rounded(-3, 2), -1);
    EXPECT_EQ(rounded(-2, 3), -1);
}

}  // namespace
}  // namespace florin::subscriptions
