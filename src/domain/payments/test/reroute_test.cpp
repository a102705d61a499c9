#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

const store::Sql events_sql{"test.events",
                            "SELECT type FROM events WHERE merchant_id = $1 AND subject_id = $2 ORDER BY sequence"};
const store::Sql audit_sql{"test.audit",
                           "SELECT action FROM audit_log WHERE merchant_id = $1 AND entity_id = $2 ORDER BY sequence"};

/// Two providers; a charge goes to the second one only after the first certainly did nothing.
class RerouteTest : public PaymentsTest {
protected:
    void SetUp() override {
        provider.called = "first";
        second.called = "second";
        first = &provider;
    }
    Payments open(std::string node) {
        return Payments{{.world = world,
                         .store = *database,
                         .keys = *keys,
                         .audit = audit,
                         .connector = [this](std::string_view name) -> Connector* {
                             return name == "first" ? &provider : name == "second" ? &second : nullptr;
                         },
                         .node = std::move(node)}};
    }
    ChargeCommand command(std::string key = {}) const {
        ChargeCommand command = charge_command(T::purchase, 1'000, std::move(key));
        command.connector = "first";
        command.alternatives = {"second"};
        return command;
    }
    Result<Executed> pay(ChargeCommand with) { return scheduler.await(routed.charge(std::move(with))); }
    std::vector<std::string> list(const store::Sql& sql, const PaymentId& id) {
        std::vector<std::string> found;
        auto read = [&](store::Reader& reader) -> Result<bool> {
            found = reader.all(sql, [](const store::Row& row) { return row.string(0); }, shop, id.text());
            return true;
        };
        scheduler.await([](store::Store& from, auto& with) -> Task<void> { EXPECT_TRUE(co_await from.read(with)); }(
                                                               *database, read));
        return found;
    }

    FakeProvider second;
    FakeProvider* first = nullptr;
    Payments routed = open("here");
};

TEST_F(RerouteTest, a_charge_that_certainly_did_nothing_goes_on_at_the_next_under_its_reference) {  // F36
    first->next = {said(Outcome::not_sent)};
    const auto paid = pay(command("k"));
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->payment.state, PaymentState::captured);
    EXPECT_EQ(paid->payment.connector, "second");
    EXPECT_EQ(first->asked_for("purchase"), second.asked_for("purchase"));
    const std::vector<std::string> told = {"florin.payment.rerouted", "florin.payment.captured"};
    EXPECT_EQ(list(events_sql, paid->payment.id), told);
    const std::vector<std::string> noted = {"payment.rerouted", "payment.captured"};
    EXPECT_EQ(list(audit_sql, paid->payment.id), noted);
    EXPECT_EQ(paid->payment.version, 2);
    // Asked again it says the same, and asks nobody.
    const auto again = pay(command("k"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_repeat);
    EXPECT_EQ(first->asked.size() + second.asked.size(), 2u);
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(RerouteTest, what_may_have_happened_or_was_decided_never_goes_on) {  // F36
    for (const Outcome outcome :
         {Outcome::no_answer, Outcome::declined, Outcome::refused, Outcome::pending, Outcome::approved}) {
        first->next = {said(outcome)};
        const auto paid = pay(command());
        ASSERT_TRUE(paid) << to_text(outcome);
        EXPECT_EQ(paid->payment.connector, "first") << to_text(outcome);
        EXPECT_TRUE(second.asked.empty()) << to_text(outcome);
    }
}

TEST_F(RerouteTest, when_nobody_could_be_reached_nothing_was_charged_and_the_key_is_free) {
    first->next = {said(Outcome::not_sent)};
    second.next = {said(Outcome::not_sent)};
    const auto refused = pay(command("k"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "provider_unavailable");
    const auto again = pay(command("k"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->payment.connector, "first");
}

TEST_F(RerouteTest, an_open_breaker_is_passed_over_before_anything_is_promised) {  // F35
    for (int i = 0; i < 20; ++i) {
        first->next = {said(Outcome::no_answer)};
        ASSERT_TRUE(pay(command()));
    }
    const std::size_t asked = first->asked.size();
    const auto paid = pay(command());
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->payment.connector, "second");
    EXPECT_EQ(first->asked.size(), asked);
    EXPECT_EQ(list(events_sql, paid->payment.id), std::vector<std::string>{"florin.payment.captured"});
}

TEST_F(RerouteTest, a_stored_card_stays_with_its_provider_whoever_is_preferred_now) {
    StoreCardCommand store{.merchant = shop,
                           .guard = {},
                           .connector = "second",
                           .card = card(),
                           .billing = {},
                           .customer_id = {},
                           .origin = origin()};
    const auto stored = scheduler.await(routed.store_card(std::move(store)));
    ASSERT_TRUE(stored);
    const auto by_token = [&] {
        ChargeCommand charge = command();
        charge.card.reset();
        charge.payment_method = stored->method.id;
        charge.alternatives = {"second", "first"};
        return charge;
    };
    const auto paid = pay(by_token());
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->payment.connector, "second");
    second.next = {said(Outcome::not_sent)};
    EXPECT_FALSE(pay(by_token()));
    EXPECT_TRUE(first->asked.empty());
}

TEST_F(RerouteTest, who_cannot_take_it_is_not_asked) {
    second.can.currencies = {"USD"};
    first->next = {said(Outcome::not_sent)};
    EXPECT_FALSE(pay(command()));
    ChargeCommand to_nobody = command();
    to_nobody.alternatives = {"third", "first"};
    first->next = {said(Outcome::not_sent)};
    EXPECT_FALSE(pay(std::move(to_nobody)));
    EXPECT_TRUE(second.asked.empty());
}

TEST_F(RerouteTest, what_was_answered_is_answered_again_also_when_its_provider_is_gone) {  // F37
    const auto paid = pay(command("k"));
    ASSERT_TRUE(paid);
    const auto to_nobody = [&](std::string key) {
        ChargeCommand gone = command(std::move(key));
        gone.connector = "gone";
        return gone;
    };
    const auto again = pay(to_nobody("k"));
    ASSERT_TRUE(again) << again.error().code;
    EXPECT_TRUE(again->is_repeat);
    EXPECT_EQ(again->transaction.id, paid->transaction.id);
    EXPECT_EQ(pay(to_nobody("another")).error().code, "connector_missing");
    EXPECT_EQ(first->asked.size(), 1u);
}

TEST_F(RerouteTest, after_a_commit_that_took_long_nobody_else_is_asked) {  // F1, F56
    first->next = {said(Outcome::not_sent)};
    int commits = 0;
    // Others count from the unit's time on until they look at it, so the time that its commit takes is over too.
    database->fail_commit = [&](std::uint64_t) {
        if (++commits == 2) clock.advance(Millis{39'000});
        return false;
    };
    EXPECT_FALSE(pay(command()));
    EXPECT_TRUE(second.asked.empty());
}

TEST_F(RerouteTest, nobody_else_is_asked_before_the_change_is_durable) {  // F1, F3
    first->next = {said(Outcome::not_sent)};
    int commits = 0;
    // The intent is the first commit, the change of provider the second.
    database->fail_commit = [&](std::uint64_t) { return ++commits == 2; };
    const auto refused = pay(command());
    EXPECT_FALSE(refused);
    EXPECT_TRUE(second.asked.empty());
}

TEST_F(RerouteTest, once_somebody_else_looks_it_up_nobody_else_is_asked) {  // F56
    first->next = {said(Outcome::not_sent)};
    // Longer than another node waits before it looks.
    first->takes = Millis{45'000};
    Payments elsewhere = open("there");
    auto meanwhile = [&]() -> Task<void> {
        co_await sleep_for(Millis{41'000});
        first->takes = Millis{10};
        co_await elsewhere.settle_due();
    };
    scheduler.spawn(meanwhile());
    const auto paid = pay(command());
    EXPECT_TRUE(second.asked.empty());
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->payment.connector, "first");
}

}  // namespace
}  // namespace florin::payments
