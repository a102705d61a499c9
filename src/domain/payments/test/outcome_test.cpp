#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

/// Another module that takes a key with the outcome, as something that it writes.
class OutcomeTest : public PaymentsTest {
protected:
    const idempotency::Guard theirs{.key = "theirs", .route = "test", .fingerprint = {}};
    std::vector<S> told;  ///< By run, not by commit.

    ChargeCommand command(std::function<Result<void>()> last) {
        ChargeCommand command = charge_command(T::purchase, 1'000, "order-1");
        command.with_outcome = [this, last = std::move(last)](store::Tx& tx, const Payment&,
                                                              const Transaction& transaction) -> Result<void> {
            told = {transaction.status};
            EXPECT_TRUE(idempotency::take(tx, shop, theirs, transaction.id.value));
            return last();
        };
        return command;
    }
    ChargeCommand command() {
        return command([]() -> Result<void> { return {}; });
    }
    bool have_written() {
        auto look = [&](store::Reader& reader) -> Result<bool> { return idempotency::is_taken(reader, shop, theirs); };
        return *scheduler.await([](store::Store& from, auto& with) -> Task<Result<bool>> {
            co_return co_await from.read(with);
        }(*database, look));
    }
};

TEST_F(OutcomeTest, what_another_module_writes_with_an_outcome_is_one_commit_with_it) {
    const std::uint64_t before = database->commits();
    const auto paid = scheduler.await(payments.charge(command()));
    ASSERT_TRUE(paid);
    EXPECT_TRUE(paid->is_told);
    EXPECT_EQ(told, std::vector{S::approved});
    EXPECT_TRUE(have_written());
    EXPECT_EQ(database->commits() - before, 2U) << "the intent, and all else";
    EXPECT_EQ(transaction(paid->transaction.id).status, S::approved);
}

TEST_F(OutcomeTest, a_decline_is_an_outcome_too) {
    provider.next = {Answer{.outcome = Outcome::declined, .decline = DeclineClass::soft}};
    const auto refused = scheduler.await(payments.charge(command()));
    ASSERT_TRUE(refused);
    EXPECT_TRUE(refused->is_told);
    EXPECT_EQ(told, std::vector{S::declined});
}

TEST_F(OutcomeTest, whoever_writes_with_it_does_not_keep_the_money_from_being_recorded) {  // F3
    const auto refuse = []() -> Result<void> { return fail(ErrorKind::conflict, "not_now", "Not now."); };
    const auto paid = scheduler.await(payments.charge(command(refuse)));
    ASSERT_TRUE(paid);
    EXPECT_FALSE(paid->is_told);
    EXPECT_FALSE(have_written());
    EXPECT_EQ(transaction(paid->transaction.id).status, S::approved);

    ChargeCommand failing = command([]() -> Result<void> { throw std::runtime_error{"broken"}; });
    failing.guard.key = "order-2";
    const auto again = scheduler.await(payments.charge(std::move(failing)));
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->is_told);
    EXPECT_FALSE(have_written());
    EXPECT_EQ(transaction(again->transaction.id).status, S::approved);
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(OutcomeTest, what_is_no_outcome_yet_is_not_told) {
    provider.next = {Answer{.outcome = Outcome::pending}};
    const auto pending = scheduler.await(payments.charge(command()));
    ASSERT_TRUE(pending);
    EXPECT_FALSE(pending->is_told);
    EXPECT_TRUE(told.empty());

    provider.next = {Answer{.outcome = Outcome::no_answer}};
    ChargeCommand lost = command();
    lost.guard.key = "order-2";
    const auto unknown = scheduler.await(payments.charge(std::move(lost)));
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(unknown->is_told);

    provider.next = {Answer{.outcome = Outcome::not_sent}};
    ChargeCommand unsent = command();
    unsent.guard.key = "order-3";
    EXPECT_FALSE(scheduler.await(payments.charge(std::move(unsent))));
    EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace florin::payments
