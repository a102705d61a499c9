// What terms give back while others give back of the same money, and what they ask for in the end.

#include "terms_world.hpp"

namespace florin::payment_terms {
namespace {

using billing::ChargeStatus;
using payments::Outcome;
using test::TermsWorld;

/// Four instalments of 100.00 are paid; canceled on that day, 295.89 are earned.
struct AtOnce : testing::Test {
    static constexpr std::int64_t earned = 29'589;

    void begin(CancellationTerms by = {}) {
        NewTerms wanted = sim.wanted();
        wanted.cancellation_terms = by;
        id = sim.created(std::move(wanted));
        sim.live("2027-04-01T00:00:00Z");
        ASSERT_EQ(sim.find(id).account.paid_minor, 40'000);
    }
    /// The payments API has given back of an instalment, and nobody knows yet what came of it.
    void refund_in_flight(std::int64_t number, std::string amount) {
        sim.bank.is_silent = true;
        ASSERT_TRUE(sim.refund_by_api(id, number, std::move(amount)));
        sim.bank.is_silent = false;
    }
    /// Recovery finds out what became of it.
    void settle() {
        for (int i = 0; i < 15; ++i) sim.pass(std::chrono::minutes{1});
        sim.work();
    }
    billing::Charge last() { return sim.schedule(id).charges.back(); }

    TermsWorld sim;
    PaymentTermsId id;
};

TEST_F(AtOnce, a_cancellation_gives_nothing_back_that_is_on_its_way_back_already) {  // F95
    begin();
    refund_in_flight(4, "100.00");
    EXPECT_EQ(sim.scheduler.await(sim.terms.preview_cancel(sim.shop, id))->settlement->refund_minor, 411);
    const Terms canceled = *sim.cancel(id);
    EXPECT_EQ(canceled.settlement->paid_minor, 30'000);
    EXPECT_EQ(canceled.settlement->refund_minor, 411);
    settle();
    EXPECT_EQ(sim.bank.holds(), earned);
    const Terms done = sim.find(id);
    EXPECT_EQ(done.status, Status::canceled);
    EXPECT_EQ(done.account.refunded_minor, 411);
    EXPECT_EQ(done.account.taken_back_minor, 10'000);
}

TEST_F(AtOnce, what_did_not_go_back_after_all_is_given_back_late) {  // F95
    begin();
    refund_in_flight(4, "100.00");
    ASSERT_TRUE(sim.cancel(id));
    sim.bank.decide_last(Outcome::refused);
    settle();
    EXPECT_EQ(sim.bank.holds(), earned);
    const Terms done = sim.find(id);
    EXPECT_EQ(done.status, Status::canceled);
    EXPECT_EQ(done.account.refunded_minor, 10'411);
    EXPECT_EQ(done.account.taken_back_minor, 0);
}

TEST_F(AtOnce, what_is_on_its_way_back_is_not_asked_for_at_the_end) {
    begin({.fee_minor = 20'000});
    refund_in_flight(4, "100.00");
    const Terms canceled = *sim.cancel(id);
    EXPECT_EQ(canceled.settlement->final_charge_minor, earned + 20'000 - 40'000);
    settle();
    EXPECT_EQ(sim.bank.holds(), earned + 20'000 - 10'000);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

/// Lowered to the half, 200.00 of the four instalments are too much.
struct Lowered : AtOnce {
    void lower(Outcome outcome) {
        begin();
        refund_in_flight(2, "100.00");
        ASSERT_TRUE(sim.adjust(id, 60'000));
        EXPECT_EQ(sim.at_once, (Movement{.is_refund = true, .amount_minor = 10'000}));
        // Its refund has been sent by nobody yet.
        sim.bank.decide_last(outcome);
        settle();
        EXPECT_EQ(sim.bank.holds(), 20'000);
        EXPECT_EQ(credit_minor(sim.find(id).plan, sim.find(id).account), 0);
        EXPECT_EQ(sim.find(id).status, Status::active);
    }
};
TEST_F(Lowered, a_total_gives_nothing_back_that_is_on_its_way_back_already) {  // F94, F95
    lower(Outcome::approved);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 10'000);
}
TEST_F(Lowered, a_total_gives_back_late_what_did_not_go_back_after_all) {  // F94, F95
    lower(Outcome::refused);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 20'000);
}
TEST_F(Lowered, a_total_gives_back_less_by_what_others_have_given_back_before_it_was_sent) {  // F94, F95
    begin();
    sim.bank.refuses = 1;
    ASSERT_TRUE(sim.adjust(id, 60'000));
    sim.work();
    ASSERT_EQ(last().status, ChargeStatus::failed);
    ASSERT_TRUE(sim.refund_by_api(id, 2, "100.00"));
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    sim.work();
    EXPECT_EQ(last().amount.minor(), 10'000);
    EXPECT_EQ(sim.bank.holds(), 20'000);
    // Instalments that follow are what they were going to be.
    sim.live("2027-05-01T00:00:00Z");
    EXPECT_EQ(sim.bank.holds(), 25'000);
}

/// The refund of a settlement was not sent yet, because the provider refused it at first, when something else goes.
struct Unsent : AtOnce {
    void SetUp() override {
        begin();
        sim.bank.refuses = 1;
        ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 10'411);
        sim.work();
        ASSERT_EQ(last().status, ChargeStatus::failed);
        ASSERT_EQ(sim.find(id).status, Status::pending_cancellation);
    }
};

TEST_F(Unsent, a_refund_that_others_have_made_since_the_settlement_makes_that_of_the_terms_smaller) {  // F95
    ASSERT_TRUE(sim.refund_by_api(id, 4, "100.00"));
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    sim.work();
    EXPECT_EQ(last().status, ChargeStatus::succeeded);
    EXPECT_EQ(last().amount.minor(), 411);
    EXPECT_EQ(sim.bank.holds(), earned);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    EXPECT_EQ(sim.find(id).account.returned_minor, 411);
}

TEST_F(Unsent, also_while_nobody_knows_what_becomes_of_that_one_and_if_it_fails_the_rest_comes_late) {  // F95
    refund_in_flight(1, "100.00");
    sim.bank.decide_last(Outcome::refused);
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    settle();
    EXPECT_EQ(sim.bank.holds(), earned);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 10'411);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

TEST_F(Unsent, a_dispute_since_the_settlement_makes_it_smaller_and_won_the_rest_comes_late) {  // F28, F95
    const std::string reference = sim.take_back(id, 1);
    const auto open = *sim.scheduler.await(sim.cases.list(sim.shop, {.reason = "refund_failed"}));
    ASSERT_EQ(open.size(), 1U);
    cases::Asker asker{
        .merchant = sim.shop, .actor = "user:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-2"};
    ASSERT_TRUE(sim.scheduler.await(sim.cases.resolve(
        std::move(asker), open[0].id, {.resolution = cases::Resolution::retry, .amount = {}, .note = {}})));
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 40'000 - 411) << "of which 100.00 are with the customer's bank";
    sim.win(reference);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), earned);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 10'411);
}

TEST_F(AtOnce, a_dispute_that_is_lost_stays_gone) {
    begin();
    sim.take_back(id, 2);
    ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 411);
    sim.live("2027-09-01T00:00:00Z");
    EXPECT_EQ(sim.find(id).account.taken_back_minor, 10'000);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 411);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

TEST_F(AtOnce, what_a_refund_is_capped_at_it_is_however_late_it_comes) {
    begin({.refund_cap_minor = 5'000});
    const std::string reference = sim.take_back(id, 2);
    ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 411);
    sim.work();
    sim.win(reference);
    sim.work();
    EXPECT_EQ(sim.find(id).account.refunded_minor, 5'000);
    EXPECT_EQ(sim.bank.holds(), 35'000);
}

TEST_F(AtOnce, within_the_cooling_off_days_all_goes_back_also_what_comes_back_later) {
    CancellationTerms by{.method = CancellationMethod::none};
    by.cooling_off_days = 200;
    begin(by);
    const std::string reference = sim.take_back(id, 2);
    ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 30'000);
    sim.work();
    sim.win(reference);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 0);
}

TEST_F(AtOnce, where_nothing_is_given_back_what_comes_back_is_kept) {
    begin({.method = CancellationMethod::none});
    const std::string reference = sim.take_back(id, 2);
    ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 0);
    sim.win(reference);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 40'000);
    EXPECT_EQ(kept_minor(sim.find(id).account), 40'000);
}

/// What a customer still owes at a cancellation, and does not pay.
struct FinalCharge : testing::Test {
    /// Canceled on the first day, a fee of 50.00 is left beside what was paid.
    void fail(std::string policy) {
        NewTerms wanted = sim.wanted();
        wanted.cancellation_terms.fee_minor = 15'000;
        wanted.options.retry_policy = std::move(policy);
        id = sim.created(std::move(wanted));
        sim.live("2027-01-01T00:00:00Z");
        sim.bank.declines = 5;
        ASSERT_EQ(sim.cancel(id)->settlement->final_charge_minor, 5'000);
        sim.live("2027-01-10T00:00:00Z");
        sim.bank.declines = 0;
        ASSERT_EQ(last().status, ChargeStatus::failed);
        EXPECT_EQ(sim.find(id).status, Status::canceled);
    }
    billing::Charge last() { return sim.schedule(id).charges.back(); }
    std::size_t open_cases() {
        return sim.scheduler.await(sim.cases.list(sim.shop, {.status = cases::Status::open, .owner = id.value}))
            ->size();
    }
    TermsWorld sim;
    PaymentTermsId id;
};

TEST_F(FinalCharge, is_a_case_as_any_other_that_fails_and_is_paid_when_a_person_has_it_tried_again) {  // A-FR-04
    // By that policy what fails for good ends its owner, and what has ended cannot end once more.
    fail("standard_dunning");
    ASSERT_EQ(open_cases(), 1U);
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    sim.work();
    EXPECT_EQ(last().status, ChargeStatus::succeeded);
    EXPECT_EQ(kept_minor(sim.find(id).account), 15'000);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

TEST_F(FinalCharge, is_paid_when_a_person_says_so) {
    fail("next_day_then_case");
    const auto open =
        *sim.scheduler.await(sim.cases.list(sim.shop, {.status = cases::Status::open, .owner = id.value}));
    ASSERT_EQ(open.size(), 1U);
    cases::Asker asker{
        .merchant = sim.shop, .actor = "user:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-2"};
    ASSERT_TRUE(sim.scheduler.await(sim.cases.resolve(
        std::move(asker), open[0].id,
        {.resolution = cases::Resolution::paid_elsewhere, .amount = std::string{"50.00"}, .note = {}})));
    sim.work();
    EXPECT_EQ(last().status, ChargeStatus::succeeded);
    EXPECT_EQ(kept_minor(sim.find(id).account), 15'000);
}

TEST_F(FinalCharge, is_let_go_when_a_person_says_so) {
    fail("next_day_then_case");
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::waived));
    EXPECT_EQ(last().status, ChargeStatus::canceled);
    EXPECT_EQ(sim.find(id).account.paid_minor, 10'000);
    EXPECT_EQ(open_cases(), 0U);
}

}  // namespace
}  // namespace florin::payment_terms
