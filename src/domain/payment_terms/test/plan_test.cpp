#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <deque>
#include <numeric>

#include "florin/base/money.hpp"
#include "florin/payment_terms/cancellation.hpp"
#include "florin/payment_terms/plan.hpp"
#include "payment_terms_impl.hpp"

namespace florin::payment_terms {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

TEST(Plans, agree_with_the_split_of_money) {  // F89
    const Currency eur = *Currency::of("EUR");
    for (const std::int64_t total : {1LL, 2LL, 11LL, 12LL, 13LL, 100'001LL, 999'999'999'999'999LL}) {
        for (const std::int64_t months : {1, 2, 3, 7, 12, 600}) {
            const Plan plan = new_plan(year{2027} / month{1} / day{1}, months, 1, total);
            const auto parts = split(*Money::of(total, eur), static_cast<std::size_t>(months));
            for (std::int64_t number = 1; number <= months; ++number)
                EXPECT_EQ(planned_minor(plan, number), parts[static_cast<std::size_t>(number - 1)].minor());
        }
    }
}

TEST(Plans,
     of_every_billing_day_and_start_are_due_once_a_month_on_it_or_on_the_last_day) {  // F73, A-AS-13, X-28, A-SC-03
    for (int offset = 0; offset < 4 * 365 + 1; ++offset) {
        const calendar::Date start = calendar::plus_days(year{2027} / month{1} / day{1}, offset);
        for (unsigned billing_day = 1; billing_day <= 31; ++billing_day) {
            const Plan plan = new_plan(start, 15, billing_day, 15);
            calendar::Date before{};
            for (std::int64_t number = 1; number <= plan.term_months; ++number) {
                const calendar::Date date = due_on(plan, number);
                const std::chrono::year_month_day_last last{date.year(), std::chrono::month_day_last{date.month()}};
                ASSERT_EQ(date.day(), std::min(day{billing_day}, last.day()));
                if (number == 1) {
                    ASSERT_GE(date, start);
                    // The billing day of the month before would have been too early.
                    ASSERT_LT(calendar::days_between(start, date), 31);
                } else {
                    ASSERT_EQ((date.year() / date.month()) - (before.year() / before.month()), std::chrono::months{1});
                }
                before = date;
            }
        }
    }
}

TEST(Plans, have_half_open_terms) {  // F81
    const auto until = [](calendar::Date start, std::int64_t months) {
        return term_of(new_plan(start, months, 1, 1)).until;
    };
    EXPECT_EQ(until(year{2027} / month{1} / day{31}, 1), calendar::Date(year{2027} / month{2} / day{28}));
    EXPECT_EQ(until(year{2028} / month{2} / day{29}, 12), calendar::Date(year{2029} / month{2} / day{28}));
    EXPECT_EQ(until(year{2027} / month{1} / day{1}, 12), calendar::Date(year{2028} / month{1} / day{1}));
}

/// A plan and its account as a workload brings them about, with what is on its way.
struct PlanLife {
    Plan plan;
    Account account;
    std::deque<std::int64_t> charges_on_their_way, refunds_on_their_way;
    std::int64_t failed_minor = 0;
    bool is_taken_after_all = false;

    void move(const Movement& movement) {
        RC_ASSERT(movement.amount_minor > 0);
        if (movement.is_refund) RC_ASSERT(movement.amount_minor <= returnable_minor(account));
        book(account, movement);
        (movement.is_refund ? refunds_on_their_way : charges_on_their_way).push_back(movement.amount_minor);
    }
    void compensate() {
        if (const auto movement = compensation(plan, account)) move(*movement);
        // What can be settled is settled at once.
        RC_ASSERT(!compensation(plan, account));
    }
    void bill() {
        const std::int64_t amount = next_amount_minor(plan, account);
        RC_ASSERT(amount >= 0);
        book(account, {.is_refund = false, .amount_minor = amount});
        account.billed_count += 1;
        charges_on_their_way.push_back(amount);
    }
    void arrive() {
        account.paid_minor += charges_on_their_way.front();
        charges_on_their_way.pop_front();
        compensate();
    }
    void fail() {
        failed_minor += charges_on_their_way.front();
        charges_on_their_way.pop_front();
    }
    void give_back() {
        account.refunded_minor += refunds_on_their_way.front();
        refunds_on_their_way.pop_front();
    }
    void take_back(std::int64_t minor) {
        account.taken_back_minor += minor;
        is_taken_after_all = is_taken_after_all || kept_minor(account) < 0;
    }
    void come_back(std::int64_t minor) {
        account.taken_back_minor -= minor;
        compensate();
    }
    void pass_the_rest() {
        while (!is_all_billed()) bill();
        while (!charges_on_their_way.empty()) arrive();
        while (!refunds_on_their_way.empty()) give_back();
    }
    void adjust(std::int64_t total, Adjustment way) {
        plan = adjusted(plan, account, total, way);
        compensate();
    }
    bool is_all_billed() const { return account.billed_count == plan.term_months; }

    void check_sums() const {
        RC_ASSERT(account.refunded_minor <= account.returned_minor);
        // What was taken after it had been given back is with a person.
        if (!is_taken_after_all) RC_ASSERT(account.returned_minor <= account.paid_minor - account.taken_back_minor);
        RC_ASSERT(account.paid_minor <= account.billed_minor);
        // All that is still to come makes it the total, unless a credit is left.
        Account later = account;
        while (later.billed_count < plan.term_months) {
            book(later, {.is_refund = false, .amount_minor = next_amount_minor(plan, later)});
            later.billed_count += 1;
        }
        const std::int64_t asked = claimed_minor(later) - credit_minor(plan, later);
        RC_ASSERT(asked >= plan.total_minor);
        RC_ASSERT(asked <= plan.total_minor + account.taken_back_minor);
        RC_ASSERT(credit_minor(plan, later) == 0 || returnable_minor(account) == 0);
    }
};

// The sequence is drawn step by step, so that a failure shrinks to the steps that it needs.
RC_GTEST_PROP(Plans, come_to_their_total_whatever_happens_on_the_way, ()) {  // F84, F89, F93, F94, F95
    const std::int64_t months = *rc::gen::inRange<std::int64_t>(1, 25);
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 100'000);
    PlanLife life{.plan = new_plan(year{2027} / month{1} / day{31}, months, 31, total)};
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
    for (const int step : steps) {
        switch (step) {
            case 0:
                if (!life.is_all_billed()) life.bill();
                break;
            case 1:
                if (!life.charges_on_their_way.empty()) life.arrive();
                break;
            case 2:
                if (!life.charges_on_their_way.empty()) life.fail();
                break;
            case 3:
                if (!life.refunds_on_their_way.empty()) life.give_back();
                break;
            case 4:
                // Never more than was paid.
                life.take_back(
                    *rc::gen::inRange<std::int64_t>(0, life.account.paid_minor - life.account.taken_back_minor + 1));
                break;
            case 5:
                life.come_back(*rc::gen::inRange<std::int64_t>(0, life.account.taken_back_minor + 1));
                break;
            default:
                life.adjust(*rc::gen::inRange<std::int64_t>(1, 100'000),
                            *rc::gen::element(Adjustment::catch_up, Adjustment::spread));
        }
        life.check_sums();
    }
    // Then the rest of the term passes, and all arrives that did not fail.
    life.pass_the_rest();
    life.check_sums();
    const std::int64_t received = life.account.paid_minor - life.account.refunded_minor;
    const std::int64_t credit = credit_minor(life.plan, life.account);
    const std::int64_t gone = life.account.taken_back_minor;
    const std::int64_t in_all = received + life.failed_minor - credit;
    RC_ASSERT(in_all >= life.plan.total_minor);
    RC_ASSERT(in_all <= life.plan.total_minor + gone);
    RC_ASSERT(credit <= life.failed_minor);
}

/// Some instalments were paid, and then something of them was taken or given back by others.
PlanLife some_of_which_is_gone(std::int64_t total) {
    const std::int64_t months = *rc::gen::inRange<std::int64_t>(1, 25);
    PlanLife life{.plan = new_plan(year{2027} / month{1} / day{31}, months, 31, total)};
    for (std::int64_t i = *rc::gen::inRange<std::int64_t>(1, months + 1); i > 0; --i) {
        life.bill();
        life.arrive();
    }
    life.take_back(*rc::gen::inRange<std::int64_t>(0, life.account.paid_minor + 1));
    return life;
}

// The cancellation's rule is the yardstick: it is another function.
RC_GTEST_PROP(Plans, settle_a_lower_total_as_a_cancellation_settles_what_was_earned, ()) {  // F28, F95
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 100'000);
    PlanLife life = some_of_which_is_gone(total);
    while (!life.is_all_billed()) {
        life.bill();
        life.arrive();
    }
    const std::int64_t earned = *rc::gen::inRange<std::int64_t>(0, 2 * total);
    const Account& now = life.account;
    // Canceled behind its end all of the total is earned.
    const Plan as_earned = new_plan(life.plan.start_on, life.plan.term_months, 31, earned);
    const Settlement canceled =
        settle({}, as_earned, term_of(as_earned).until, now.paid_minor, now.returned_minor, now.taken_back_minor);
    const auto way = *rc::gen::element(Adjustment::catch_up, Adjustment::spread);
    const auto movement = compensation(adjusted(life.plan, now, earned, way), now);
    RC_ASSERT((movement && movement->is_refund ? movement->amount_minor : 0) == canceled.refund_minor);
    RC_ASSERT((movement && !movement->is_refund ? movement->amount_minor : 0) == canceled.final_charge_minor);
}

RC_GTEST_PROP(Plans, leave_the_total_paid_when_it_falls_by_more_than_what_is_gone, ()) {  // F28, F94, F95
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 100'000);
    PlanLife life = some_of_which_is_gone(total);
    const std::int64_t gone = life.account.taken_back_minor;
    const auto way = *rc::gen::element(Adjustment::catch_up, Adjustment::spread);
    // So low that what was paid covers, beside what is due by then, all that is gone.
    const std::int64_t lower = *rc::gen::inRange<std::int64_t>(0, life.account.paid_minor - gone + 1);
    life.adjust(lower, way);
    life.pass_the_rest();
    RC_ASSERT(kept_minor(life.account) == lower);
    // And back again, it is as if it had never been lower: what is gone is not asked for.
    life.adjust(total, way);
    life.pass_the_rest();
    RC_ASSERT(kept_minor(life.account) == total - gone);
}

RC_GTEST_PROP(Plans, adjusted_back_are_even_again, ()) {
    const std::int64_t months = *rc::gen::inRange<std::int64_t>(1, 25);
    const std::int64_t total = *rc::gen::inRange<std::int64_t>(1, 100'000);
    PlanLife life{.plan = new_plan(year{2027} / month{1} / day{31}, months, 31, total)};
    for (std::int64_t i = *rc::gen::inRange<std::int64_t>(0, months + 1); i > 0; --i) {
        life.bill();
        life.arrive();
    }
    life.adjust(*rc::gen::inRange<std::int64_t>(1, 100'000), Adjustment::catch_up);
    while (!life.charges_on_their_way.empty()) life.arrive();
    life.adjust(total, Adjustment::catch_up);
    const Plan as_made = new_plan(year{2027} / month{1} / day{31}, months, 31, total);
    RC_ASSERT(life.plan == as_made);
    RC_ASSERT(claimed_minor(life.account) + planned_after_minor(as_made, life.account.billed_count) == total);
}

}  // namespace
}  // namespace florin::payment_terms
