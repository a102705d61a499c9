#include "decision.hpp"

#include <gtest/gtest.h>

#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using test::euros;
using test::said;
using T = TransactionType;
using S = TransactionStatus;

Transaction open(TransactionType type, TransactionStatus status = TransactionStatus::processing) {
    return {.merchant = {}, .id = {}, .payment = {}, .type = type, .status = status, .amount = euros(10'000)};
}

TEST(Decision, an_answer_means_one_thing_for_each_kind_of_operation) {
    using O = Outcome;
    using E = PaymentEvent;
    struct Case {
        T type;
        O outcome;
        S status;
        std::int64_t approved;
        std::optional<E> event;
        bool releases, frees;
    };
    const Case cases[] = {
        {T::purchase, O::approved, S::approved, 10'000, E::captured, false, false},
        {T::authorize, O::approved, S::approved, 10'000, E::authorized, false, false},
        {T::capture, O::approved, S::approved, 10'000, E::captured, false, false},
        {T::refund, O::approved, S::approved, 10'000, {}, false, false},
        {T::cancel, O::approved, S::approved, 10'000, E::canceled, false, false},
        {T::purchase, O::declined, S::declined, 0, E::declined, true, false},
        {T::capture, O::declined, S::declined, 0, {}, true, false},
        {T::refund, O::refused, S::failed, 0, {}, true, false},
        {T::purchase, O::refused, S::failed, 0, E::failed, true, false},
        {T::purchase, O::not_sent, S::failed, 0, E::failed, true, true},
        {T::refund, O::not_sent, S::failed, 0, {}, true, true},
        {T::purchase, O::no_answer, S::unknown, 0, E::answer_lost, false, false},
        {T::purchase, O::not_found, S::unknown, 0, E::answer_lost, false, false},
        {T::capture, O::no_answer, S::unknown, 0, {}, false, false},
        {T::purchase, O::pending, S::pending, 0, E::deferred, false, false},
        {T::refund, O::not_settled, S::pending, 0, {}, false, false},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(std::string{to_text(each.type)} + " " + std::string{to_text(each.outcome)});
        const Decision decision = decide(open(each.type), said(each.outcome));
        EXPECT_EQ(decision.status, each.status);
        EXPECT_EQ(decision.approved_minor, each.approved);
        EXPECT_EQ(decision.event, each.event);
        EXPECT_EQ(decision.releases_reservation, each.releases);
        EXPECT_EQ(decision.frees_idempotency_key, each.frees);
    }
}

TEST(Decision, what_was_approved_otherwise_than_asked_is_held) {  // F25
    const auto decided = [](TransactionType type, Money got) {
        return decide(open(type), said(Outcome::approved, got));
    };
    for (const auto type : {TransactionType::purchase, TransactionType::authorize}) {
        EXPECT_EQ(decided(type, euros(4'000)).status, TransactionStatus::quarantined);
        EXPECT_EQ(decided(type, euros(4'000)).approved_minor, 4'000);
        EXPECT_EQ(decided(type, euros(4'000)).event, PaymentEvent::mismatched);
    }
    // More than was asked for, or other money, is not booked as this payment's at all.
    for (const Money got : {euros(10'001), *Money::of(10'000, *Currency::of("USD"))}) {
        EXPECT_EQ(decided(TransactionType::purchase, got).status, TransactionStatus::quarantined);
        EXPECT_EQ(decided(TransactionType::purchase, got).approved_minor, 0);
    }
    EXPECT_EQ(decided(TransactionType::capture, euros(4'000)).event, PaymentEvent::captured);
    EXPECT_EQ(decided(TransactionType::refund, euros(4'000)).event, std::nullopt);
}

TEST(Decision, a_lost_look_up_takes_nothing_back_of_what_the_provider_has_said) {
    const Transaction pending = open(TransactionType::purchase, TransactionStatus::pending);
    EXPECT_EQ(decide(pending, said(Outcome::no_answer)).status, TransactionStatus::pending);
    EXPECT_EQ(decide(pending, said(Outcome::not_found)).status, TransactionStatus::pending);
}

TEST(Decision, an_approval_of_what_was_given_up_is_held) {  // F5
    const Decision decision =
        decide(open(TransactionType::purchase, TransactionStatus::failed), said(Outcome::approved));
    EXPECT_EQ(decision.status, TransactionStatus::quarantined);
    EXPECT_EQ(decision.approved_minor, 10'000);
    EXPECT_EQ(decision.event, PaymentEvent::mismatched);
}

TEST(Decision, every_event_of_a_charge_is_a_declared_transition_from_every_open_state) {
    for (const auto type : {TransactionType::purchase, TransactionType::authorize})
        for (const auto& [status, state] : {std::pair{TransactionStatus::processing, PaymentState::processing},
                                            std::pair{TransactionStatus::unknown, PaymentState::unknown},
                                            std::pair{TransactionStatus::pending, PaymentState::pending}})
            for (int i = 0; i <= static_cast<int>(Outcome::no_answer); ++i) {
                const auto outcome = static_cast<Outcome>(i);
                const bool is_after_sending = status != TransactionStatus::processing;
                if (outcome == Outcome::not_sent && is_after_sending) continue;
                const Decision decision = decide(open(type, status), said(outcome));
                ASSERT_TRUE(decision.event) << to_text(outcome);
                EXPECT_TRUE(next(state, *decision.event)) << to_text(state) << " " << to_text(outcome);
            }
}

TEST(Absence, needs_two_looks_and_time) {  // F7
    Transaction transaction = open(TransactionType::refund, TransactionStatus::unknown);
    const Millis delay{20'000};
    transaction.not_found = 1;
    EXPECT_FALSE(is_certainly_absent(transaction, Millis{3'600'000}, delay));
    transaction.not_found = 2;
    EXPECT_FALSE(is_certainly_absent(transaction, Millis{19'999}, delay));
    EXPECT_TRUE(is_certainly_absent(transaction, Millis{20'000}, delay));
    // However quick the provider is, the wire is not.
    EXPECT_FALSE(is_certainly_absent(transaction, Millis{9'999}, Millis{0}));
    EXPECT_TRUE(is_certainly_absent(transaction, Millis{10'000}, Millis{0}));
}

}  // namespace
}  // namespace florin::payments
