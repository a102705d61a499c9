#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

TEST_F(PaymentsTest, a_lost_answer_is_looked_up_until_it_is_found) {  // F4
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::no_answer);
    const auto bought = charge(T::purchase, 10'000, "k");
    ASSERT_TRUE(bought);
    EXPECT_EQ(bought->transaction.status, S::unknown);
    live(Millis{30'000});
    EXPECT_EQ(transaction(bought->transaction.id).status, S::unknown);
    provider.found = said(Outcome::approved);
    live(Millis{21'000});
    EXPECT_EQ(transaction(bought->transaction.id).status, S::approved);
    EXPECT_EQ(provider.asked.size(), 1U);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(PaymentsTest, what_comes_true_after_it_was_given_up_is_given_back) {  // F5
    for (const T type : {T::purchase, T::authorize}) {
        SCOPED_TRACE(to_text(type));
        provider.next = {said(Outcome::no_answer)};
        provider.found = said(Outcome::not_found);
        const auto charged = charge(type, 10'000, "k-" + std::string{to_text(type)});
        ASSERT_TRUE(charged);
        const TransactionId id = charged->transaction.id;
        live(Millis{40'000});
        ASSERT_EQ(transaction(id).status, S::failed);
        ASSERT_TRUE(transaction(id).next_check_at);
        provider.asked.clear();
        provider.found = said(Outcome::approved);
        pass(Millis{3'600'000});
        live(Millis{3'000});
        EXPECT_EQ(transaction(id).status, S::quarantined);
        EXPECT_EQ(transaction(id).next_check_at, std::nullopt);
        ASSERT_EQ(provider.asked.size(), 1U);
        EXPECT_EQ(provider.asked[0].what, type == T::purchase ? "refund" : "cancel");
        EXPECT_EQ(provider.asked[0].amount_minor, 10'000);
        const Payment payment = details(charged->payment.id).payment;
        EXPECT_EQ(payment.captured_minor, payment.refunded_minor);
        EXPECT_EQ(payment.state, PaymentState::canceled);
        EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
        live(Millis{5'000});
        EXPECT_EQ(provider.asked.size(), 1U) << "once";
    }
}

TEST_F(PaymentsTest, what_never_comes_true_is_looked_at_for_a_day_and_then_no_more) {  // F5
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto charged = charge(T::purchase, 10'000);
    live(Millis{40'000});
    const TransactionId id = charged->transaction.id;
    ASSERT_EQ(transaction(id).status, S::failed);
    const std::size_t before = provider.looked_up.size();
    pass(Millis{3'600'000});
    live(Millis{2'000});
    EXPECT_EQ(provider.looked_up.size(), before + 1);
    pass(Millis{23LL * 3'600'000});
    live(Millis{2'000});
    EXPECT_EQ(provider.looked_up.size(), before + 2);
    EXPECT_EQ(transaction(id).next_check_at, std::nullopt);
    EXPECT_EQ(transaction(id).status, S::failed);
}

TEST_F(PaymentsTest, a_follow_up_that_did_not_arrive_is_sent_again_under_its_reference) {  // F2
    const auto bought = charge(T::purchase, 10'000);
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto refunded = follow_up(T::refund, bought->transaction.id, "40.00");
    ASSERT_EQ(refunded->transaction.status, S::unknown);
    live(Millis{40'000});
    EXPECT_EQ(transaction(refunded->transaction.id).status, S::approved);
    const auto references = provider.asked_for("refund");
    ASSERT_EQ(references.size(), 2U);
    EXPECT_EQ(references[0], references[1]);
}

TEST_F(PaymentsTest, what_was_sent_again_has_time_to_arrive_before_it_is_sent_once_more) {  // F7
    const auto bought = charge(T::purchase, 10'000);
    provider.next = {said(Outcome::no_answer), said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto refunded = follow_up(T::refund, bought->transaction.id, "40.00");
    while (provider.asked_for("refund").size() < 2) live(Millis{1'000});
    const Instant again = clock.now();
    while (provider.asked_for("refund").size() < 3) live(Millis{1'000});
    EXPECT_GE((clock.now() - again).count(), 10'000);
    EXPECT_EQ(transaction(refunded->transaction.id).status, S::approved);
}

TEST_F(PaymentsTest, a_refund_that_waits_for_settlement_and_whose_repetition_is_lost_is_not_repeated_blindly) {  // F22
    const auto bought = charge(T::purchase, 10'000);
    provider.next = {said(Outcome::not_settled), said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto refunded = follow_up(T::refund, bought->transaction.id, "40.00");
    ASSERT_EQ(refunded->transaction.status, S::pending);
    while (provider.asked_for("refund").size() < 2) live(Millis{1'000});
    const std::size_t looks = provider.looked_up.size();
    while (provider.asked_for("refund").size() < 3) live(Millis{1'000});
    EXPECT_GE(provider.looked_up.size() - looks, 2U);
    EXPECT_EQ(transaction(refunded->transaction.id).status, S::approved);
}

TEST_F(PaymentsTest, what_is_being_sent_is_not_looked_up_whatever_the_clock_says) {  // F77
    provider.takes = Millis{20'000};
    std::optional<Result<Executed>> done;
    scheduler.spawn([](PaymentsTest& test, std::optional<Result<Executed>>& out, Payments& payments,
                       ChargeCommand command) -> Task<void> {
        static_cast<void>(test);
        out = co_await payments.charge(std::move(command));
    }(*this, done, payments, charge_command(T::purchase, 10'000)));
    scheduler.run(Millis{1'000});
    clock.jump(Millis{3'600'000});
    EXPECT_EQ(settle(), 0U);
    EXPECT_TRUE(provider.looked_up.empty());
    scheduler.run(Millis{30'000});
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->transaction.status, S::approved);
}

TEST_F(PaymentsTest, a_clock_that_goes_back_delays_no_look_up) {  // F77
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::no_answer);
    const auto lost = charge(T::purchase, 10'000);
    live(Millis{5'000});
    clock.jump(Millis{-2 * 3'600'000});
    provider.found = said(Outcome::approved);
    live(Millis{47'000});
    EXPECT_EQ(transaction(lost->transaction.id).status, S::approved);
}

TEST_F(PaymentsTest, a_clock_that_goes_ahead_makes_nothing_absent_that_may_be_on_its_way) {  // F5, F77
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto lost = charge(T::purchase, 10'000);
    clock.jump(Millis{3'600'000});
    live(Millis{8'000});
    EXPECT_EQ(transaction(lost->transaction.id).status, S::unknown);
    live(Millis{10'000});
    EXPECT_EQ(transaction(lost->transaction.id).status, S::failed);
}

TEST_F(PaymentsTest, what_is_answered_before_is_answered_again_whatever_speaks_against_it_now) {  // F37
    const auto bought = charge(T::purchase, 10'000, "paid");
    ASSERT_EQ(bought->transaction.status, S::approved);
    provider.found = said(Outcome::no_answer);
    for (int i = 0; i < 40; ++i) {
        provider.next = {said(Outcome::no_answer)};
        charge(T::purchase, 100);
    }
    ASSERT_FALSE(charge(T::purchase, 100, "new")) << "the breaker is open";
    const auto again = charge(T::purchase, 10'000, "paid");
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_repeat);
    EXPECT_EQ(again->transaction.id, bought->transaction.id);
}

TEST_F(PaymentsTest, what_the_provider_acknowledged_is_never_absent) {
    provider.next = {said(Outcome::pending)};
    provider.next[0].provider_id = "held-for-review";
    provider.found = said(Outcome::not_found);
    const auto held = charge(T::purchase, 10'000);
    live(Millis{3'600'000});
    EXPECT_EQ(transaction(held->transaction.id).status, S::pending);
    provider.found = said(Outcome::approved);
    live(Millis{700'000});
    EXPECT_EQ(transaction(held->transaction.id).status, S::approved);
}

TEST_F(PaymentsTest, an_answer_that_means_nothing_is_kept_asked_for_less_often_and_leaves_the_breaker_closed) {
    for (int i = 0; i < 30; ++i) {
        provider.next = {said(Outcome::pending)};
        ASSERT_TRUE(charge(T::purchase, 100 + i));
        provider.found = said(Outcome::no_answer);
        provider.found.is_undecided = true;
        provider.found.provider_code = "several_transactions";
        live(Millis{2'000});
    }
    live(Millis{600'000});
    ASSERT_TRUE(charge(T::purchase, 5'000));
    const std::size_t looks = provider.looked_up.size();
    EXPECT_LT(looks, 30U * 8U) << "in ten minutes";
    const auto all = *scheduler.await(payments.list(shop, {.state = PaymentState::pending}));
    ASSERT_EQ(all.size(), 30U);
    EXPECT_EQ(details(all[0].id).transactions[0].provider_code, "several_transactions");
}

TEST_F(PaymentsTest, a_reversal_is_tried_until_nothing_is_left_to_give_back) {  // F5
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::not_found);
    const auto charged = charge(T::purchase, 10'000);
    live(Millis{40'000});
    provider.found = said(Outcome::approved);
    for (int i = 0; i < 3; ++i) provider.next.push_back(said(Outcome::refused));
    pass(Millis{3'600'000});
    live(Millis{60'000LL * 10});
    EXPECT_EQ(provider.asked_for("refund").size(), 4U);
    EXPECT_EQ(details(charged->payment.id).payment.refunded_minor, 10'000);
    EXPECT_EQ(transaction(charged->transaction.id).next_check_at, std::nullopt);
}

TEST_F(PaymentsTest, a_refund_that_never_settles_ends) {
    const auto bought = charge(T::purchase, 10'000);
    for (int i = 0; i < 10'000; ++i) provider.next.push_back(said(Outcome::not_settled));
    provider.found = said(Outcome::not_found);
    const auto refunded = follow_up(T::refund, bought->transaction.id, "40.00");
    ASSERT_EQ(refunded->transaction.status, S::pending);
    for (int day = 0; day < 9; ++day) {
        pass(Millis{24LL * 3'600'000});
        live(Millis{2'000});
    }
    EXPECT_EQ(transaction(refunded->transaction.id).status, S::failed);
    EXPECT_EQ(transaction(bought->transaction.id).used_minor, 0);
}

TEST_F(PaymentsTest, a_process_that_stood_still_does_not_overrule_what_recovery_sent) {  // F56
    const auto bought = charge(T::purchase, 10'000);
    // Another process finds the intent's row due, and sends it; its answer is lost. Ours wakes up and has not sent.
    Payments other{{.world = world,
                    .store = *database,
                    .keys = *keys,
                    .audit = audit,
                    .connector = [this](std::string_view) { return &provider; },
                    .node = "there"}};
    provider.found = said(Outcome::not_found);
    std::optional<Result<Executed>> done;
    provider.takes = Millis{60'000};
    provider.next = {said(Outcome::not_sent), said(Outcome::no_answer)};
    scheduler.spawn([](std::optional<Result<Executed>>& out, Payments& on,
                       FollowUpCommand command) -> Task<void> {
        out = co_await on.follow_up(std::move(command));
    }(done, payments,
                                                FollowUpCommand{.merchant = shop,
                                                                .type = T::refund,
                                                                .guard = {},
                                                                .parent = bought->transaction.id,
                                                                .amount = "40.00",
                                                                .currency = std::nullopt,
                                                                .origin = origin()}));
    scheduler.run(Millis{1'000});
    provider.takes = Millis{10};
    for (int second = 0; second < 58; ++second) {
        scheduler.await(other.settle_due());
        pass(Millis{1'000});
        scheduler.run(Millis{1});
    }
    scheduler.run(Millis{60'000});
    ASSERT_TRUE(done);
    ASSERT_TRUE(*done) << "it must not say that nothing was done";
    EXPECT_EQ((*done)->transaction.status, S::unknown);
    EXPECT_EQ(transaction(bought->transaction.id).used_minor, 4'000);
}

TEST_F(PaymentsTest, one_slow_look_up_does_not_hold_up_the_others) {
    provider.takes = Millis{10};
    for (int i = 0; i < 12; ++i) {
        provider.next = {said(Outcome::no_answer)};
        charge(T::purchase, 100 + i);
    }
    provider.found = said(Outcome::approved);
    provider.takes = Millis{5'000};
    pass(Millis{2'000});
    const std::int64_t before = clock.monotonic_ns();
    EXPECT_EQ(settle(), 12U);
    EXPECT_LT((clock.monotonic_ns() - before) / 1'000'000, 6'000);
}

TEST_F(PaymentsTest, no_merchant_waits_for_anothers_queue) {
    const auto defer = [&](std::int64_t merchant, int count) {
        for (int i = 0; i < count; ++i) {
            provider.next = {said(Outcome::pending)};
            ChargeCommand command = charge_command(T::purchase, 500 + i);
            command.merchant = MerchantId{merchant};
            scheduler.await(payments.charge(std::move(command)));
        }
    };
    defer(1, 120);
    defer(2, 1);
    const std::string last_reference = provider.asked.back().reference;
    provider.found = said(Outcome::no_answer);
    pass(Millis{60'000});
    provider.looked_up.clear();
    settle();
    EXPECT_NE(std::ranges::find(provider.looked_up, last_reference), provider.looked_up.end());
}

TEST_F(PaymentsTest, an_open_breaker_refuses_before_anything_is_promised_and_a_look_up_is_the_probe) {  // F35
    provider.found = said(Outcome::no_answer);
    for (int i = 0; i < 20; ++i) {
        provider.next = {said(Outcome::no_answer)};
        charge(T::purchase, 100);
    }
    const std::size_t asked = provider.asked.size();
    const auto refused = charge(T::purchase, 100, "key");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "provider_unavailable");
    pass(Millis{60'000});
    EXPECT_FALSE(charge(T::purchase, 100, "key"));
    EXPECT_EQ(provider.looked_up.size(), 1U) << "the probe";
    EXPECT_EQ(provider.asked.size(), asked);
    provider.found = said(Outcome::not_found);
    pass(Millis{60'000});
    EXPECT_TRUE(charge(T::purchase, 100, "key"));
    EXPECT_EQ(provider.asked.size(), asked + 1);
}

TEST_F(PaymentsTest, follow_ups_ask_the_breaker_too) {  // F35
    const auto bought = charge(T::purchase, 10'000);
    provider.found = said(Outcome::no_answer);
    for (int i = 0; i < 40; ++i) {
        provider.next = {said(Outcome::no_answer)};
        charge(T::purchase, 100);
    }
    const auto refused = follow_up(T::refund, bought->transaction.id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "provider_unavailable");
    EXPECT_EQ(transaction(bought->transaction.id).used_minor, 0);
}

}  // namespace
}  // namespace florin::payments
