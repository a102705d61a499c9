#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

class SummaryTest : public PaymentsTest {
protected:
    Result<Summary> summarize(PeriodWish wish = {}) { return scheduler.await(payments.summarize(shop, wish)); }
    std::vector<std::string> alarms() {
        std::vector<std::string> raised;
        for (const Alarm& alarm : summarize()->alarms)
            raised.push_back(std::string{alarm.code} + " " + std::to_string(alarm.tally.count));
        return raised;
    }
    void decline(DeclineClass why) {
        Answer answer = said(Outcome::declined);
        answer.decline = why;
        provider.next.push_back(answer);
        charge(T::purchase, 1'000);
    }
    void pay(int times) {
        for (int i = 0; i < times; ++i) charge(T::purchase, 1'000);
    }
    using Words = std::vector<std::string>;
};

TEST_F(SummaryTest, a_period_is_summed_up_by_currency_and_state) {  // C-IM-13
    const auto bought = charge(T::purchase, 1'250);
    charge(T::purchase, 5);
    follow_up(T::refund, bought->transaction.id, "2.50");
    charge(T::authorize, 700);
    ChargeCommand yen = charge_command(T::purchase, 1);
    yen.amount = *Money::of(900, *Currency::of("JPY"));
    scheduler.await(payments.charge(std::move(yen)));

    Words told;
    const auto summary = summarize();
    for (const Summary::Payments& group : summary->payments)
        told.push_back(group.currency + " " + group.state + " " + std::to_string(group.count) + ": " + group.amount +
                       " " + group.amount_captured + " " + group.amount_refunded);
    EXPECT_EQ(told, (Words{"EUR authorized 1: 7.00 0.00 0.00", "EUR captured 2: 12.55 12.55 2.50",
                           "JPY captured 1: 900 900 0"}));
    EXPECT_TRUE(summary->alarms.empty());
    EXPECT_EQ(summary->period.before - summary->period.from, Millis{86'400'000});
}

TEST_F(SummaryTest, sums_of_the_largest_amounts_are_exact) {
    for (int i = 0; i < 3; ++i) charge(T::purchase, Money::max_minor - 1);
    charge(T::purchase, 2);
    EXPECT_EQ(summarize()->payments.at(0).amount, "29999999999999.99");
}

TEST_F(SummaryTest, a_period_begins_with_its_first_moment_and_ends_before_its_last) {
    const Instant made = charge(T::purchase, 100)->payment.created_at;
    pass(Millis{3'600'000});
    const auto counted = [&](Millis from, Millis before) {
        std::int64_t count = 0;
        const auto summary = summarize({.from = made + from, .before = made + before});
        for (const Summary::Payments& group : summary->payments) count += group.count;
        return count;
    };
    EXPECT_EQ(counted(Millis{0}, Millis{1}), 1);
    EXPECT_EQ(counted(Millis{1}, Millis{1'000}), 0);
    EXPECT_EQ(counted(Millis{-1'000}, Millis{0}), 0);
    EXPECT_EQ(counted(Millis{-120'000}, Millis{120'000}), 1);
}

TEST_F(SummaryTest, a_period_that_cannot_be_summed_up_is_refused_by_the_parameters_name) {
    pass(Millis{1'000});
    const Instant now = clock.now();
    const auto field_of = [&](PeriodWish wish) {
        const auto summary = summarize(wish);
        return summary ? std::string{} : summary.error().field;
    };
    EXPECT_EQ(field_of({.from = now, .before = now}), "created_before");
    EXPECT_EQ(field_of({.from = now + Millis{1}, .before = {}}), "created_before");
    EXPECT_EQ(field_of({.from = now - longest_period - Millis{1}, .before = now}), "created_from");
    EXPECT_EQ(field_of({.from = now - longest_period, .before = now}), "");
    const store::Sql crowd{"test.crowd", R"sql(
        INSERT INTO payments (merchant_id, id, state, currency, amount_minor, connector, version, created_at, updated_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250001)
        SELECT $1, CAST(substr($2, 1, 12) || char(48 + i / 65536 % 64, 48 + i / 4096 % 16, 48 + i / 64 % 64, 48 + i % 64)
            AS BLOB), 'declined', 'EUR', 1, 'fake', 1, p.created_at, p.created_at FROM n, payments p
    )sql"};
    const auto made = charge(T::purchase, 100);
    forge(crowd, made->transaction.id);
    pass(Millis{1});
    const auto crowded = summarize();
    ASSERT_FALSE(crowded);
    EXPECT_EQ(crowded.error().code, "period_too_busy");
    EXPECT_EQ(crowded.error().field, "created_from");
}

TEST_F(SummaryTest, declines_are_told_by_class_the_most_frequent_first) {
    decline(DeclineClass::hard);
    decline(DeclineClass::insufficient_funds);
    decline(DeclineClass::insufficient_funds);
    pass(Millis{1});
    Words told;
    const auto summary = summarize();
    for (const Summary::Declines& one : summary->declines)
        told.push_back(one.decline_class + " " + std::to_string(one.count));
    EXPECT_EQ(told, (Words{"insufficient_funds 2", "hard 1"}));
}

TEST_F(SummaryTest, an_outcome_that_stays_unknown_raises_an_alarm_after_five_minutes) {  // C-IM-12
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::no_answer);
    const Instant begun = charge(T::purchase, 1'000)->transaction.created_at;
    clock.advance(begun + Millis{300'000} - clock.now());
    EXPECT_EQ(alarms(), Words{});
    EXPECT_EQ(summarize()->unknown.count, 1);
    EXPECT_EQ(summarize()->unknown.since, begun);
    pass(Millis{1});
    EXPECT_EQ(alarms(), Words{"outcome_unknown 1"});
    EXPECT_EQ(summarize()->alarms[0].tally.since, begun);
    provider.found = said(Outcome::approved);
    settle();
    EXPECT_EQ(alarms(), Words{});
}

TEST_F(SummaryTest, what_was_approved_otherwise_than_asked_raises_an_alarm_until_it_is_given_back) {  // C-IM-12, F25
    provider.next = {said(Outcome::approved, euros(600))};
    const auto part = charge(T::purchase, 1'000);
    EXPECT_EQ(alarms(), Words{"quarantined 1"});
    // However long ago.
    pass(std::chrono::hours{24 * 40});
    EXPECT_EQ(alarms(), Words{"quarantined 1"});
    follow_up(T::refund, part->transaction.id, "5.99");
    EXPECT_EQ(alarms(), Words{"quarantined 1"});
    follow_up(T::refund, part->transaction.id);
    EXPECT_EQ(alarms(), Words{});
}

TEST_F(SummaryTest, captures_refunds_and_cancels_that_fail_raise_alarms_while_they_are_of_the_period) {  // C-IM-12
    const auto held = charge(T::authorize, 1'000), bought = charge(T::purchase, 1'000), other = charge(T::authorize, 5);
    provider.next = {said(Outcome::refused), said(Outcome::declined), said(Outcome::refused)};
    follow_up(T::capture, held->transaction.id);
    follow_up(T::refund, bought->transaction.id);
    follow_up(T::cancel, other->transaction.id);
    pass(Millis{1});
    EXPECT_EQ(alarms(), (Words{"capture_failed 1", "refund_failed 1", "cancel_failed 1"}));
    pass(std::chrono::hours{24});
    EXPECT_EQ(alarms(), Words{});
}

TEST_F(SummaryTest, declines_raise_an_alarm_when_they_are_more_than_half_of_at_least_twenty) {  // C-IM-12
    for (int i = 0; i < 10; ++i) decline(DeclineClass::soft);
    pay(9);
    EXPECT_EQ(alarms(), Words{});  // Ten of nineteen.
    pay(1);
    EXPECT_EQ(alarms(), Words{});  // Half.
    decline(DeclineClass::soft);
    EXPECT_EQ(alarms(), Words{"declines_frequent 11"});
    // What the card's holder does not have a part in does not count.
    provider.next = {said(Outcome::no_answer)};
    charge(T::purchase, 1'000);
    EXPECT_EQ(alarms(), Words{"declines_frequent 11"});
    provider.found = said(Outcome::approved);
    pass(std::chrono::hours{2});
    settle();
    EXPECT_EQ(alarms(), Words{});
}

TEST_F(SummaryTest, an_authorization_with_something_left_raises_an_alarm_a_day_before_it_ends) {  // C-IM-12
    const auto held = charge(T::authorize, 1'000), taken = charge(T::authorize, 1'000);
    follow_up(T::capture, taken->transaction.id);
    const Instant ends = *held->payment.expires_at;
    clock.advance(ends - Millis{86'400'000} - clock.now());
    EXPECT_EQ(alarms(), Words{});
    pass(Millis{1});
    EXPECT_EQ(alarms(), Words{"authorizations_expiring 1"});
    EXPECT_EQ(summarize()->alarms[0].tally.since, ends);
    follow_up(T::capture, held->transaction.id, "1.00");
    EXPECT_EQ(alarms(), Words{"authorizations_expiring 1"});
    follow_up(T::capture, held->transaction.id);
    EXPECT_EQ(alarms(), Words{});
}

}  // namespace
}  // namespace florin::payments
