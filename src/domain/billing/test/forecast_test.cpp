#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using D = payments::DeclineClass;

/// What is foreseen, against what then happens.
class ForecastTest : public BillingTest {
protected:
    calendar::Date today() { return calendar::Zone::utc().date_of(clock.now()); }
    Result<Forecast> foresee(std::int64_t days) {
        Result<Forecast> forecast = fail(ErrorKind::unavailable, "not_read", "");
        read([&](Reader& reader) {
            forecast = billing->inside().foresee(reader, shop, calendar::plus_days(today(), days));
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

TEST_F(ForecastTest, nothing_is_foreseen_of_the_past_or_too_far_ahead) {
    EXPECT_EQ(foresee(-1).error().field, "until");
    EXPECT_TRUE(foresee(longest_forecast_days));
    EXPECT_EQ(foresee(longest_forecast_days + 1).error().code, "invalid_forecast_period");
}

}  // namespace
}  // namespace florin::billing
