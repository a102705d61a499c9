// What is given back, and what is still to be paid, when a subscription ends.

#include "cancellation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "life.hpp"
#include "proration.hpp"

namespace florin::subscriptions {
namespace {

using billing::Charge;
using billing::ChargeStatus;
using billing::Purpose;

calendar::Date day(std::int64_t after) { return calendar::plus_days(*calendar::parse_date("2027-06-01"), after); }

Money money(std::int64_t minor) { return *Money::of(minor, *Currency::of("EUR")); }

/// In its third period, of 30 days, that costs 30.00.
Subscription monthly() {
    return {.price = {.amount = money(3'000), .cycle = {.unit = calendar::Unit::month, .count = 1}},
            .first_date = day(0),
            .period_number = 3,
            .period = {.from = day(0), .until = day(30)}};
}

Charge charge(Purpose purpose, std::int64_t number, std::int64_t amount_minor, ChargeStatus status,
              std::int64_t due_after = 0) {
    billing::ChargeId id;
    id.value[0] = static_cast<std::uint8_t>(purpose);
    id.value[1] = static_cast<std::uint8_t>(number);
    return {.id = id,
            .purpose = purpose,
            .number = number,
            .status = status,
            .amount = money(amount_minor),
            .due_date = day(due_after)};
}

Charge refund(std::int64_t amount_minor, ChargeStatus status) {
    Charge one = charge(Purpose::final_amount, 1, amount_minor, status);
    one.is_refund = true;
    return one;
}

TEST(Cancellation, a_person_can_check_these) {  // F85, F86, F95, F96
    using enum ChargeStatus;
    struct Case {
        const char* why;
        std::vector<Charge> charges;
        std::int64_t waiting = 0;
        Mode mode = Mode::giving_back;
        std::int64_t today = 10;
        std::int64_t rest = 0, back = 0;
        std::size_t prevented = 0;
    };
    const Charge before = charge(Purpose::period, 2, 3'000, succeeded, -30);
    const Charge paid = charge(Purpose::period, 3, 3'000, succeeded);
    const auto is = [](ChargeStatus status) { return charge(Purpose::period, 3, 3'000, status); };
    const Case cases[] = {
        {"20 days of 30 are left", {before, paid}, 0, Mode::giving_back, 10, 0, 2'000, 0},
        {"nothing is asked for", {before, paid}, 0, Mode::keeping, 10, 0, 0, 0},
        {"the period is over", {before, paid}, 0, Mode::with_period, 30, 0, 0, 0},
        {"on the first day all of it goes back", {before, paid}, 0, Mode::giving_back, 0, 0, 3'000, 0},
        {"on the last day that day goes back", {before, paid}, 0, Mode::giving_back, 29, 0, 100, 0},
        {"nothing is left", {before, paid}, 0, Mode::giving_back, 30, 0, 0, 0},
        {"what was not sent is prevented", {before, is(pending)}, 0, Mode::giving_back, 10, 0, 0, 1},
        {"what is tried again is prevented", {before, is(retrying)}, 0, Mode::keeping, 10, 0, 0, 1},
        {"what is under way may be paid yet", {before, is(processing)}, 0, Mode::giving_back, 10, 0, 0, 1},
        {"what was used is still collected at its end", {before, is(retrying)}, 0, Mode::with_period, 30, 0, 0, 0},
        {"what failed was not taken", {before, is(failed)}, 0, Mode::giving_back, 10, 0, 0, 0},
        {"a credit that waits goes back too", {before, paid}, -500, Mode::giving_back, 10, 0, 2'500, 0},
        {"a credit is let go with what is left", {before, paid}, -500, Mode::keeping, 10, 0, 0, 0},
        {"what a change added is less than what is left", {before, paid}, 500, Mode::giving_back, 10, 0, 1'500, 0},
        {"what a change added is more than what is left", {before, paid}, 2'500, Mode::giving_back, 10, 500, 0, 0},
        {"what a change added is charged at its end", {before, paid}, 2'500, Mode::with_period, 30, 2'500, 0, 0},
        {"what a change added is charged when it is canceled", {before, paid}, 2'500, Mode::keeping, 10, 2'500, 0, 0},
        {"a change that nobody paid gives less back",
         {before, paid, charge(Purpose::proration, 1, 500, pending, 5)},
         0,
         Mode::giving_back,
         10,
         0,
         1'500,
         1},
        {"a change that was paid gives nothing less back",
         {before, paid, charge(Purpose::proration, 1, 500, succeeded, 5)},
         0,
         Mode::giving_back,
         10,
         0,
         2'000,
         0},
        {"an earlier period's change paid for days that were used",
         {before, charge(Purpose::proration, 1, 500, succeeded, -5), paid},
         0,
         Mode::giving_back,
         10,
         0,
         2'000,
         0},
        {"credits from before paid for the period",
         {before, charge(Purpose::period, 3, 0, succeeded)},
         0,
         Mode::giving_back,
         10,
         0,
         2'000,
         0},
        {"never more than was taken",
         {charge(Purpose::period, 2, 100, succeeded, -30), charge(Purpose::period, 3, 0, succeeded)},
         0,
         Mode::giving_back,
         10,
         0,
         100,
         0},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.why);
        const Settlement settled =
            settle_end(monthly(), {.charges = one.charges, .waiting_minor = one.waiting}, one.mode, day(one.today));
        EXPECT_EQ(settled.rest_minor, one.rest);
        EXPECT_EQ(settled.back_minor, one.back);
        EXPECT_EQ(settled.prevented.size(), one.prevented);
        EXPECT_EQ(settled.kept_minor.has_value(), one.mode == Mode::giving_back);
    }
}

TEST(Cancellation, of_a_trial_is_about_no_money) {
    Subscription trial = monthly();
    trial.period_number = 0;
    const Settlement settled = settle_end(trial, {}, Mode::giving_back, day(3));
    EXPECT_EQ(settled.rest_minor, 0);
    EXPECT_EQ(settled.back_minor, 0);
}

TEST(Cancellation, gives_back_of_what_is_paid_late_only_what_is_beyond_the_days_that_were_used) {  // F85, F95
    // From 10.00 to 70.00 for 20 days: 40.00 more, under way when it is canceled two days before the end.
    Subscription changed = monthly();
    changed.price.amount = money(7'000);
    changed.period = {.from = day(0), .until = day(30)};
    changed.prorated_numerator = (7'000 - 1'000) * 20;
    std::vector<Charge> charges{charge(Purpose::period, 3, 1'000, ChargeStatus::succeeded),
                                charge(Purpose::proration, 1, 4'000, ChargeStatus::processing, 10)};
    const Settlement settled = settle_end(changed, {.charges = charges}, Mode::giving_back, day(28));
    EXPECT_EQ(settled.back_minor, 0);
    changed.kept_minor = settled.kept_minor;
    EXPECT_EQ(owed_back_minor(changed, charges), 0);
    charges[1].status = ChargeStatus::succeeded;
    EXPECT_EQ(owed_back_minor(changed, charges), 467) << "two days at 70.00 of 30, less nothing";
    charges.push_back(refund(467, ChargeStatus::pending));
    EXPECT_EQ(owed_back_minor(changed, charges), 0) << "once is once";
    charges.back().status = ChargeStatus::failed;
    EXPECT_EQ(owed_back_minor(changed, charges), 0) << "what could not be given back is with a person";
    charges.back().status = ChargeStatus::succeeded;
    charges[0].status = ChargeStatus::failed;
    EXPECT_EQ(owed_back_minor(changed, charges), 0) << "what was lost later is not asked back from the refund";
}

TEST(Cancellation, numbers_what_it_leads_to_differently) {  // F70
    Subscription one = monthly();
    one.change_count = 2;
    const std::int64_t numbers[] = {
        first_refund_number,
        late_refund_number(one, charge(Purpose::proration, 1, 1, ChargeStatus::succeeded)),
        late_refund_number(one, charge(Purpose::proration, 2, 1, ChargeStatus::succeeded)),
        final_number(one),
        late_refund_number(one, charge(Purpose::period, 3, 1, ChargeStatus::succeeded)),
        late_refund_number(one, charge(Purpose::period, 2, 1, ChargeStatus::succeeded)),
    };
    for (std::size_t i = 0; i < std::size(numbers); ++i)
        for (std::size_t k = i + 1; k < std::size(numbers); ++k) EXPECT_NE(numbers[i], numbers[k]);
}

/// A period with changes, all of which are charged at once or wait, and what became of the charges by its end.
struct Life {
    Subscription subscription = monthly();
    std::vector<Charge> charges;
    std::int64_t waiting_minor = 0;
    std::int64_t today = 0;
    __extension__ __int128 used_parts = 0;  ///< What the days that were used cost, times 30: books of another kind.

    template <class Any>
    explicit Life(Any any) {
        std::int64_t price = any(0, 20'000);
        subscription.price.amount = money(price);
        subscription.change_count = any(0, 5);
        charges.push_back(charge(Purpose::period, 3, price, ChargeStatus::succeeded));
        const auto use = [&](std::int64_t until) {
            used_parts += static_cast<__int128>(price) * (until - today);
            today = until;
        };
        for (std::int64_t number = 1; number <= subscription.change_count; ++number) {
            use(any(today, 29));
            const std::int64_t wanted = any(0, 20'000);
            waiting_minor += prorate(subscription.prorated_numerator, -price, 30 - today, 30);
            waiting_minor += prorate(subscription.prorated_numerator, wanted, 30 - today, 30);
            price = wanted;
            if (any(0, 1) == 1 && waiting_minor > 0)
                charges.push_back(charge(Purpose::proration, number, std::exchange(waiting_minor, 0),
                                         ChargeStatus::succeeded, today));
        }
        subscription.price.amount = money(price);
        use(any(today, 30));
    }
    std::int64_t cost() const { return static_cast<std::int64_t>((2 * used_parts + 30) / 60); }
};

TEST(Cancellation, keeps_what_the_days_that_were_used_cost_whatever_is_paid_and_when) {  // F85, F95, F96
    const char* given = std::getenv("SEED");
    const std::uint64_t seed = given == nullptr ? 1 : std::stoull(given);
    SCOPED_TRACE("repeat with SEED=" + std::to_string(seed));
    std::mt19937_64 chance{seed};
    const auto any = [&](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>{least, most}(chance);
    };
    std::size_t late = 0, never_paid = 0, rests = 0;
    for (int i = 0; i < 20'000; ++i) {
        Life life{any};
        // Some charges are under way when it ends, or have failed.
        for (Charge& one : life.charges)
            one.status = any(0, 2) == 0   ? ChargeStatus::processing
                         : any(0, 9) == 0 ? ChargeStatus::failed
                                          : ChargeStatus::succeeded;
        const auto sum_of_paid = [&] {
            std::int64_t sum = 0;
            for (const Charge& one : life.charges)
                if (!one.is_refund && one.status == ChargeStatus::succeeded) sum += one.amount.minor();
            return sum;
        };
        const Settlement settled =
            settle_end(life.subscription, {.charges = life.charges, .waiting_minor = life.waiting_minor},
                       Mode::giving_back, day(life.today));
        life.subscription.kept_minor = settled.kept_minor;
        ASSERT_TRUE(settled.rest_minor == 0 || settled.back_minor == 0) << "either of both";
        std::int64_t given_back = settled.back_minor;
        ASSERT_LE(given_back, sum_of_paid());
        if (given_back > 0) life.charges.push_back(refund(given_back, ChargeStatus::pending));

        // What is under way is decided one after the other, and each time asked what is owed.
        std::vector<std::size_t> open;
        for (std::size_t k = 0; k < life.charges.size(); ++k)
            if (!life.charges[k].is_refund && life.charges[k].status == ChargeStatus::processing) open.push_back(k);
        std::ranges::shuffle(open, chance);
        for (const std::size_t k : open) {
            life.charges[k].status = any(0, 3) == 0 ? ChargeStatus::failed : ChargeStatus::succeeded;
            const std::int64_t back = owed_back_minor(life.subscription, life.charges);
            if (back == 0) continue;
            ASSERT_EQ(life.charges[k].status, ChargeStatus::succeeded);
            ASSERT_LE(back, life.charges[k].amount.minor());
            given_back += back;
            life.charges.push_back(refund(back, ChargeStatus::succeeded));
            ++late;
        }
        const std::int64_t paid = sum_of_paid();
        ASSERT_LE(given_back, paid);
        const bool is_all_paid =
            std::ranges::none_of(life.charges, [](const Charge& one) { return one.status == ChargeStatus::failed; });
        if (is_all_paid)
            ASSERT_EQ(paid - given_back + settled.rest_minor, life.cost());
        else
            // What is short of the cost is what nobody has paid; nothing goes back before it is covered.
            ASSERT_EQ(paid - given_back, std::min(paid, life.cost() - settled.rest_minor));
        never_paid += is_all_paid ? 0 : 1;
        rests += settled.rest_minor > 0 ? 1 : 0;
    }
    EXPECT_GT(late, 1'000U);
    EXPECT_GT(never_paid, 1'000U);
    EXPECT_GT(rests, 1'000U);
}

}  // namespace
}  // namespace florin::subscriptions
