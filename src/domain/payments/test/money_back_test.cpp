// Whoever had a payment made is told when its money goes again; and what they say to that costs no record.

#include "florin/jobs/worker.hpp"
#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

/// Another module, with a mind of its own.
class MoneyBackTest : public PaymentsTest {
protected:
    enum class Mood { hears, refuses, throws };

    MoneyBackTest() {
        worker.handle(std::string{Payments::money_back_kind}, {},
                      [this](const jobs::Job& job) { return theirs.tell_money_back(job); });
        scheduler.spawn(worker.run(stop));
    }
    Transaction bought(std::string key = "theirs 1") {
        const auto paid = scheduler.await(theirs.charge(charge_command(T::purchase, 1'000, std::move(key))));
        EXPECT_TRUE(paid);
        return paid->transaction;
    }
    Result<Executed> refund(const TransactionId& parent) {
        return scheduler.await(theirs.follow_up({.merchant = shop,
                                                 .type = T::refund,
                                                 .guard = {},
                                                 .parent = parent,
                                                 .amount = "4.00",
                                                 .currency = std::nullopt,
                                                 .origin = origin()}));
    }
    void wait(Millis span) {
        scheduler.await([](Millis passing) -> Task<void> { co_await sleep_for(passing); }(span));
    }
    Result<void> hear(const Transaction& by) {
        if (busy > 0) {
            --busy;
            return fail(ErrorKind::conflict, "changed_meanwhile", "Again.");
        }
        switch (is_open(by.status) ? at_beginnings : at_outcomes) {
            case Mood::hears:
                told.emplace_back(by.type, by.status);
                return {};
            case Mood::refuses:
                return fail(ErrorKind::invalid, "no", "No.");
            case Mood::throws:
                throw std::runtime_error{"broken"};
        }
        __builtin_unreachable();
    }

    Mood at_beginnings = Mood::hears, at_outcomes = Mood::hears;
    int busy = 0;  ///< So often it is to be told again.
    std::vector<std::pair<T, S>> told;
    Payments theirs{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .connector = [this](std::string_view) { return &provider; },
         .node = "here",
         .on_money_back = [this](store::Tx&, const PaymentDetails&, const Transaction& by) { return hear(by); }}};
    jobs::Worker worker{*database, world, jobs::Worker::Options{.name = "here", .poll = Millis{1'000}}};
    Signal stop;
};

using Told = std::vector<std::pair<T, S>>;

TEST_F(MoneyBackTest, a_refund_is_told_when_it_begins_and_when_it_is_over) {  // F95
    const Transaction paid = bought();
    ASSERT_TRUE(refund(paid.id));
    EXPECT_EQ(told, (Told{{T::refund, S::processing}, {T::refund, S::approved}}));
    told.clear();
    provider.next = {said(Outcome::refused)};
    ASSERT_TRUE(refund(paid.id));
    EXPECT_EQ(told, (Told{{T::refund, S::processing}, {T::refund, S::failed}}));
    told.clear();
    ASSERT_TRUE(refund(bought("a-callers-own").id));
    EXPECT_TRUE(told.empty()) << "what they did not ask for does not concern them";
}

TEST_F(MoneyBackTest, a_refund_that_they_refuse_to_hear_of_does_not_begin) {  // F95
    const Transaction paid = bought();
    at_beginnings = Mood::refuses;
    const auto refused = refund(paid.id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(provider.asked_for("refund").empty());
    EXPECT_EQ(transaction(paid.id).used_minor, 0);
    at_beginnings = Mood::hears;
    busy = 2;
    EXPECT_EQ(refund(paid.id)->transaction.status, S::approved) << "who is busy is asked again";
}

TEST_F(MoneyBackTest, what_they_refuse_to_hear_is_recorded_and_told_by_a_job) {
    const Transaction paid = bought();
    for (const Mood mood : {Mood::refuses, Mood::throws}) {
        told.clear();
        at_outcomes = mood;
        const auto given = refund(paid.id);
        ASSERT_TRUE(given);
        EXPECT_EQ(given->transaction.status, S::approved);
        EXPECT_EQ(transaction(given->transaction.id).status, S::approved);
        EXPECT_EQ(told.size(), 1U);
        at_outcomes = Mood::hears;
        busy = 1;
        wait(std::chrono::minutes{1});
        EXPECT_EQ(told, (Told{{T::refund, S::processing}, {T::refund, S::approved}}));
    }
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(MoneyBackTest, what_is_taken_back_is_recorded_and_told_in_its_order) {  // F28
    provider.can.has_reversals = true;
    const Transaction paid = bought();
    const auto look = [&](Reversal::State state) {
        provider.taken_back.all = {{.provider_id = "r-1", .amount = euros(1'000), .state = state, .reason = {}}};
        EXPECT_TRUE(scheduler.await(theirs.look(paid.reference_number, {.may_be_reversal = true})));
    };
    at_outcomes = Mood::throws;
    look(Reversal::State::taken);
    at_outcomes = Mood::hears;
    EXPECT_EQ(details(paid.payment).payment.charged_back_minor, 1'000);
    look(Reversal::State::won);
    EXPECT_EQ(details(paid.payment).payment.charged_back_minor, 0);
    EXPECT_TRUE(told.empty()) << "the second waits for the first";
    wait(std::chrono::minutes{1});
    EXPECT_EQ(told, (Told{{T::chargeback, S::approved}, {T::chargeback_reversal, S::approved}}));
    EXPECT_TRUE(ledger_findings().empty());
}

}  // namespace
}  // namespace florin::payments
