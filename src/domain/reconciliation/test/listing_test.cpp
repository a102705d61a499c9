// What providers are asked for, piece by piece: nothing is forgotten, and what a slow one has told stays known.

#include "settlement_world.hpp"

namespace florin::reconciliation::test {
namespace {

using State = payments::Settlement::State;

class Listing : public ReconciliationTest {
protected:
    bool asks_for(Instant at) {
        provider.spans.clear();
        EXPECT_TRUE(import());
        return std::ranges::any_of(provider.spans,
                                   [&](const auto& span) { return span.first <= at && at < span.second; });
    }
};

TEST_F(Listing, what_stays_open_is_asked_for_with_every_import_and_after_a_month_once_a_day) {
    pay("b1", 1'000);
    provider.settlement("b1").state = State::open;
    const Instant settled_at = clock.now();
    ASSERT_TRUE(import());
    clock.advance(29 * day);
    EXPECT_TRUE(asks_for(settled_at));
    EXPECT_TRUE(asks_for(settled_at));
    clock.advance(171 * day);
    EXPECT_TRUE(asks_for(settled_at)) << "the first import of a day";
    EXPECT_FALSE(asks_for(settled_at)) << "the second";
    clock.advance(day);
    line_of("b1", Kind::charge, purchase(1'000), 1'000);
    provider.settlement("b1").state = State::paid;
    EXPECT_TRUE(asks_for(settled_at));
    EXPECT_EQ(bank(), 1'000) << "what was paid after half a year is found";
    clock.advance(day);
    EXPECT_FALSE(asks_for(settled_at));
}

TEST_F(Listing, what_is_open_for_long_costs_one_question_a_month_of_it) {
    for (int i = 0; i < 40; ++i) {
        pay("b" + std::to_string(i), 1'000);
        provider.told.back().state = State::open;
        clock.advance(day);
    }
    ASSERT_TRUE(import());
    const Instant last = clock.now();
    clock.advance(200 * day);
    ASSERT_TRUE(import());
    clock.advance(day);
    provider.spans.clear();
    ASSERT_TRUE(import());
    std::size_t again = 0;
    for (const auto& [since, until] : provider.spans) again += until <= last + day ? 1U : 0U;
    EXPECT_EQ(again, 2u);
}

TEST_F(Listing, goes_on_where_a_provider_fell_silent) {  // F72
    // The first import goes back three months, a month at a time.
    for (int i = 0; i < 3; ++i) {
        line_of("b" + std::to_string(i), Kind::charge, purchase(100), 100);
        provider.pay("b" + std::to_string(i), clock.now() - (80 - 30 * i) * day);
    }
    provider.spans_until_silence = 2;
    EXPECT_FALSE(import());
    EXPECT_EQ(settlements().size(), 2u) << "what was told is known";
    const Instant begun = provider.spans.front().first;
    provider.spans.clear();
    ASSERT_TRUE(import());
    EXPECT_EQ(settlements().size(), 3u);
    EXPECT_GT(provider.spans.front().first, begun) << "what was told is not asked for from the beginning";
    EXPECT_EQ(bank(), 300);
}

TEST_F(Listing, what_could_not_be_noted_is_listed_again) {
    provider.pay("", clock.now() - 80 * day);
    EXPECT_FALSE(import());
    const Instant begun = provider.spans.front().first;
    provider.told.clear();
    provider.spans.clear();
    ASSERT_TRUE(import());
    EXPECT_LE(provider.spans.front().first - begun, day);
}

TEST_F(Listing, a_settlement_that_is_paid_at_another_moment_moves_with_everybodys_part_of_it) {
    line_of("b1", Kind::charge, purchase(1'000, other), 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    const Instant moved_to = clock.now() + 3 * day;
    provider.settlement("b1").settled_at = moved_to;
    ASSERT_TRUE(import());
    const SettlementFilter later{.connector = {}, .state = {}, .from = moved_to - day, .after = {}};
    for (const MerchantId merchant : {house, other}) {
        const auto found = scheduler.await(modules->reconciliation.list(merchant, later));
        ASSERT_EQ(found->size(), 1u);
        EXPECT_EQ(found->front().mine.settled_at, moved_to);
    }
}

}  // namespace
}  // namespace florin::reconciliation::test
