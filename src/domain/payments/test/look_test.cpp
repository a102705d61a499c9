#include "florin/security/encoding.hpp"
#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

/// What a webhook brings about. It says only where to look.
class LookTest : public PaymentsTest {
protected:
    Hinted look(std::string_view reference) { return *scheduler.await(payments.look(reference)); }
    Executed lost_charge(T type = T::purchase) {
        provider.next = {said(Outcome::no_answer)};
        return *charge(type, 1'000);
    }
};

TEST_F(LookTest, an_unknown_outcome_is_known_as_soon_as_the_provider_tells_of_it) {  // F41
    const Executed lost = lost_charge();
    provider.found = said(Outcome::approved);
    EXPECT_EQ(look(lost.transaction.reference_number), Hinted::looked);
    EXPECT_EQ(transaction(lost.transaction.id).status, S::approved);
    EXPECT_EQ(details(lost.payment.id).payment.state, PaymentState::captured);
    EXPECT_EQ(look(lost.transaction.reference_number), Hinted::nothing_open);
    EXPECT_EQ(provider.looked_up.size(), 1U);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(LookTest, a_webhook_of_another_provider_than_the_payments_own_changes_nothing) {  // F36, F51
    const Executed lost = lost_charge();
    provider.found = said(Outcome::approved);
    const Hint of_another{.provider_id = "p9", .connector = "another"};
    EXPECT_EQ(*scheduler.await(payments.look(lost.transaction.reference_number, of_another)),
              Hinted::unknown_reference);
    EXPECT_TRUE(provider.looked_up.empty());
}

TEST_F(LookTest, what_the_provider_does_not_find_is_neither_failed_nor_sent_again) {  // F42, F7
    const TransactionId held = charge(T::authorize, 1'000)->transaction.id;
    provider.next = {said(Outcome::no_answer)};
    const auto lost = follow_up(T::capture, held);
    provider.found = said(Outcome::not_found);
    for (int i = 0; i < 5; ++i) {
        pass(Millis{60'000});
        EXPECT_EQ(look(lost->transaction.reference_number), Hinted::still_open);
    }
    EXPECT_EQ(transaction(lost->transaction.id).status, S::unknown);
    EXPECT_EQ(transaction(lost->transaction.id).not_found, 0);
    EXPECT_EQ(provider.asked_for("capture").size(), 1U);
}

TEST_F(LookTest, a_webhook_that_overtakes_the_answer_waits_for_it) {  // F41
    provider.takes = Millis{5'000};
    std::optional<Result<Executed>> answered;
    auto pay = [&]() -> Task<void> { answered = co_await payments.charge(charge_command(T::purchase, 1'000)); };
    scheduler.spawn(pay());
    auto hint = [&]() -> Task<void> {
        co_await sleep_for(Millis{1'000});
        const std::string reference = provider.asked.at(0).reference;
        EXPECT_EQ(*co_await payments.look(reference), Hinted::still_open);
        EXPECT_TRUE(provider.looked_up.empty());
        co_await sleep_for(Millis{6'000});
        EXPECT_EQ(*co_await payments.look(reference), Hinted::nothing_open);
    };
    scheduler.await(hint());
    ASSERT_TRUE(answered);
    EXPECT_EQ((*answered)->transaction.status, S::approved);
}

TEST_F(LookTest, any_operation_of_a_payment_leads_to_all_that_is_open_of_it) {
    const TransactionId held = charge(T::authorize, 1'000)->transaction.id;
    provider.next = {said(Outcome::no_answer)};
    const auto lost = follow_up(T::capture, held, "4.00");
    provider.found = said(Outcome::approved);
    EXPECT_EQ(look(reference_of(held)), Hinted::looked);
    EXPECT_EQ(provider.looked_up, std::vector<std::string>{lost->transaction.reference_number});
    EXPECT_EQ(transaction(lost->transaction.id).status, S::approved);
}

TEST_F(LookTest, what_comes_true_after_it_was_given_up_is_found_and_given_back) {  // F43, F5
    const Executed lost = lost_charge();
    provider.found = said(Outcome::not_found);
    live(std::chrono::minutes{2});
    ASSERT_EQ(transaction(lost.transaction.id).status, S::failed);
    provider.found = said(Outcome::approved);
    EXPECT_EQ(look(lost.transaction.reference_number), Hinted::looked);
    EXPECT_EQ(transaction(lost.transaction.id).status, S::quarantined);
    live(std::chrono::seconds{5});
    EXPECT_EQ(provider.asked_for("refund").size(), 1U);
    EXPECT_EQ(details(lost.payment.id).payment.state, PaymentState::canceled);
}

TEST_F(LookTest, a_reference_is_found_however_old_and_a_foreign_one_is_not) {  // F43, F50
    const Executed old = lost_charge();
    provider.found = said(Outcome::no_answer);
    pass(std::chrono::days{90});
    provider.found = said(Outcome::approved);
    EXPECT_EQ(look(old.transaction.reference_number), Hinted::looked);
    for (const std::string_view foreign :
         {"", "INV-17", "00000000000000000000", "ZZZZZZZZZZZZZZZZZZZZ", "bezejmnvfdncdy78cdy2"})
        EXPECT_EQ(look(foreign), Hinted::unknown_reference) << foreign;
}

}  // namespace
}  // namespace florin::payments
