#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using O = payments::Outcome;

/// What was taken is given back.
class RefundTest : public BillingTest {
protected:
    RefundTest() { store_card(); }
    /// A plan that has paid `paid` instalments.
    Uuid plan_paid(int paid) {
        const Uuid plan = add_plan({.first = {}, .term = paid});
        work();
        if (paid > 1) live(30 * (paid - 1));
        EXPECT_EQ(charges(plan).size(), static_cast<std::size_t>(paid));
        return plan;
    }
    Charge refund(const ChargeId& id) { return charge(id); }
};

TEST_F(RefundTest, the_newest_charge_is_given_back_first_and_in_as_many_parts_as_it_takes) {  // A-FR-10, F95
    const Uuid plan = plan_paid(3);
    const ChargeId id = give_back(plan, price + 1'000);
    work();
    const Charge done = refund(id);
    EXPECT_EQ(done.status, ChargeStatus::succeeded);
    EXPECT_EQ(done.done_minor, price + 1'000);
    EXPECT_EQ(bank.amounts("refund", O::approved), (std::vector<std::int64_t>{price, 1'000}));
    EXPECT_EQ(bank.holds(), 2 * price - 1'000);
    const auto credits = issued(documents::Kind::credit_note);
    ASSERT_EQ(credits.size(), 1U);
    EXPECT_TRUE(credits[0].refers_to);
    EXPECT_EQ(mailbox.subjects.back().substr(0, 6), "Refund");
    // What is left of the second one is what the next refund begins with.
    give_back(plan, price, 2);
    work();
    EXPECT_EQ(bank.amounts("refund", O::approved), (std::vector<std::int64_t>{price, 1'000, price - 1'000, 1'000}));
}

TEST_F(RefundTest, a_credit_note_has_the_day_of_the_refund_however_late_it_is_told) {  // A-FR-14
    const Uuid plan = plan_paid(1);
    give_back(plan, price);
    const calendar::Date that_day = calendar::Zone::utc().date_of(clock.now());
    telling_waits = 2 * day;
    work();
    ASSERT_EQ(bank.holds(), 0);
    EXPECT_TRUE(issued(documents::Kind::credit_note).empty());
    telling_waits = {};
    clock.advance(2 * day);
    work();
    const auto credits = issued(documents::Kind::credit_note);
    ASSERT_EQ(credits.size(), 1U);
    EXPECT_EQ(credits[0].issued_on, that_day);
}

TEST_F(RefundTest, no_more_is_given_back_than_was_taken) {  // F95
    const Uuid plan = plan_paid(1);
    const ChargeId id = give_back(plan, price + 1);
    work();
    EXPECT_EQ(bank.holds(), 0);
    const Charge short_of_it = refund(id);
    EXPECT_EQ(short_of_it.status, ChargeStatus::failed);
    EXPECT_EQ(short_of_it.ending, Ending::open_case);
    EXPECT_EQ(short_of_it.done_minor, price);
}

TEST_F(RefundTest, what_nobody_has_paid_is_not_given_back) {
    const Uuid plan = add_plan({.first = {}, .term = 1});
    const ChargeId id = give_back(plan, price);
    work(Millis{500});
    work();
    EXPECT_EQ(bank.amounts("refund", O::approved).size(), 0U) << "the refund came before the charge";
    EXPECT_EQ(refund(id).status, ChargeStatus::failed);
}

TEST_F(RefundTest, a_provider_that_refuses_leaves_it_to_a_person_who_may_have_it_tried_again) {
    const Uuid plan = plan_paid(1);
    bank.next = {said(O::refused)};
    const ChargeId id = give_back(plan, price);
    work();
    EXPECT_EQ(refund(id).status, ChargeStatus::failed);
    EXPECT_EQ(bank.holds(), price);
    ASSERT_TRUE(case_of(id));
    EXPECT_EQ(case_of(id)->reason, "refund_failed");
    write([&](Tx& tx) -> Result<Charge> { return billing->decide(tx, shop, id, Decision::retry, "user:1"); });
    work();
    EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 0);
}

TEST_F(RefundTest, a_refund_that_waits_for_settlement_holds_up_nobody) {
    const Uuid plan = plan_paid(1);
    bank.next = {said(O::pending)};
    const ChargeId id = give_back(plan, price);
    work();
    EXPECT_EQ(refund(id).status, ChargeStatus::processing);
    EXPECT_FALSE(read([&](Reader& reader) { return billing->is_busy(reader, shop); }));
    bank.books.at(bank.order.back()).answer.outcome = O::approved;
    live(1);
    EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 0);
}

TEST_F(RefundTest, a_lost_answer_gives_nothing_back_twice) {
    const Uuid plan = plan_paid(2);
    bank.lose_answers = 2;
    const ChargeId id = give_back(plan, 2 * price);
    work(std::chrono::minutes{10});
    EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 0);
    EXPECT_EQ(bank.amounts("refund", O::approved).size(), 2U);
}

TEST_F(RefundTest, of_more_parts_than_a_turn_has_steps_goes_on) {
    const Uuid plan = world.new_uuid();
    constexpr std::int64_t parts = 30;
    for (std::int64_t number = 1; number <= parts; ++number) charge_now(plan, number);
    work(std::chrono::minutes{2});
    ASSERT_EQ(bank.holds(), parts * price);
    const ChargeId id = give_back(plan, parts * price);
    work(std::chrono::minutes{2});
    EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 0);
    EXPECT_EQ(bank.amounts("refund", O::approved).size(), static_cast<std::size_t>(parts));
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(RefundTest, of_what_was_paid_without_a_provider_is_given_back_without_one) {  // F95
    const Uuid plan = plan_paid(1);
    bank.next = {declined(payments::DeclineClass::hard)};
    const ChargeId elsewhere = charge_now(plan, 2);
    work();
    write([&](Tx& tx) { return billing->decide(tx, shop, elsewhere, Decision::paid_elsewhere, "user:1"); });
    EXPECT_EQ(charge(elsewhere).outside_minor, price);

    const ChargeId id = give_back(plan, 2 * price - 1'000);
    work();
    EXPECT_EQ(bank.holds(), 0) << "what the provider holds is given back";
    EXPECT_EQ(refund(id).status, ChargeStatus::failed);
    EXPECT_EQ(refund(id).done_minor, price);
    ASSERT_TRUE(case_of(id));
    EXPECT_EQ(case_of(id)->reason, "refund_outside");
    EXPECT_EQ(case_of(id)->amount, euros(price - 1'000));
    EXPECT_TRUE(issued(documents::Kind::credit_note).empty());
    EXPECT_EQ(resolve(case_of(id)->id, cases::Resolution::paid_elsewhere, "1.00").error().code, "charge_paid_in_part");
    ASSERT_TRUE(resolve(case_of(id)->id, cases::Resolution::paid_elsewhere, "39.90"));
    EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(heard.back().id, id);
    work();
    ASSERT_EQ(issued(documents::Kind::credit_note).size(), 1U);
    EXPECT_EQ(issued(documents::Kind::credit_note)[0].total.minor(), 1'000 - 2 * price);
    // All but 10.00 of it has been given back by now.
    const ChargeId again = give_back(plan, 1'001, 2);
    work();
    EXPECT_EQ(case_of(again)->reason, "refund_failed");
}

TEST_F(RefundTest, of_which_the_rest_is_waived_has_a_credit_note_of_what_was_given_back) {  // A-FR-11
    const Uuid plan = plan_paid(1);
    bank.next = {declined(payments::DeclineClass::hard)};
    const ChargeId elsewhere = charge_now(plan, 2);
    work();
    const std::size_t receipts = issued(documents::Kind::receipt).size();
    write([&](Tx& tx) { return billing->decide(tx, shop, elsewhere, Decision::paid_elsewhere, "user:1"); });
    work();
    EXPECT_EQ(issued(documents::Kind::receipt).size(), receipts + 1) << "what was paid elsewhere has its receipt";
    const ChargeId id = give_back(plan, 2 * price);
    work();
    ASSERT_TRUE(resolve(case_of(id)->id, cases::Resolution::waived));
    work();
    EXPECT_EQ(refund(id).status, ChargeStatus::canceled);
    ASSERT_EQ(issued(documents::Kind::credit_note).size(), 1U);
    EXPECT_EQ(issued(documents::Kind::credit_note)[0].total.minor(), -price);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(RefundTest, a_crash_at_any_step_gives_back_exactly_once) {  // F72, F85
    std::uint64_t longest = 0;
    for (const bool before : {true, false}) {
        for (std::uint64_t step = 1; step < 16; ++step) {
            SCOPED_TRACE((before ? "before commit " : "after commit ") + std::to_string(step));
            const Uuid plan = plan_paid(2);
            const ChargeId id = give_back(plan, price + 500);
            const std::int64_t held = bank.holds();
            const bool has_crashed = crash_at(step, before);
            work(std::chrono::minutes{3});
            EXPECT_EQ(refund(id).status, ChargeStatus::succeeded);
            EXPECT_EQ(refund(id).done_minor, price + 500);
            EXPECT_EQ(held - bank.holds(), price + 500);
            if (has_crashed) longest = std::max(longest, step);
        }
    }
    EXPECT_GT(longest, 6U) << "the crashes fell upon the steps";
    EXPECT_EQ(dead_letters(), 0U);
}

}  // namespace
}  // namespace florin::billing
