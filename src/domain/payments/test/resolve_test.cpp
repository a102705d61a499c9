#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;
using P = PaymentState;

class ResolveTest : public PaymentsTest {
protected:
    Result<Executed> resolve(const TransactionId& id, Resolution resolution, std::string key = {}) {
        return scheduler.await(
            payments.resolve({.merchant = shop,
                              .transaction = id,
                              .resolution = resolution,
                              .note = "as agreed",
                              .guard = {.key = std::move(key), .route = "resolve", .fingerprint = {}},
                              .origin = origin()}));
    }
    std::string refusal(const TransactionId& id, Resolution resolution) {
        const auto resolved = resolve(id, resolution);
        return resolved ? std::string{} : resolved.error().code;
    }
    static Answer in_yen() { return said(Outcome::approved, *Money::of(1'000, *Currency::of("JPY"))); }
};

TEST_F(ResolveTest, a_part_that_is_accepted_is_what_the_payment_took) {  // F25
    provider.next = {said(Outcome::approved, euros(600))};
    const TransactionId part = charge(T::purchase, 1'000)->transaction.id;
    EXPECT_EQ(refusal(part, Resolution::dismiss), "money_moved");
    const auto accepted = resolve(part, Resolution::accept);
    EXPECT_EQ(accepted->transaction.status, S::approved);
    EXPECT_EQ(accepted->payment.state, P::captured);
    EXPECT_EQ(accepted->payment.captured_minor, 600);
    EXPECT_EQ(refusal(part, Resolution::accept), "transaction_not_quarantined");
    const auto refunded = follow_up(T::refund, part);
    EXPECT_EQ(refunded->transaction.amount, euros(600));
    EXPECT_EQ(details(accepted->payment.id).payment.state, P::captured);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(ResolveTest, a_part_of_a_hold_that_is_accepted_can_be_captured_and_still_expires) {  // F25
    provider.next = {said(Outcome::approved, euros(600))};
    const auto held = charge(T::authorize, 1'000);
    const auto accepted = resolve(held->transaction.id, Resolution::accept);
    EXPECT_EQ(accepted->payment.state, P::authorized);
    EXPECT_EQ(accepted->payment.expires_at, held->payment.expires_at);
    EXPECT_EQ(follow_up(T::capture, held->transaction.id)->transaction.amount, euros(600));
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(ResolveTest, a_charge_in_another_currency_is_dismissed_when_it_was_undone) {  // F26
    provider.next = {in_yen()};
    const TransactionId odd = charge(T::purchase, 1'000)->transaction.id;
    EXPECT_EQ(refusal(odd, Resolution::accept), "nothing_to_accept");
    const auto dismissed = resolve(odd, Resolution::dismiss);
    EXPECT_EQ(dismissed->transaction.status, S::failed);
    EXPECT_EQ(dismissed->transaction.provider_code, "dismissed");
    EXPECT_EQ(dismissed->payment.state, P::failed);
    // Nothing looks at it again.
    live(std::chrono::minutes{2});
    EXPECT_TRUE(provider.looked_up.empty());
}

TEST_F(ResolveTest, a_dismissed_capture_or_refund_gives_free_what_it_had_reserved) {  // F26, F19, F20
    const auto held = charge(T::authorize, 1'000);
    provider.next = {in_yen()};
    const auto capture = follow_up(T::capture, held->transaction.id, "4.00");
    EXPECT_EQ(capture->transaction.status, S::quarantined);
    EXPECT_EQ(transaction(held->transaction.id).used_minor, 400);
    EXPECT_EQ(resolve(capture->transaction.id, Resolution::dismiss)->payment.state, P::authorized);
    EXPECT_EQ(transaction(held->transaction.id).used_minor, 0);
    const auto taken = follow_up(T::capture, held->transaction.id);
    EXPECT_EQ(taken->payment.captured_minor, 1'000);
    provider.next = {said(Outcome::approved, euros(5'000))};
    const auto refund = follow_up(T::refund, taken->transaction.id, "10.00");
    EXPECT_EQ(resolve(refund->transaction.id, Resolution::dismiss)->transaction.status, S::failed);
    EXPECT_EQ(transaction(taken->transaction.id).used_minor, 0);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(ResolveTest,
       a_charge_that_no_look_up_can_find_is_ended_by_a_person_who_knows_that_it_never_happened) {  // F4, F5
    provider.next = {said(Outcome::no_answer)};
    const auto lost = charge(T::purchase, 1'000, "k");
    EXPECT_EQ(refusal(lost->transaction.id, Resolution::dismiss), "transaction_not_quarantined") << "it is being asked";
    provider.found.is_undecided = true;
    provider.found.provider_code = "no_key";
    live(std::chrono::minutes{2});
    EXPECT_EQ(refusal(lost->transaction.id, Resolution::accept), "nothing_to_accept");
    const auto dismissed = resolve(lost->transaction.id, Resolution::dismiss);
    ASSERT_TRUE(dismissed) << dismissed.error().code;
    EXPECT_EQ(dismissed->transaction.status, S::failed);
    EXPECT_EQ(dismissed->transaction.provider_code, "declared_absent");
    EXPECT_EQ(dismissed->payment.state, P::failed);
    EXPECT_TRUE(charge(T::purchase, 1'000, "k")->stored) << "its client is told";
    EXPECT_EQ(refusal(lost->transaction.id, Resolution::dismiss), "transaction_not_quarantined");

    // They were wrong: told of it days later, it is booked and given back.
    live(std::chrono::minutes{2});
    pass(std::chrono::days{3});
    settle();
    provider.found = said(Outcome::approved);
    EXPECT_EQ(*scheduler.await(payments.look(lost->transaction.reference_number)), Hinted::looked);
    EXPECT_EQ(details(lost->payment.id).payment.state, P::quarantined);
    live(std::chrono::minutes{2});
    EXPECT_EQ(details(lost->payment.id).payment.refunded_minor, 1'000);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(ResolveTest, a_decision_repeated_with_its_key_gets_its_first_answer) {
    provider.next = {said(Outcome::approved, euros(600))};
    const TransactionId part = charge(T::purchase, 1'000)->transaction.id;
    EXPECT_FALSE(resolve(part, Resolution::accept, "once")->is_repeat);
    const auto again = resolve(part, Resolution::accept, "once");
    EXPECT_TRUE(again->is_repeat);
    EXPECT_TRUE(again->stored);
}

TEST_F(ResolveTest, there_is_nothing_to_decide_about_what_went_as_asked_is_being_given_back_or_is_not_there) {
    const TransactionId fine = charge(T::purchase, 1'000)->transaction.id;
    EXPECT_EQ(refusal(fine, Resolution::accept), "transaction_not_quarantined");
    EXPECT_EQ(refusal(fine, Resolution::dismiss), "transaction_not_quarantined");
    EXPECT_EQ(refusal(TransactionId{}, Resolution::accept), "transaction_not_found");
    provider.next = {said(Outcome::approved, euros(600))};
    const TransactionId returned = charge(T::purchase, 1'000)->transaction.id;
    follow_up(T::refund, returned);
    EXPECT_EQ(refusal(returned, Resolution::accept), "nothing_left");
}

}  // namespace
}  // namespace florin::payments
