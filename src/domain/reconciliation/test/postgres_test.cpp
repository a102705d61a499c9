// Two nodes over one PostgreSQL that import the same settlements at the same time.

#include "postgres.hpp"
#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/runtime/each.hpp"
#include "florin/store/prepare_all.hpp"
#include "settlement_world.hpp"

namespace florin::reconciliation::test {
namespace {

class PostgresReconciliation : public testing::Test {
public:
    florin::test::PostgresCluster cluster;
    World world{system_clock(), system_random()};
    std::unique_ptr<store::Store> store =
        *store::open_postgres({.url = cluster.url("postgres"), .connections = 8}, world);
    FakeProvider provider;
    Modules one{world, *store, provider}, two{world, *store, provider};
    BlockingScheduler scheduler;
};

TEST_F(PostgresReconciliation, every_statement_can_be_prepared) {
    for (const auto& [statement, why] : store::prepare_all(*store)) ADD_FAILURE() << statement << ": " << why;
}

TEST_F(PostgresReconciliation, two_nodes_that_import_at_once_book_each_line_once) {  // F70
    constexpr int payments_made = 60, rounds = 4;
    auto drive = [](PostgresReconciliation& my) -> Task<bool> {
        EXPECT_TRUE(co_await my.one.make_merchants());
        std::int64_t paid = 0, missing = 0;
        for (int round = 0; round < rounds; ++round) {
            const std::string id = "b" + std::to_string(round);
            std::int64_t total = 0;
            for (int i = 0; i < payments_made; ++i) {
                const std::int64_t minor = 1'000 + i, gross = i % 10 == 0 ? minor - 5 : minor;
                auto done = co_await my.one.payments.charge(
                    my.one.charge_command({1 + i % 2}, TransactionType::purchase, money(minor)));
                EXPECT_TRUE(done);
                if (!done) co_return false;
                my.provider.add(id, Kind::charge, done->transaction.reference_number, money(gross), money(10));
                total += gross - 10;
                missing += minor - gross;
            }
            my.provider.pay(id, my.world.clock.now(), money(total));
            paid += total;
            // Whoever comes second gives up, or finds it done: nothing is booked twice, and nothing is lost.
            std::vector<Reconciliation*> nodes{&my.one.reconciliation, &my.two.reconciliation, &my.one.reconciliation,
                                               &my.two.reconciliation};
            auto import = [](Reconciliation* node) -> Task<void> {
                (void)co_await node->import(Modules::import_job());
            };
            co_await for_each(nodes, nodes.size(), import);
            const auto again = co_await my.one.reconciliation.import(Modules::import_job());
            EXPECT_TRUE(again) << again.error().code;
        }
        auto read = [](store::Reader& reader) -> Result<std::map<std::string, std::int64_t>> {
            std::map<std::string, std::int64_t> sums;
            for (const MerchantId merchant : {MerchantId{1}, MerchantId{2}})
                for (const ledger::Balance& each : ledger::trial_balance(reader, merchant))
                    sums[each.account] += each.balance_minor;
            EXPECT_TRUE(ledger::check(reader).findings.empty());
            return sums;
        };
        const auto sums = co_await my.store->read(read);
        EXPECT_TRUE(sums);
        if (!sums) co_return false;
        EXPECT_EQ(sums->at("bank"), paid);
        EXPECT_EQ(sums->at("suspense"), missing);
        EXPECT_EQ(sums->at("provider_clearing:fake"), 0);
        std::size_t open = 0;
        for (const MerchantId merchant : {MerchantId{1}, MerchantId{2}}) {
            cases::CaseFilter filter{.status = cases::Status::open, .limit = 200};
            const auto desk = co_await my.one.cases.list(merchant, std::move(filter));
            EXPECT_TRUE(desk);
            open += desk ? desk->size() : 0;
        }
        EXPECT_EQ(open, static_cast<std::size_t>(rounds * payments_made / 10));
        co_return true;
    };
    EXPECT_TRUE(scheduler.await(drive(*this)));
}

}  // namespace
}  // namespace florin::reconciliation::test
