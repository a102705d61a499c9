#include <set>

#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using D = payments::DeclineClass;

/// What is foreseen, against what then happens.
class ForecastTest : public BillingTest {
protected:
    calendar::Date today() { return calendar::Zone::utc().date_of(clock.now()); }
    Result<Forecast> foresee(std::int64_t days, ForecastPlace after = {}, std::size_t limit = 1'000) {
        Result<Forecast> forecast = fail(ErrorKind::unavailable, "not_read", "");
        read([&](Reader& reader) {
            const ForecastWish wish{.until = calendar::plus_days(today(), days), .after = after, .limit = limit};
            forecast = billing->inside().foresee(reader, shop, wish);
            return true;
        });
        return forecast;
    }
};

TEST_F(ForecastTest, what_is_foreseen_is_what_then_happens) {
    store_card();
    const Uuid first = add_plan({.first = {}, .term = 5});
    work();
    clock.advance(7 * day);
    const Uuid second = add_plan({.first = {}, .term = 3, .amount = 1'250});
    work();
    const auto foreseen = foresee(100);
    ASSERT_TRUE(foreseen);
    ASSERT_EQ(foreseen->totals.size(), 1U);
    const std::int64_t before = bank.holds();
    live(100);
    EXPECT_EQ(bank.holds() - before, foreseen->totals[0].charges_minor);
    std::size_t made = 0;
    for (const Uuid& plan : {first, second})
        for (const Charge& charge : charges(plan))
            for (const Foreseen& item : foreseen->items)
                if (item.what.owner == plan && item.what.number == charge.number) {
                    EXPECT_EQ(item.date, charge.due_date);
                    EXPECT_EQ(item.what.amount, charge.amount);
                    ++made;
                }
    EXPECT_EQ(made, foreseen->items.size());
    EXPECT_EQ(made, 5U);
}

TEST_F(ForecastTest, a_retry_is_foreseen_on_its_day_and_a_refund_on_its_own_side) {
    store_card();
    bank.next = {declined(D::insufficient_funds)};
    const Uuid plan = add_plan({.first = {}, .term = 1});
    work();
    const auto foreseen = foresee(1);
    ASSERT_EQ(foreseen->items.size(), 1U);
    EXPECT_EQ(foreseen->items[0].date, *only(plan).retry_on);
    EXPECT_EQ(foreseen->items[0].charge->status, ChargeStatus::retrying);
    EXPECT_TRUE(foresee(0)->items.empty());
}

TEST_F(ForecastTest, pages_go_through_all_of_it_once_and_each_costs_no_more_than_it_shows) {
    store_card();
    for (int i = 0; i < 7; ++i) add_plan({.first = {}, .term = 4, .amount = 100 + i});
    work();
    // One is retried, one is still to be tried: their turns and charges are parts of it too.
    bank.next = {declined(D::insufficient_funds)};
    add_plan({.first = {}, .term = 1});
    work();
    const auto whole = foresee(100);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->items.size(), 7 * 3U + 1U);
    EXPECT_FALSE(whole->next);
    std::multiset<std::pair<Uuid, std::int64_t>> all, paged;
    for (const Foreseen& item : whole->items) all.emplace(item.what.owner, item.what.number);
    std::optional<ForecastPlace> place = ForecastPlace{};
    for (int pages = 0; place; ++pages) {
        ASSERT_LT(pages, 20);
        // As it comes back from a reader.
        const auto parsed = ForecastPlace::parse(place->text());
        ASSERT_TRUE(parsed) << place->text();
        const auto page = foresee(100, *parsed, 4);
        EXPECT_LE(page->items.size(), 4 + 2U) << "what belongs to one plan stays together";
        std::int64_t sum = 0;
        for (const Foreseen& item : page->items) {
            paged.emplace(item.what.owner, item.what.number);
            sum += item.what.amount.minor();
        }
        EXPECT_EQ(page->totals.empty() ? 0 : page->totals[0].charges_minor, sum);
        place = page->next;
    }
    EXPECT_EQ(paged, all);
    for (const char* wrong : {"", "x", "agenda~", "agenda~soon~", "pending~", "turns~billing/turn/", "later~1"})
        EXPECT_FALSE(ForecastPlace::parse(wrong)) << wrong;
}

TEST_F(ForecastTest, what_is_due_at_this_moment_is_foreseen_also_while_its_turn_is_being_taken) {
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 2});
    ASSERT_EQ(foresee(40)->items.size(), 2U);
    // Its owner has refused, so the turn is off the agenda and left to a job, which has not run yet.
    refuses_turns = true;
    ASSERT_TRUE(scheduler.await(billing->load()));
    refuses_turns = false;
    EXPECT_TRUE(charges(plan).empty());
    EXPECT_EQ(foresee(40)->items.size(), 2U);
    work(Millis{1});
    work();
    EXPECT_EQ(foresee(40)->items.size(), 1U);
}

TEST_F(ForecastTest, and_while_its_charge_is_to_be_collected) {
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 2});
    ASSERT_TRUE(scheduler.await(billing->load()));
    EXPECT_EQ(charges(plan).size(), 1U) << "the loader has it made at once";
    EXPECT_EQ(foresee(40)->items.size(), 2U);
}

TEST_F(ForecastTest, and_while_its_retry_is_to_be_collected) {
    store_card();
    bank.next = {declined(D::insufficient_funds)};
    const Uuid plan = add_plan({.first = {}, .term = 1});
    work();
    ASSERT_EQ(only(plan).status, ChargeStatus::retrying);
    clock.advance(2 * day);
    // Its turn is off the agenda, and nobody has begun to collect it.
    ASSERT_TRUE(scheduler.await(billing->load()));
    ASSERT_EQ(only(plan).status, ChargeStatus::retrying);
    EXPECT_EQ(foresee(1)->items.size(), 1U);
    work();
    EXPECT_TRUE(foresee(1)->items.empty());
}

TEST_F(ForecastTest, a_turn_that_throws_does_not_keep_those_it_came_with_from_theirs) {  // F105
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 2});
    const Uuid unknown = world.new_uuid();
    const auto put = [&](Tx& tx) -> Result<bool> {
        put_turn(tx, shop, {.kind = "plan", .id = unknown}, tx.now());
        return true;
    };
    ASSERT_TRUE(write(put));
    ASSERT_TRUE(scheduler.await(billing->load()));
    work(Millis{1});
    work();
    EXPECT_EQ(charges(plan).size(), 1U);
}

TEST_F(ForecastTest, what_is_held_is_not_foreseen_until_it_is_let_go) {  // F78
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 12});
    clock.advance(200 * day);
    work();
    EXPECT_TRUE(foresee(100)->items.empty());
    release(plan);
    EXPECT_EQ(foresee(100)->items.size(), 11U) << "seven are due, four come within a hundred days";
    work();
    live(100);
    EXPECT_EQ(charges(plan).size(), 11U);
}

TEST_F(ForecastTest, nothing_is_foreseen_of_the_past_or_too_far_ahead) {
    EXPECT_EQ(foresee(-1).error().field, "until");
    EXPECT_TRUE(foresee(longest_forecast_days));
    EXPECT_EQ(foresee(longest_forecast_days + 1).error().code, "invalid_forecast_period");
}

}  // namespace
}  // namespace florin::billing
