// The agenda and the charges on PostgreSQL, where two loaders are really at it at once.

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <set>

#include "agenda_store.hpp"
#include "charge_store.hpp"
#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/store/open.hpp"
#include "florin/store/prepare_all.hpp"
#include "postgres.hpp"

namespace florin::billing {
namespace {

constexpr MerchantId shop{1};

class PostgresBilling : public testing::Test {
public:
    florin::test::PostgresCluster cluster;
    World world{system_clock(), system_random()};
    std::unique_ptr<store::Store> store = *store::open_postgres({.url = cluster.url("postgres")}, world);
    BlockingScheduler scheduler;
};

TEST_F(PostgresBilling, every_statement_can_be_prepared) {
    for (const auto& [statement, why] : store::prepare_all(*store)) ADD_FAILURE() << statement << ": " << why;
}

TEST_F(PostgresBilling, two_loaders_at_once_take_each_turn_once) {  // F70
    constexpr std::size_t count = 400;
    auto drive = [](PostgresBilling& my) -> Task<std::vector<rows::Due>> {
        auto fill = [&](Tx& tx) -> Result<bool> {
            for (std::size_t i = 0; i < count; ++i)
                put_turn(tx, shop, {.kind = "plan", .id = my.world.new_uuid()}, Instant{static_cast<std::int64_t>(i)});
            return true;
        };
        EXPECT_TRUE(co_await my.store->write(fill));
        std::vector<rows::Due> all;
        int alive = 4;
        Signal over;
        for (int loader = 0; loader < 4; ++loader) {
            auto load = [](PostgresBilling& on, std::vector<rows::Due>& into, int& left, Signal& end) -> Task<void> {
                auto take = [](Tx& tx) -> Result<std::vector<rows::Due>> {
                    return rows::take_turns(tx, shop, Instant{count}, 50);
                };
                for (;;) {
                    const auto taken = co_await on.store->write(take);
                    EXPECT_TRUE(taken);
                    if (!taken || taken->empty()) break;
                    into.insert(into.end(), taken->begin(), taken->end());
                }
                if (--left == 0) end.set();
            };
            Scheduler::current().spawn(load(my, all, alive, over));
        }
        while (!over.is_set()) co_await over.wait_for(Millis{50});
        co_return all;
    };
    const std::vector<rows::Due> all = scheduler.await(drive(*this));
    std::set<Uuid> distinct;
    for (const rows::Due& one : all) distinct.insert(one.turn.id);
    EXPECT_EQ(all.size(), count);
    EXPECT_EQ(distinct.size(), count);
}

TEST_F(PostgresBilling, of_two_units_that_make_the_same_charge_one_does) {  // F70
    const Uuid plan = world.new_uuid();
    auto drive = [](PostgresBilling& my, Uuid owner) -> Task<int> {
        int made = 0, alive = 8;
        Signal over;
        for (int i = 0; i < 8; ++i) {
            auto make = [](PostgresBilling& on, Uuid of, int& count, int& left, Signal& end) -> Task<void> {
                auto insert = [&](Tx& tx) -> Result<bool> {
                    const Charge charge{.merchant = shop,
                                        .id = on.world.new_id<ChargeTag>(),
                                        .owner_kind = "plan",
                                        .owner = of,
                                        .amount = *Money::of(100, *Currency::of("EUR")),
                                        .due_date = std::chrono::year{2027} / 1 / 31,
                                        .customer_id = {},
                                        .means = {},
                                        .retry_policy = {},
                                        .description = {},
                                        .message = {},
                                        .correlation_id = {},
                                        .created_at = tx.now(),
                                        .updated_at = tx.now()};
                    return rows::insert_charge(tx, charge, "[]");
                };
                const auto inserted = co_await on.store->write(insert);
                EXPECT_TRUE(inserted);
                if (inserted && *inserted) ++count;
                if (--left == 0) end.set();
            };
            Scheduler::current().spawn(make(my, owner, made, alive, over));
        }
        while (!over.is_set()) co_await over.wait_for(Millis{50});
        co_return made;
    };
    EXPECT_EQ(scheduler.await(drive(*this, plan)), 1);
}

/// How PostgreSQL would go about a statement of ours, by its name, with these values.
std::string plan_of(const std::string& url, std::string_view name, const std::string& values) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> session{PQconnectdb(url.c_str()), &PQfinish};
    const auto run = [&](const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexec(session.get(), sql.c_str()), &PQclear};
        const ExecStatusType status = PQresultStatus(result.get());
        EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQerrorMessage(session.get());
        std::string text;
        for (int row = 0; row < PQntuples(result.get()); ++row)
            text.append(PQgetvalue(result.get(), row, 0)).append("\n");
        return text;
    };
    const auto all = store::Sql::all();
    const auto found =
        std::ranges::find(all, name, [](const store::Sql* sql) { return std::string_view{sql->name()}; });
    if (found == all.end()) return "there is no such statement";
    run(std::string{"PREPARE asked AS "} + (*found)->postgres());
    // A small table is read whole; how a large one is read is what matters.
    run("SET enable_seqscan = off");
    return run("EXPLAIN (COSTS OFF) EXECUTE asked(" + values + ")");
}

TEST_F(PostgresBilling, what_is_read_page_by_page_is_found_by_its_index) {
    const std::string url = cluster.url("postgres"), nobody = "'00000000-0000-0000-0000-000000000000'";
    const std::string charges = plan_of(url, "billing.list_charges_by_due", "1, " + nobody + ", 99, 1, '', '', 50");
    EXPECT_TRUE(charges.contains("billing_charges_by_due")) << charges;
    EXPECT_FALSE(charges.contains("Sort")) << charges;
    const std::string open = plan_of(url, "billing.open_charges", "1, 'pending', " + nobody + ", 50");
    EXPECT_TRUE(open.contains("billing_charges_by_status")) << open;
    EXPECT_FALSE(open.contains("Sort")) << open;
    const std::string agenda = plan_of(url, "billing.agenda_after_moment", "1, 1, 99, 50");
    EXPECT_TRUE(agenda.contains("agenda_due")) << agenda;
    const std::string keys = plan_of(url, "jobs.open_ordering_keys", "1, 'billing/turn/', 'billing/turn0', 50");
    EXPECT_TRUE(keys.contains("jobs_in_order")) << keys;
    EXPECT_FALSE(keys.contains("Sort")) << keys;
}

}  // namespace
}  // namespace florin::billing
