#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

constexpr Millis one_day{24LL * 3'600'000};

struct Expiry : PaymentsTest {
    Expiry() { provider.can.authorization_lifetime = 7 * one_day; }
    Executed hold(std::int64_t minor = 10'000) { return *charge(T::authorize, minor); }
};

TEST_F(Expiry, an_authorization_is_let_go_of_when_its_time_is_over) {
    const Executed held = hold();
    pass(7 * one_day - Millis{1'000});
    EXPECT_EQ(expire(), 0U);
    pass(Millis{1'000});
    EXPECT_EQ(expire(), 1U);
    EXPECT_EQ(details(held.payment.id).payment.state, PaymentState::expired);
    EXPECT_EQ(provider.asked_for("cancel").size(), 1U);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(Expiry, a_part_that_was_approved_is_let_go_of_too) {  // F25
    provider.next = {said(Outcome::approved, euros(4'000))};
    const Executed held = hold();
    ASSERT_EQ(held.payment.state, PaymentState::quarantined);
    pass(7 * one_day);
    EXPECT_EQ(expire(), 1U);
    EXPECT_EQ(details(held.payment.id).payment.state, PaymentState::expired);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(Expiry, a_capture_without_an_outcome_decides_first) {  // F21
    const Executed held = hold();
    pass(7 * one_day - Millis{5'000});
    provider.next = {said(Outcome::no_answer)};
    provider.found = said(Outcome::no_answer);
    const auto captured = follow_up(T::capture, held.transaction.id, "60.00");
    ASSERT_EQ(captured->transaction.status, S::unknown);
    pass(Millis{10'000});
    expire();
    EXPECT_TRUE(provider.asked_for("cancel").empty());
    provider.found = said(Outcome::approved);
    live(Millis{120'000});
    const Payment payment = details(held.payment.id).payment;
    EXPECT_EQ(payment.state, PaymentState::captured);
    EXPECT_EQ(payment.captured_minor, 6'000);
    EXPECT_EQ(payment.expires_at, std::nullopt);
    EXPECT_TRUE(provider.asked_for("cancel").empty()) << "a void would take back the capture";
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(Expiry, a_provider_that_cannot_be_reached_is_asked_less_and_less_often) {
    const Executed held = hold();
    pass(7 * one_day);
    for (int i = 0; i < 100; ++i) provider.next.push_back(said(Outcome::not_sent));
    // The breaker is not what holds it back: other calls are answered.
    for (int minute = 0; minute < 30; ++minute) {
        expire();
        pass(Millis{60'000});
    }
    EXPECT_LE(provider.asked_for("cancel").size(), 6U);
    EXPECT_GE(provider.asked_for("cancel").size(), 4U);
    provider.next.clear();
    pass(Millis{4LL * 3'600'000});
    expire();
    EXPECT_EQ(details(held.payment.id).payment.state, PaymentState::expired);
}

TEST_F(Expiry, what_was_wholly_captured_in_parts_has_nothing_to_expire) {
    const Executed held = hold();
    ASSERT_TRUE(follow_up(T::capture, held.transaction.id, "60.00"));
    ASSERT_TRUE(follow_up(T::capture, held.transaction.id, "40.00"));
    pass(8 * one_day);
    EXPECT_EQ(expire(), 0U);
    EXPECT_EQ(details(held.payment.id).payment.state, PaymentState::captured);
}

}  // namespace
}  // namespace florin::payments
