// The life of a subscription: what people ask for, and what time and payments bring.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "florin/store/prepare_all.hpp"
#include "subscriptions_world.hpp"

namespace florin::subscriptions {
namespace {

using billing::ChargeStatus;
using billing::Purpose;
using test::day;
using test::SubscriptionsWorld;
using Dates = std::vector<std::string>;
using Amounts = std::vector<std::int64_t>;

Changes amount(std::string text, Proration proration = Proration::create, When when = When::now) {
    Changes changes;
    changes.amount = std::move(text);
    changes.proration = proration;
    changes.when = when;
    return changes;
}

TEST(Subscriptions, have_statements_that_the_schema_knows) {
    const SubscriptionsWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.store)) ADD_FAILURE() << statement << ": " << why;
}

TEST(Subscriptions, are_charged_at_once_and_then_on_the_same_day_of_each_month) {  // D-FL-04, F73
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    EXPECT_EQ(made.status, Status::active);
    EXPECT_EQ(made.next_billing_date, day("2027-02-28"));
    sim.advance("2027-06-30T00:00:00Z");
    EXPECT_EQ(sim.due_dates(),
              (Dates{"2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"}));
    EXPECT_EQ(sim.amounts(), Amounts(6, 1'000));
    EXPECT_EQ(sim.invoices.size(), 6U);
    EXPECT_EQ(sim.invoices.at(1), "Subscription, 28 February 2027 to 30 March 2027");
    const Subscription now = sim.found(made);
    EXPECT_EQ(now.period_number, 6);
    EXPECT_EQ(now.version, 6);
    EXPECT_EQ(sim.events(), (Dates{"created", "renewed", "renewed", "renewed", "renewed", "renewed"}));
}

TEST(Subscriptions, are_charged_by_their_cycle) {  // X-26
    struct Case {
        const char* cycle;
        Dates due;
    };
    const Case cases[] = {
        {"daily", {"2027-01-31", "2027-02-01", "2027-02-02"}},
        {"every_10_days", {"2027-01-31", "2027-02-10", "2027-02-20"}},
        {"every_2_weeks", {"2027-01-31", "2027-02-14", "2027-02-28"}},
        {"quarterly", {"2027-01-31", "2027-04-30", "2027-07-31"}},
        {"every_6_months", {"2027-01-31", "2027-07-31", "2028-01-31"}},
        {"yearly", {"2027-01-31", "2028-01-31", "2029-01-31"}},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.cycle);
        SubscriptionsWorld sim;
        sim.made(SubscriptionsWorld::wish("10.00", one.cycle));
        sim.advance(one.due.back() + "T00:00:00Z");
        EXPECT_EQ(sim.due_dates(), one.due);
    }
}

TEST(Subscriptions, begin_to_cost_when_the_trial_ends_and_not_a_moment_before) {  // F81
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::trial(14));
    EXPECT_EQ(made.status, Status::trialing);
    EXPECT_EQ(made.trial_end_date, day("2027-02-14"));
    sim.advance("2027-02-13T23:59:59.999Z");
    EXPECT_EQ(sim.due_dates(), Dates{});
    EXPECT_EQ(sim.mails, (Dates{"subscription_welcome", "subscription_trial_ending"}));
    sim.advance("2027-02-14T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), Dates{"2027-02-14"});
    EXPECT_EQ(sim.found(made).status, Status::active);
    sim.advance("2027-03-14T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-02-14", "2027-03-14"}));
    EXPECT_EQ(sim.events(), (Dates{"created", "trial_ending", "activated", "renewed"}));
}

TEST(Subscriptions, are_charged_at_the_billing_hour_of_the_merchants_own_day) {  // F75, F76
    SubscriptionsWorld sim;
    sim.zone = *calendar::Zone::find("America/New_York");
    sim.billing_hour = 6;
    sim.now = *parse_instant("2027-02-14T03:00:00Z");  // The 13th in New York.
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    EXPECT_EQ(sim.due_dates(), Dates{"2027-02-13"});
    // The clocks have gone forward by then.
    EXPECT_EQ(to_text(sim.billing.turns.at(made.id.value)), "2027-03-13T11:00:00.000Z");
    sim.advance("2027-03-13T11:00:00Z");
    EXPECT_EQ(to_text(sim.billing.turns.at(made.id.value)), "2027-04-13T10:00:00.000Z");
    // A turn that comes before its day by another calendar charges nothing, and is put anew.
    sim.zone = calendar::Zone::utc();
    sim.billing_hour = 23;
    sim.advance("2027-04-13T22:59:59Z");
    EXPECT_EQ(sim.due_dates().size(), 2U);
    sim.advance("2027-04-13T23:00:00Z");
    EXPECT_EQ(sim.due_dates().size(), 3U);
}

TEST(Subscriptions, catch_up_in_order_with_one_charge_for_each_period) {  // F70, F71, F72
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish("10.00", "weekly"));
    sim.now = *parse_instant("2027-02-25T12:00:00Z");
    sim.advance("2027-02-25T12:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-07", "2027-02-14", "2027-02-21"}));
    // The same turn once more, as after a crash before the job was marked done.
    sim.write([&](Tx& tx) {
        EXPECT_TRUE(
            sim.subscriptions.owner().on_turn(tx, test::shop, made.id.value, *parse_instant("2027-02-21T00:00:00Z")));
    });
    EXPECT_EQ(sim.due_dates().size(), 4U);
}

TEST(Subscriptions, hold_what_is_due_at_once_for_too_many_periods) {  // F78
    for (const Missed missed : {Missed::charge, Missed::skip}) {
        SubscriptionsWorld sim;
        const Subscription made = sim.made(SubscriptionsWorld::wish());
        sim.settle_all();
        sim.now = *parse_instant("2028-01-31T09:00:00Z");
        sim.advance("2028-01-31T09:00:00Z");
        EXPECT_EQ(sim.due_dates(), Dates{"2027-01-31"});
        EXPECT_TRUE(sim.found(made).is_held);
        ASSERT_TRUE(sim.release(made, missed));
        EXPECT_EQ(sim.release(made, missed).error().code, "not_held");
        sim.advance("2028-02-29T00:00:00Z");
        if (missed == Missed::charge) {
            EXPECT_EQ(sim.due_dates().size(), 14U) << "each of them";
            EXPECT_EQ(sim.due_dates().back(), "2028-02-29");
        } else {
            EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2028-01-31", "2028-02-29"}));
        }
    }
}

TEST(Subscriptions, are_let_go_only_while_they_are_held) {  // F78
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    sim.now = *parse_instant("2028-01-31T09:00:00Z");
    sim.advance("2028-01-31T09:00:00Z");
    ASSERT_TRUE(sim.found(made).is_held);
    ASSERT_TRUE(sim.pause(made));
    ASSERT_TRUE(sim.resume(made));
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2028-01-31"}));
    const auto refused = sim.release(made, Missed::skip);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "not_held");
    EXPECT_EQ(sim.due_dates().size(), 2U);
}

TEST(Subscriptions, that_pause_or_end_while_they_are_held_leave_nothing_to_decide) {  // F78
    using cases::Resolution;
    const auto held_and = [](const auto& act) {
        SubscriptionsWorld sim;
        const Subscription made = sim.made(SubscriptionsWorld::wish());
        sim.settle_all();
        sim.now = *parse_instant("2028-01-31T09:00:00Z");
        sim.advance("2028-01-31T09:00:00Z");
        EXPECT_TRUE(sim.found(made).is_held);
        EXPECT_TRUE(act(sim, made));
        EXPECT_FALSE(sim.found(made).is_held);
        std::vector<Resolution> ended;
        for (const auto& [owner, as] : sim.billing.ended_holds)
            if (owner == made.id.value) ended.push_back(as);
        return ended;
    };
    const auto pause = [](auto& sim, const auto& made) { return sim.pause(made).has_value(); };
    const auto cancel = [](auto& sim, const auto& made) { return sim.cancel(made).has_value(); };
    const auto release = [](auto& sim, const auto& made) { return sim.release(made, Missed::skip).has_value(); };
    EXPECT_EQ(held_and(pause), std::vector{Resolution::waived});
    EXPECT_EQ(held_and(cancel), std::vector{Resolution::canceled});
    EXPECT_EQ(held_and(release), std::vector<Resolution>{}) << "billing ends that by itself";
}

TEST(Subscriptions, are_not_charged_early_when_the_clock_was_put_back) {  // F76
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    const Instant due = sim.billing.turns.at(made.id.value);
    sim.now = *parse_instant("2027-02-20T00:00:00Z");
    sim.write([&](Tx& tx) { EXPECT_TRUE(sim.subscriptions.owner().on_turn(tx, test::shop, made.id.value, due)); });
    EXPECT_EQ(sim.due_dates(), Dates{"2027-01-31"});
    EXPECT_EQ(sim.billing.turns.at(made.id.value), due);
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-28"}));
}

TEST(Changes, are_settled_with_the_next_charge_to_the_cent) {  // F96
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-10T12:00:00Z");
    // 18 of 28 days are left: 10.00 × 18/28 back, 25.00 × 18/28 more.
    ASSERT_TRUE(sim.change(made, amount("25.00")));
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 2'500 + 1'607 - 643}));
    const auto& lines = sim.billing.made.at(1).lines;
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[1].amount.minor(), -643);
    EXPECT_EQ(lines[2].amount.minor(), 1'607);
    sim.advance("2027-03-31T00:00:00Z");
    EXPECT_EQ(sim.amounts().back(), 2'500);
    EXPECT_EQ(sim.found(made).first_date, day("2027-01-31")) << "the days stay what they were";
}

TEST(Changes, to_less_carry_the_credit_forward_until_it_is_used_up) {  // F94, F96
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish("100.00"));
    sim.advance("2027-02-14T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("20.00")));
    // 14 of 28 days: 50.00 back, 10.00 more, so 40.00 are left for what costs 20.00 a month.
    sim.advance("2027-05-31T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{10'000, 0, 0, 2'000, 2'000}));
}

TEST(Changes, can_be_charged_at_once_or_not_at_all) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-14T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("30.00", Proration::charge_now)));
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 1'000}));
    EXPECT_EQ(sim.billing.made.at(1).charge.purpose, Purpose::proration);
    ASSERT_TRUE(sim.change(made, amount("60.00", Proration::none)));
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 1'000, 6'000}));
}

TEST(Changes, that_are_not_charged_hold_from_the_next_period_on) {  // F95
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-14T00:00:00Z");
    const auto changed = sim.change(made, amount("100.00", Proration::none));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->subscription.price.amount.minor(), 1'000);
    ASSERT_TRUE(changed->subscription.scheduled);
    EXPECT_EQ(changed->subscription.scheduled->price.amount.minor(), 10'000);
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 10'000}));
    ASSERT_TRUE(sim.change(made, amount("1000.00", Proration::none)));
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 10'000, -10'000})) << "what is given back is what was paid for it";
}

TEST(Changes, within_a_trial_hold_at_once_whatever_becomes_of_the_period) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::trial(14));
    EXPECT_EQ(sim.change(made, amount("20.00", Proration::none))->subscription.price.amount.minor(), 2'000);
    sim.advance("2027-02-14T00:00:00Z");
    EXPECT_EQ(sim.amounts(), Amounts{2'000});
}

TEST(Changes, credit_nothing_of_a_period_whose_charge_is_not_paid_yet) {  // F95
    for (const auto open : {ChargeStatus::pending, ChargeStatus::processing, ChargeStatus::retrying}) {
        SubscriptionsWorld sim;
        const Subscription made = sim.made(SubscriptionsWorld::wish("100.00"));
        sim.billing.find(made.id.value, Purpose::period, 1).status = open;
        for (const auto proration : {Proration::create, Proration::charge_now}) {
            const auto refused = sim.change(made, amount("20.00", proration));
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code, "period_not_paid");
            EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
        }
        EXPECT_TRUE(sim.change(made, amount("30.00", Proration::none)));
        EXPECT_TRUE(sim.change(made, amount("40.00", Proration::create, When::period_end)));
        sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::succeeded);
        EXPECT_TRUE(sim.change(made, amount("20.00")));
        sim.advance("2027-02-28T00:00:00Z");
        EXPECT_EQ(sim.amounts(), (Amounts{10'000, 0})) << "the last change takes the place of what was to come";
    }
}

TEST(Changes, credit_nothing_of_a_change_that_is_not_paid_yet) {  // F95
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    ASSERT_TRUE(sim.change(made, amount("100.00", Proration::charge_now)));
    EXPECT_EQ(sim.change(made, amount("20.00")).error().code, "period_not_paid");
    // What it failed to pay is not credited either: the change waits for the next period.
    sim.billing.ending = billing::Ending::keep;
    sim.settle(sim.billing.find(made.id.value, Purpose::proration, 1), ChargeStatus::failed);
    ASSERT_TRUE(sim.change(made, amount("20.00")));
    EXPECT_TRUE(sim.found(made).scheduled);
    EXPECT_EQ(sim.amounts().size(), 2U);
}

TEST(Changes, credit_nothing_of_what_was_taken_or_given_back_since) {  // F28, F95
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish("100.00"));
    sim.settle_all();
    sim.billing.find(made.id.value, Purpose::period, 1).taken_back_minor = 1'000;
    ASSERT_TRUE(sim.change(made, amount("20.00")));
    EXPECT_TRUE(sim.found(made).scheduled);
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.amounts(), (Amounts{10'000, -9'000})) << "all days are left, and 10.00 were given back before";
}

TEST(Subscriptions, in_a_currency_that_what_pays_them_does_not_take_are_refused) {
    SubscriptionsWorld sim;
    NewSubscription wish = SubscriptionsWorld::wish();
    wish.currency = "JPY";
    wish.amount = "1000";
    const auto refused = sim.create(wish);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "currency_not_supported");
    EXPECT_EQ(refused.error().field, "currency");
}

TEST(Changes, that_wait_to_be_charged_are_charged_when_it_ends) {  // F96
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    ASSERT_TRUE(sim.change(made, amount("1000.00")));
    ASSERT_TRUE(sim.cancel(made, When::period_end));
    const auto expected = sim.forecast("2027-12-31T00:00:00Z");
    sim.advance("2027-12-31T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 99'000}));
    const auto& last = sim.billing.made.at(1);
    EXPECT_EQ(last.charge.purpose, Purpose::final_amount);
    EXPECT_EQ(last.charge.due_date, day("2027-02-28"));
    EXPECT_EQ(sim.found(made).status, Status::canceled);
    ASSERT_EQ(expected.size(), 1U) << "and so it was foretold";
    EXPECT_EQ(expected[0].purpose, last.charge.purpose);
    EXPECT_EQ(expected[0].number, last.charge.number);
    EXPECT_EQ(expected[0].due_date, last.charge.due_date);
    EXPECT_EQ(expected[0].amount, last.charge.amount);
    // It is tried again like any other, although the subscription is no more.
    sim.settle(sim.billing.made.at(1).charge, ChargeStatus::retrying);
    EXPECT_EQ(sim.billing.made.at(1).charge.status, ChargeStatus::retrying);
}

TEST(Changes, that_wait_are_charged_less_what_is_unused_when_it_ends_at_once) {  // F95, F96
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-07T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("100.00")));
    sim.advance("2027-02-14T00:00:00Z");
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    // 7 days at 10.00 and 7 at 100.00, of 28 each: 27.50, of which 10.00 are paid.
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 1'750}));
    EXPECT_FALSE(sim.billing.made.at(1).charge.is_refund);
    EXPECT_EQ(sim.billing.made.at(1).lines.back().amount.minor(), -5'000);
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.amounts().size(), 2U);
}

TEST(Changes, and_a_cancellation_leave_what_the_days_that_were_used_cost) {  // F95, F96
    const char* given = std::getenv("SEED");
    const std::uint64_t seed = given == nullptr ? 1 : std::stoull(given);
    SCOPED_TRACE("repeat with SEED=" + std::to_string(seed));
    std::mt19937_64 chance{seed};
    const auto any = [&](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{least, most}(chance);
    };
    constexpr std::int64_t days = 28;
    const calendar::Date first = day("2027-01-31");
    for (int i = 0; i < 100; ++i) {
        SubscriptionsWorld sim;
        std::int64_t price = any(0, 20'000), parts = 0, today = 0;
        const auto use = [&](std::int64_t until) {
            parts += price * (until - today);
            today = until;
            sim.advance(calendar::to_text(calendar::plus_days(first, today)) + "T09:00:00Z");
        };
        const auto text_of = [](std::int64_t minor) { return to_major_text(*Money::of(minor, test::eur())); };
        const Subscription made = sim.made(SubscriptionsWorld::wish(text_of(price)));
        for (auto changes = any(0, 5); changes > 0; --changes) {
            use(any(today, days - 1));
            const std::int64_t wanted = any(0, 20'000);
            const Proration how = std::array{Proration::create, Proration::charge_now, Proration::none}.at(
                static_cast<std::size_t>(any(0, 2)));
            ASSERT_TRUE(sim.change(made, amount(text_of(wanted), how)));
            if (how != Proration::none) price = wanted;
            sim.settle_all();
        }
        use(any(today, days - 1));
        ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
        std::int64_t taken = 0;
        for (const std::int64_t one : sim.amounts()) taken += one;
        ASSERT_EQ(taken, (2 * parts + days) / (2 * days));
    }
}

TEST(Changes, at_the_end_of_the_period_wait_for_it) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    Changes changes = amount("120.00", Proration::create, When::period_end);
    changes.cycle = *parse_cycle("yearly");
    const auto scheduled = sim.change(made, changes);
    ASSERT_TRUE(scheduled);
    EXPECT_EQ(scheduled->subscription.price.amount.minor(), 1'000);
    EXPECT_TRUE(scheduled->subscription.scheduled);
    sim.advance("2029-02-28T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-28", "2028-02-29", "2029-02-28"}))
        << "the last day of February, as the 31st became it";
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 12'000, 12'000, 12'000}));
}

TEST(Changes, of_the_cycle_begin_a_period_today_less_what_is_unused) {  // F96
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-14T08:00:00Z");
    Changes changes = amount("120.00");
    changes.cycle = *parse_cycle("yearly");
    ASSERT_TRUE(sim.change(made, changes));
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-14"}));
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 12'000 - 500}));
    sim.advance("2028-02-14T00:00:00Z");
    EXPECT_EQ(sim.due_dates().back(), "2028-02-14");
}

TEST(Changes, of_the_cycle_without_proration_use_up_what_is_paid) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-14T08:00:00Z");
    Changes changes = amount("3.00", Proration::none);
    changes.cycle = *parse_cycle("weekly");
    ASSERT_TRUE(sim.change(made, changes));
    sim.advance("2027-03-07T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-28", "2027-03-07"}));
}

TEST(Changes, of_what_was_never_paid_give_nothing_back) {
    SubscriptionsWorld sim;
    sim.billing.ending = billing::Ending::keep;
    const Subscription made = sim.made(SubscriptionsWorld::wish("100.00"));
    sim.settle_all(ChargeStatus::failed);
    EXPECT_EQ(sim.found(made).status, Status::past_due);
    sim.now = *parse_instant("2027-02-14T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("20.00")));
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.amounts(), (Amounts{10'000, 2'000}));
}

TEST(Changes, that_make_no_sense_are_refused) {  // F93, F97
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    Changes changes;
    changes.currency = "USD";
    EXPECT_EQ(sim.change(made, changes).error().code, "currency_mismatch");
    EXPECT_EQ(sim.change(made, amount("-1.00")).error().code, "invalid_amount");
    EXPECT_EQ(sim.change(made, amount("1.001")).error().code, "amount_too_precise");
    changes = amount("10000000.00");
    changes.quantity = 1'000'000;
    EXPECT_EQ(sim.change(made, changes).error().code, "amount_out_of_range");
    changes = {};
    changes.version = 7;
    EXPECT_EQ(sim.change(made, changes).error().code, "subscription_changed_meanwhile");
    changes = {};
    changes.plan_id = "nowhere";
    EXPECT_EQ(sim.change(made, changes).error().code, "plan_not_found");
    changes = {};
    changes.retry_policy = "nowhere";
    EXPECT_EQ(sim.change(made, changes).error().code, "unknown_retry_policy");
    EXPECT_EQ(sim.found(made).version, 1) << "nothing was written";
}

TEST(Pauses, are_not_charged_for_and_a_new_period_begins_after_them) {  // F88
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-10T00:00:00Z");
    ASSERT_TRUE(sim.pause(made));
    EXPECT_TRUE(sim.billing.turns.empty());
    sim.advance("2027-05-05T09:00:00Z");
    EXPECT_EQ(sim.due_dates(), Dates{"2027-01-31"});
    ASSERT_TRUE(sim.resume(made));
    EXPECT_EQ(sim.resume(made).error().code, "subscription_not_paused");
    sim.advance("2027-06-05T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-05-05", "2027-06-05"}));
    EXPECT_EQ(sim.amounts(), Amounts(3, 1'000));
}

TEST(Pauses, that_end_within_what_was_paid_change_nothing) {  // F88
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-10T00:00:00Z");
    ASSERT_TRUE(sim.pause(made, day("2027-02-20")));
    EXPECT_EQ(sim.pause(made, day("2027-02-10")).error().code, "invalid_resume_on");
    sim.advance("2027-02-20T00:00:00Z");
    EXPECT_EQ(sim.found(made).status, Status::active) << "by itself";
    sim.advance("2027-03-31T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-01-31", "2027-02-28", "2027-03-31"}));
}

TEST(Pauses, said_again_keep_their_day_unless_another_is_given_or_none) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    ASSERT_TRUE(sim.pause(made, day("2027-02-20")));
    const auto version = sim.found(made).version;
    EXPECT_EQ(sim.pause(made)->subscription.resume_on, day("2027-02-20"));
    EXPECT_EQ(sim.pause(made, day("2027-02-20"))->subscription.version, version) << "nothing has changed";
    EXPECT_EQ(sim.pause(made, day("2027-03-01"))->subscription.resume_on, day("2027-03-01"));
    EXPECT_EQ(sim.pause(made, {}, true)->subscription.resume_on, std::nullopt);
    EXPECT_EQ(sim.pause(made, {}, true)->subscription.version, version + 2);
}

TEST(Changes, that_change_nothing_are_none) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    const auto before = sim.found(made);
    const auto events = sim.events().size();
    for (const auto& same :
         {Changes{}, Changes{.quantity = made.quantity}, Changes{.retry_policy = made.retry_policy},
          Changes{.metadata = made.metadata}, Changes{.means = made.means}, Changes{.cancels_at_period_end = false}}) {
        const auto done = sim.change(made, same);
        ASSERT_TRUE(done);
        EXPECT_EQ(done->subscription.version, before.version);
    }
    EXPECT_EQ(sim.events().size(), events);
    EXPECT_EQ(sim.change(made, Changes{.metadata = R"({"a":1})"})->subscription.version, before.version + 1);
}

TEST(Subscriptions, say_by_the_worlds_clock_when_they_were_written) {
    SubscriptionsWorld sim;
    sim.advance("2027-06-30T00:00:00Z");
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    EXPECT_EQ(made.created_at, sim.world.clock.now());
    EXPECT_EQ(made.first_date, day("2027-06-30")) << "what is due is by the merchant's";
}

TEST(Pauses, in_a_trial_leave_the_trial_its_end) {
    SubscriptionsWorld sim;
    const Subscription within = sim.made(SubscriptionsWorld::trial(14));
    const Subscription beyond = sim.made(SubscriptionsWorld::trial(14));
    ASSERT_TRUE(sim.pause(within, day("2027-02-05")));
    ASSERT_TRUE(sim.pause(beyond, day("2027-03-01")));
    sim.advance("2027-02-05T00:00:00Z");
    EXPECT_EQ(sim.found(within).status, Status::trialing);
    sim.advance("2027-03-01T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), (Dates{"2027-02-14", "2027-03-01"}));
    EXPECT_EQ(sim.found(beyond).status, Status::active);
}

TEST(Cancellations, end_now_or_with_the_period_and_once) {  // D-AP-09, X-09, F86
    SubscriptionsWorld sim;
    const Subscription now = sim.made(SubscriptionsWorld::wish());
    const Subscription later = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    const auto canceled = sim.cancel(now);
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->subscription.status, Status::canceled);
    EXPECT_EQ(canceled->subscription.canceled_at, sim.now);
    const auto again = sim.cancel(now, When::now, Refund::unused);
    EXPECT_EQ(again->subscription.version, canceled->subscription.version) << "once more is once";
    EXPECT_EQ(sim.change(now, amount("1.00")).error().code, "subscription_canceled");
    EXPECT_EQ(sim.pause(now).error().code, "subscription_canceled");
    EXPECT_EQ(sim.resume(now).error().code, "subscription_canceled");

    ASSERT_TRUE(sim.cancel(later, When::period_end));
    EXPECT_EQ(sim.found(later).status, Status::active);
    sim.advance("2027-12-31T00:00:00Z");
    const Subscription ended = sim.found(later);
    EXPECT_EQ(ended.status, Status::canceled);
    EXPECT_EQ(to_text(*ended.canceled_at), "2027-02-28T00:00:00.000Z");
    EXPECT_EQ(sim.amounts(), Amounts(2, 1'000)) << "no other charge, and nothing back";
    EXPECT_TRUE(sim.billing.turns.empty());
}

TEST(Cancellations, at_the_end_of_the_period_can_be_taken_back) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::trial(14));
    ASSERT_TRUE(sim.cancel(made, When::period_end));
    Changes changes;
    changes.cancels_at_period_end = false;
    ASSERT_TRUE(sim.change(made, changes));
    sim.advance("2027-02-14T00:00:00Z");
    EXPECT_EQ(sim.due_dates(), Dates{"2027-02-14"});
}

TEST(Cancellations, give_back_what_is_unused_if_asked_to) {  // F86, F95
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-10T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("25.00", Proration::charge_now)));
    sim.settle_all();
    sim.advance("2027-02-20T00:00:00Z");
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    // 10 days at 10.00 and 10 at 25.00, of 28 each: 12.50 of the 19.64 that were taken.
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 964, -714}));
}

TEST(Cancellations, while_a_charge_is_under_way_give_it_back_once_it_is_paid) {  // F85
    for (const auto outcome : {ChargeStatus::succeeded, ChargeStatus::failed}) {
        SubscriptionsWorld sim;
        const Subscription made = sim.made(SubscriptionsWorld::wish());
        auto& charge = sim.billing.find(made.id.value, Purpose::period, 1);
        charge.status = ChargeStatus::processing;
        ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
        EXPECT_EQ(sim.amounts(), Amounts{1'000}) << "nothing is given back that may not have been taken";
        sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), outcome);
        EXPECT_EQ(sim.amounts(), outcome == ChargeStatus::succeeded ? (Amounts{1'000, -1'000}) : Amounts{1'000});
        EXPECT_EQ(sim.found(made).status, Status::canceled);
    }
}

TEST(Cancellations, prevent_what_has_not_been_sent) {  // F85
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.billing.made.at(0).charge.status, ChargeStatus::canceled);
    EXPECT_EQ(sim.amounts(), Amounts{1'000}) << "what was not taken is not given back";
}

TEST(Cancellations, are_not_followed_by_another_attempt) {  // F85
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.billing.find(made.id.value, Purpose::period, 1).status = ChargeStatus::processing;
    ASSERT_TRUE(sim.cancel(made));
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::retrying);
    EXPECT_EQ(sim.billing.made.at(0).charge.status, ChargeStatus::canceled);
    EXPECT_EQ(sim.found(made).status, Status::canceled);
}

TEST(Cancellations, at_the_end_of_the_period_leave_what_was_used_to_be_collected) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::retrying);
    ASSERT_TRUE(sim.cancel(made, When::period_end));
    sim.advance("2027-03-01T00:00:00Z");
    EXPECT_EQ(sim.found(made).status, Status::canceled);
    EXPECT_TRUE(sim.found(made).cancels_at_period_end);
    EXPECT_EQ(sim.billing.made.at(0).charge.status, ChargeStatus::retrying);
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::retrying);
    EXPECT_EQ(sim.billing.made.at(0).charge.status, ChargeStatus::retrying) << "one attempt more";
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::succeeded);
    EXPECT_EQ(sim.amounts(), Amounts{1'000});
}

TEST(Cancellations, at_once_prevent_what_is_tried_again_even_when_it_was_to_end_with_the_period) {  // F85
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::retrying);
    ASSERT_TRUE(sim.cancel(made, When::period_end));
    ASSERT_TRUE(sim.cancel(made));
    EXPECT_EQ(sim.billing.made.at(0).charge.status, ChargeStatus::canceled);
    EXPECT_FALSE(sim.found(made).cancels_at_period_end);
}

TEST(Cancellations, give_back_no_change_of_an_earlier_period) {  // F85, F95
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.advance("2027-02-10T00:00:00Z");
    ASSERT_TRUE(sim.change(made, amount("25.00", Proration::charge_now)));
    sim.billing.find(made.id.value, Purpose::proration, 1).status = ChargeStatus::processing;
    sim.advance("2027-02-28T00:00:00Z");
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.amounts(), (Amounts{1'000, 964, 2'500, -2'500}));
    sim.settle(sim.billing.find(made.id.value, Purpose::proration, 1), ChargeStatus::succeeded);
    EXPECT_EQ(sim.amounts().size(), 4U) << "those days were used";
}

TEST(Cancellations, with_the_period_are_kept_when_it_is_let_go_or_resumed_later) {  // F78, F88
    {
        SubscriptionsWorld sim;
        const Subscription held = sim.made(SubscriptionsWorld::wish());
        sim.settle_all();
        sim.now = *parse_instant("2028-01-31T09:00:00Z");
        sim.advance("2028-01-31T09:00:00Z");
        ASSERT_TRUE(sim.found(held).is_held);
        ASSERT_TRUE(sim.cancel(held, When::period_end));
        ASSERT_TRUE(sim.release(held, Missed::skip));
        EXPECT_EQ(sim.found(held).status, Status::canceled);
        EXPECT_EQ(sim.amounts(), Amounts{1'000});
        EXPECT_EQ(sim.events().back(), "canceled");
    }
    SubscriptionsWorld sim;
    const Subscription paused = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    ASSERT_TRUE(sim.cancel(paused, When::period_end));
    ASSERT_TRUE(sim.pause(paused));
    sim.now = *parse_instant("2027-02-28T00:00:00Z");
    ASSERT_TRUE(sim.resume(paused));
    EXPECT_EQ(sim.found(paused).status, Status::canceled);
    EXPECT_EQ(sim.amounts(), Amounts{1'000});
    EXPECT_TRUE(sim.billing.turns.empty());
}

TEST(Subscriptions, forget_what_was_written_on_those_of_a_customer_who_is_erased) {  // X-25
    SubscriptionsWorld sim;
    NewSubscription wished = SubscriptionsWorld::wish();
    wished.metadata = R"({"note":"Quillfeather"})";
    const Subscription made = sim.create(wished, "key-1").value().subscription;
    NewSubscription other = wished;
    other.customer_id = "customer-8";
    const Subscription kept = sim.made(other);
    sim.settle_all();
    sim.write([&](Tx& tx) { sim.subscriptions.forget(tx, test::shop, "customer-7"); });
    EXPECT_EQ(sim.found(made).metadata, "{}");
    EXPECT_EQ(sim.found(kept).metadata, wished.metadata) << "another person's";
    const auto again = sim.create(wished, "key-1");
    ASSERT_TRUE(again && again->stored) << "it is still the same request";
    EXPECT_EQ(again->stored->status, 201);
    EXPECT_EQ(again->stored->body.find("Quillfeather"), std::string::npos);
    EXPECT_NE(again->stored->body.find(made.id.text()), std::string::npos);
    // What it costs stays, and it goes on.
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.amounts(), Amounts(4, 1'000));
}

TEST(Failures, make_it_past_due_until_they_are_made_good) {  // D-FL-05, D-ST-03
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    auto& first = sim.billing.find(made.id.value, Purpose::period, 1);
    first.status = ChargeStatus::processing;
    EXPECT_EQ(sim.found(made).status, Status::active) << "an outcome that nobody knows changes nothing (F87)";
    sim.settle(first, ChargeStatus::retrying);
    sim.settle(first, ChargeStatus::retrying);
    EXPECT_EQ(sim.found(made).status, Status::past_due);
    EXPECT_EQ(sim.found(made).version, 2) << "told once";
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.found(made).status, Status::past_due) << "the second period is paid, the first is not";
    sim.settle(sim.billing.find(made.id.value, Purpose::period, 1), ChargeStatus::succeeded);
    EXPECT_EQ(sim.found(made).status, Status::active);
}

TEST(Failures, for_good_end_it_or_leave_it_to_somebody_as_the_policy_says) {  // D-FL-05
    SubscriptionsWorld ends;
    const Subscription ended = ends.made(SubscriptionsWorld::wish());
    ends.settle_all(ChargeStatus::failed);
    EXPECT_EQ(ends.found(ended).status, Status::canceled);
    EXPECT_TRUE(ends.billing.turns.empty());

    SubscriptionsWorld keeps;
    keeps.billing.ending = billing::Ending::open_case;
    const Subscription kept = keeps.made(SubscriptionsWorld::wish());
    keeps.settle_all(ChargeStatus::failed);
    EXPECT_EQ(keeps.found(kept).status, Status::past_due);
    // Somebody lets it go.
    keeps.settle(keeps.billing.find(kept.id.value, Purpose::period, 1), ChargeStatus::canceled);
    EXPECT_EQ(keeps.found(kept).status, Status::active);
}

TEST(Forecasts, are_what_then_happens) {
    SubscriptionsWorld sim;
    const Subscription monthly = sim.made(SubscriptionsWorld::wish("100.00"));
    sim.made(SubscriptionsWorld::trial(10, "every_2_weeks"));
    const Subscription paused = sim.made(SubscriptionsWorld::wish("7.00"));
    const Subscription ends = sim.made(SubscriptionsWorld::wish("8.00"));
    sim.settle_all();
    ASSERT_TRUE(sim.pause(paused, day("2027-04-17")));
    ASSERT_TRUE(sim.cancel(ends, When::period_end));
    sim.now = *parse_instant("2027-02-14T00:00:00Z");
    sim.advance("2027-02-14T00:00:00Z");
    ASSERT_TRUE(sim.change(monthly, amount("20.00")));
    ASSERT_TRUE(sim.change(monthly, amount("60.00", Proration::none, When::period_end)));
    const std::size_t before = sim.billing.made.size();
    const auto expected = sim.forecast("2027-07-31T00:00:00Z");
    sim.advance("2027-07-30T23:59:59.999Z");
    using Row = std::tuple<Uuid, std::int64_t, std::string, std::int64_t>;
    std::vector<Row> foretold, happened;
    for (const auto& one : expected)
        foretold.emplace_back(one.owner, one.number, calendar::to_text(one.due_date), one.amount.minor());
    for (std::size_t i = before; i < sim.billing.made.size(); ++i) {
        const auto& charge = sim.billing.made[i].charge;
        happened.emplace_back(charge.owner, charge.number, calendar::to_text(charge.due_date), charge.amount.minor());
    }
    std::ranges::sort(foretold);
    std::ranges::sort(happened);
    EXPECT_EQ(foretold, happened);
    EXPECT_GT(happened.size(), 15U);
}

}  // namespace
}  // namespace florin::subscriptions
