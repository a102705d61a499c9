// What people resolve in cases, and what it makes of a charge that has gone its own way meanwhile.

#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using D = payments::DeclineClass;
using R = cases::Resolution;

class CaseTest : public BillingTest {
protected:
    CaseTest() { store_card(); }
    Uuid fail_one() {
        const Uuid plan = add_plan({.first = {}, .term = 1});
        bank.next = {declined(D::hard)};
        work();
        EXPECT_EQ(only(plan).status, ChargeStatus::failed);
        return plan;
    }
    void retry_without_the_case(const Uuid& plan) {
        const ChargeId id = only(plan).id;
        write([&](Tx& tx) -> Result<Charge> { return billing->decide(tx, shop, id, Decision::retry, "user:1"); });
        work();
        EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    }
};

TEST_F(CaseTest, a_charge_is_paid_elsewhere_as_a_whole_or_not) {
    const Uuid plan = fail_one();
    const cases::CaseId id = case_of(only(plan).id)->id;
    const auto part = resolve(id, R::paid_elsewhere, "49.89");
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().kind, ErrorKind::conflict);
    EXPECT_EQ(part.error().code, "charge_paid_in_part");
    EXPECT_EQ(part.error().field, "amount");
    EXPECT_EQ(case_of(only(plan).id)->status, cases::Status::open);
    EXPECT_EQ(only(plan).status, ChargeStatus::failed);
    ASSERT_TRUE(resolve(id, R::paid_elsewhere, "49.90"));
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
}

TEST_F(CaseTest, of_a_charge_that_was_paid_without_it_can_be_closed) {
    for (const R resolution : {R::waived, R::canceled, R::paid_elsewhere}) {
        const Uuid plan = fail_one();
        const cases::CaseId id = case_of(only(plan).id)->id;
        retry_without_the_case(plan);
        EXPECT_EQ(resolve(id, R::retry).error().code, "charge_not_failed");
        const auto amount = resolution == R::paid_elsewhere ? std::optional<std::string>{"49.90"} : std::nullopt;
        const auto closed = resolve(id, resolution, amount);
        ASSERT_TRUE(closed) << closed.error().code;
        EXPECT_EQ(closed->status, cases::Status::resolved);
        EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    }
    EXPECT_EQ(bank.holds(), 3 * price);
}

TEST_F(CaseTest, of_a_hold_that_was_released_without_it_can_be_closed) {  // F78
    const Uuid plan = add_plan({.first = {}, .term = 24});
    work();
    clock.advance(365 * day);
    for (int i = 0; i < 3; ++i) work();
    const auto open = scheduler.await(cases->list(shop, {.reason = "billing_held"}));
    ASSERT_EQ(open->size(), 1U);
    release(plan);
    const auto closed = resolve(open->front().id, R::retry);
    ASSERT_TRUE(closed) << closed.error().code;
    for (int i = 0; i < 14; ++i) work();
    EXPECT_EQ(charges(plan).size(), 13U);
}

TEST_F(CaseTest, is_not_opened_for_a_charge_that_was_paid_before_its_job_had_its_turn) {
    telling_waits = Millis{40'000};
    const Uuid plan = fail_one();
    ASSERT_FALSE(case_of(only(plan).id));
    retry_without_the_case(plan);
    work(std::chrono::minutes{5});
    EXPECT_FALSE(case_of(only(plan).id));
    EXPECT_EQ(dead_letters(), 0U);
}

}  // namespace
}  // namespace florin::billing
