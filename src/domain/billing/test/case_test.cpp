// What people resolve in cases, and what it makes of a charge that has gone its own way meanwhile.

#include <functional>

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

TEST_F(CaseTest, ends_with_its_charge_and_says_why) {
    struct Way {
        const char* name;
        ChargeStatus to;
        R resolution;
        std::function<Result<bool>(Tx&, const ChargeId&)> go;
    };
    const auto decided = [this](Decision decision) {
        return [this, decision](Tx& tx, const ChargeId& id) -> Result<bool> {
            return billing->decide(tx, shop, id, decision, "user:1").has_value();
        };
    };
    const Way ways[] = {
        {"let go", ChargeStatus::succeeded, R::retry, decided(Decision::retry)},
        {"paid elsewhere", ChargeStatus::succeeded, R::paid_elsewhere, decided(Decision::paid_elsewhere)},
        {"waived", ChargeStatus::canceled, R::canceled, decided(Decision::waive)},
        {"its owner was canceled", ChargeStatus::canceled, R::canceled,
         [this](Tx& tx, const ChargeId& id) -> Result<bool> { return billing->cancel(tx, shop, id); }},
    };
    for (const Way& way : ways) {
        const Uuid plan = fail_one();
        const ChargeId id = only(plan).id;
        ASSERT_EQ(case_of(id)->status, cases::Status::open) << way.name;
        EXPECT_TRUE(write([&](Tx& tx) { return way.go(tx, id); })) << way.name;
        work();
        EXPECT_EQ(charge(id).status, way.to) << way.name;
        const cases::Case ended = *case_of(id);
        EXPECT_EQ(ended.status, cases::Status::resolved) << way.name;
        EXPECT_EQ(ended.resolution, way.resolution) << way.name;
        EXPECT_EQ(ended.resolved_by, "system") << way.name;
        EXPECT_FALSE(ended.resolution_note.empty()) << way.name;
        EXPECT_EQ(ended.resolved_amount.has_value(), way.resolution == R::paid_elsewhere) << way.name;
        EXPECT_EQ(resolve(ended.id, R::retry).has_value(), false) << way.name;
        const auto shown = scheduler.await(cases->show(shop, ended.id));
        EXPECT_EQ(shown->entries.back().kind, "resolved") << way.name;
    }
    EXPECT_EQ(bank.holds(), price);
}

TEST_F(CaseTest, that_ended_by_itself_is_open_again_when_its_cause_comes_back) {
    const Uuid plan = fail_one();
    const ChargeId id = only(plan).id;
    bank.next = {declined(D::hard)};
    write([&](Tx& tx) { return billing->decide(tx, shop, id, Decision::retry, "user:1"); });
    EXPECT_EQ(case_of(id)->status, cases::Status::resolved);
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::failed);
    EXPECT_EQ(case_of(id)->status, cases::Status::open);
    ASSERT_TRUE(resolve(case_of(id)->id, R::waived));
    EXPECT_EQ(charge(id).status, ChargeStatus::canceled);
}

TEST_F(CaseTest, what_was_paid_and_has_gone_is_owed_whoever_cancels) {
    const auto mandate = give_mandate();
    const Uuid plan = world.new_uuid();
    const ChargeId id = charge_now(plan, 1, {.payment_method = std::nullopt, .mandate_of = mandate});
    work();
    ASSERT_EQ(charge(id).status, ChargeStatus::succeeded);
    const auto paid = scheduler.await(payments.find(shop, *charge(id).payment));
    const std::string reference = paid->transactions.front().reference_number;
    bank.reversed.insert_or_assign(reference, payments::Reversal{.provider_id = "r-1",
                                                                 .amount = euros(price),
                                                                 .state = payments::Reversal::State::taken,
                                                                 .reason = "AC04",
                                                                 .decline = D::hard,
                                                                 .message = "closed"});
    EXPECT_TRUE(scheduler.await(payments.look(reference, {.may_be_reversal = true})));
    work();
    ASSERT_EQ(charge(id).status, ChargeStatus::failed);
    EXPECT_FALSE(write([&](Tx& tx) -> Result<bool> { return billing->cancel(tx, shop, id); }));
    EXPECT_EQ(case_of(id, ":1")->status, cases::Status::open);
}

TEST_F(CaseTest, of_a_hold_ends_when_it_is_released_without_it) {  // F78
    const Uuid plan = add_plan({.first = {}, .term = 24});
    work();
    clock.advance(365 * day);
    for (int i = 0; i < 3; ++i) work();
    ASSERT_EQ(cases_of("billing_held").size(), 1U);
    ASSERT_EQ(cases_of("billing_held")[0].status, cases::Status::open);
    release(plan);
    const cases::Case ended = cases_of("billing_held")[0];
    EXPECT_EQ(ended.status, cases::Status::resolved);
    EXPECT_EQ(ended.resolution, R::retry);
    EXPECT_EQ(resolve(ended.id, R::retry).error().code, "case_resolved");
    for (int i = 0; i < 14; ++i) work();
    EXPECT_EQ(charges(plan).size(), 13U);
}

TEST_F(CaseTest, of_a_hold_ends_with_what_was_held) {  // F78
    const Uuid plan = add_plan({.first = {}, .term = 24});
    work();
    clock.advance(365 * day);
    for (int i = 0; i < 3; ++i) work();
    const Turn turn{.kind = "plan", .id = plan};
    const auto end = [&](const Turn& of) {
        return write([&](Tx& tx) -> Result<bool> {
            billing->end_hold(tx, shop, of, R::canceled, "It was canceled.");
            return true;
        });
    };
    EXPECT_TRUE(end({.kind = "plan", .id = world.new_uuid()}));
    ASSERT_EQ(cases_of("billing_held")[0].status, cases::Status::open) << "another's";
    EXPECT_TRUE(end(turn));
    EXPECT_EQ(cases_of("billing_held")[0].resolution, R::canceled);
    EXPECT_EQ(cases_of("billing_held")[0].resolution_note, "It was canceled.");
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
