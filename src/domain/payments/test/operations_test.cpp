#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

const store::Sql free_hold{"test.free_hold",
                           "UPDATE transactions SET used_minor = 0 WHERE merchant_id = $1 AND id = $2"};

TEST_F(PaymentsTest, a_capture_of_less_than_was_asked_for_leaves_the_rest_for_another) {  // F25
    const auto held = charge(T::authorize, 10'000);
    provider.next = {said(Outcome::approved, euros(3'000))};
    const auto part = follow_up(T::capture, held->transaction.id, "60.00");
    EXPECT_EQ(part->transaction.status, S::quarantined);
    EXPECT_EQ(transaction(held->transaction.id).used_minor, 3'000);
    const auto rest = follow_up(T::capture, held->transaction.id);
    EXPECT_EQ(rest->transaction.amount, euros(7'000));
    EXPECT_EQ(details(held->payment.id).payment.captured_minor, 10'000);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(PaymentsTest, while_the_first_capture_is_unknown_no_other_is_sent) {  // F19
    const auto held = charge(T::authorize, 10'000);
    provider.next = {said(Outcome::no_answer)};
    follow_up(T::capture, held->transaction.id, "60.00");
    const auto other = follow_up(T::capture, held->transaction.id, "10.00");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "transaction_in_progress");
    EXPECT_EQ(other.error().kind, ErrorKind::conflict);
    EXPECT_EQ(provider.asked_for("capture").size(), 1U);
}

TEST_F(PaymentsTest, a_provider_with_nothing_to_continue_is_not_asked_twice_for_what_is_pending) {
    const auto made =
        scheduler.await(payments.create(shop, *Currency::of("EUR"), "fake", clock.now() + Millis{600'000}, origin()));
    const auto pay = [&] {
        ChargeCommand command = charge_command(T::purchase, 2'400, "pay");
        command.created_payment = made->id;
        return *scheduler.await(payments.charge_created(std::move(command)));
    };
    provider.next = {said(Outcome::pending)};
    EXPECT_EQ(pay().transaction.status, S::pending);
    EXPECT_EQ(pay().transaction.status, S::pending);
    EXPECT_EQ(provider.asked.size(), 1U);
    provider.can.continues_when_repeated = true;
    EXPECT_EQ(pay().transaction.status, S::approved);
    EXPECT_EQ(provider.asked.size(), 2U);
    EXPECT_EQ(provider.asked[0].reference, provider.asked[1].reference);
}

TEST_F(PaymentsTest, a_created_payment_that_was_never_sent_can_be_paid_again_until_it_expires) {
    const auto made =
        scheduler.await(payments.create(shop, *Currency::of("EUR"), "fake", clock.now() + Millis{600'000}, origin()));
    const auto pay = [&] {
        ChargeCommand command = charge_command(T::purchase, 5'000, "pay");
        command.created_payment = made->id;
        return scheduler.await(payments.charge_created(std::move(command)));
    };
    for (int i = 0; i < 2; ++i) {
        provider.next = {said(Outcome::not_sent)};
        const auto refused = pay();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, "provider_unavailable");
        const Payment payment = details(made->id).payment;
        EXPECT_EQ(payment.state, PaymentState::created);
        EXPECT_EQ(payment.expires_at, made->expires_at);
    }
    const auto paid = pay();
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->transaction.status, S::approved);
    EXPECT_EQ(details(made->id).payment.expires_at, std::nullopt);
    EXPECT_EQ(details(made->id).transactions.size(), 1U);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
    pass(Millis{600'000});
    EXPECT_EQ(expire(), 0U);
}

TEST_F(PaymentsTest, a_created_payment_that_was_never_sent_expires) {
    const auto made =
        scheduler.await(payments.create(shop, *Currency::of("EUR"), "fake", clock.now() + Millis{600'000}, origin()));
    ChargeCommand command = charge_command(T::purchase, 5'000, "pay");
    command.created_payment = made->id;
    provider.next = {said(Outcome::not_sent)};
    scheduler.await(payments.charge_created(std::move(command)));
    pass(Millis{600'000});
    EXPECT_EQ(expire(), 1U);
    EXPECT_EQ(details(made->id).payment.state, PaymentState::expired);
}

TEST_F(PaymentsTest, a_providers_words_are_kept_on_one_line_and_short) {
    Answer answer = said(Outcome::declined);
    answer.message = std::string{"No\0\n\x1b[31m", 9} + std::string(1'000, 'x') + "\xC3\xA9";
    answer.provider_code = "2\r\n";
    provider.next = {answer};
    const auto declined = charge(T::purchase, 100);
    const std::string& message = declined->transaction.message;
    EXPECT_LE(message.size(), 400U + 3U) << "and an ellipsis";
    for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(declined->transaction.provider_code, "2  ");
}

TEST_F(PaymentsTest, a_card_is_stored_once_for_a_key) {
    const auto first = store_card("k");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->method.status, "active");
    const auto again = store_card("k");
    ASSERT_TRUE(again && again->stored);
    EXPECT_EQ(again->method.id, first->method.id);
    EXPECT_EQ(provider.asked_for("store_card").size(), 1U);
}

TEST_F(PaymentsTest, a_card_whose_storing_got_no_answer_is_stored_under_the_same_reference) {
    provider.next_card = {{.outcome = Outcome::no_answer, .token = {}, .provider_code = {}, .message = {}}};
    const auto lost = store_card("k");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, "provider_unavailable");
    const auto again = store_card("k");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->method.status, "active");
    const auto references = provider.asked_for("store_card");
    ASSERT_EQ(references.size(), 2U);
    EXPECT_EQ(references[0], references[1]);
}

TEST_F(PaymentsTest, a_refused_card_may_be_offered_again) {
    provider.next_card = {{.outcome = Outcome::refused, .token = {}, .provider_code = {}, .message = {}}};
    EXPECT_EQ(store_card("k").error().code, "card_refused");
    EXPECT_TRUE(store_card("k"));
}

TEST_F(PaymentsTest, an_outcome_that_nobody_thought_of_is_booked_and_held_for_a_person) {
    const auto held = charge(T::authorize, 10'000);
    ASSERT_TRUE(follow_up(T::cancel, held->transaction.id));
    ASSERT_EQ(details(held->payment.id).payment.state, PaymentState::canceled);
    // A capture that was asked for before the cancel and whose outcome comes after it, by whatever fault.
    forge(free_hold, held->transaction.id);
    const auto captured = follow_up(T::capture, held->transaction.id, "10.00");
    ASSERT_TRUE(captured);
    EXPECT_EQ(captured->transaction.status, S::quarantined);
    const Payment payment = details(held->payment.id).payment;
    EXPECT_EQ(payment.state, PaymentState::canceled);
    EXPECT_EQ(payment.captured_minor, 1'000);
}

TEST_F(PaymentsTest, a_stored_card_pays_for_its_own_customer_alone) {
    const PaymentMethodId ours = store_card({}, "c-1")->method.id, of_nobody = store_card()->method.id;
    const auto pay = [&](PaymentMethodId method, std::string customer_id) {
        ChargeCommand command = charge_command(T::purchase, 1'000);
        command.card = std::nullopt;
        command.payment_method = method;
        command.customer_id = std::move(customer_id);
        const auto paid = scheduler.await(payments.charge(std::move(command)));
        return paid ? paid->payment.customer_id : paid.error().code + " " + paid.error().field;
    };
    EXPECT_EQ(pay(ours, "c-1"), "c-1");
    EXPECT_EQ(pay(ours, ""), "c-1");
    EXPECT_EQ(pay(ours, "c-2"), "payment_method_of_another_customer customer_id");
    EXPECT_EQ(pay(of_nobody, "c-2"), "c-2");
    EXPECT_EQ(provider.asked_for("purchase").size(), 3U);
}

}  // namespace
}  // namespace florin::payments
