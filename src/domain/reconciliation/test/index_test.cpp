// What is asked for every line of a settlement is found by an index, on both engines.

#include <deque>

#include "florin/runtime/blocking_scheduler.hpp"
#include "postgres.hpp"
#include "settlement_world.hpp"

namespace florin::reconciliation::test {
namespace {

/// Everything that an import runs once or more for each line or difference, or that a list runs for a page.
constexpr std::string_view per_line[] = {
    "payments.find_anywhere",
    "payments.find_by_provider_id",
    "payments.find_transaction",
    "settlements.find",
    "settlements.find_by_provider_id",
    "settlements.unfinished",
    "settlements.has_paid_since",
    "settlement_shares.find",
    "settlement_shares.list",
    "settlement_shares.of_settlement",
    "settlement_lines.is_known",
    "settlement_lines.update",
    "settlement_lines.find",
    "settlement_lines.list",
    "settlement_lines.settled_of",
    "settlement_lines.is_settled",
    "settlement_imports.take_turn",
    "settlement_sweeps.find",
    "settlement_differences.update",
    "settlement_differences.find",
    "settlement_differences.of_line",
    "settlement_differences.open_of_settlement",
    "settlement_differences.list_of_settlement",
    "settlement_differences.waived_of",
    "settlement_differences.open",
    "settlement_differences.list",
    "settlement_differences.sum_open",
    "ledger.movements",
};

std::vector<const store::Sql*> statements() {
    std::vector<const store::Sql*> found;
    for (const store::Sql* sql : store::Sql::all())
        if (std::ranges::find(per_line, std::string_view{sql->name()}) != std::end(per_line)) found.push_back(sql);
    return found;
}

std::size_t highest_parameter(std::string_view text) {
    std::size_t highest = 0;
    for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1))
        highest = std::max(highest, static_cast<std::size_t>(std::atoi(text.data() + at + 1)));
    return highest;
}

TEST(Indexes, serve_what_sqlite_runs_for_each_line) {
    const auto all = statements();
    ASSERT_EQ(all.size(), std::size(per_line)) << "each of the names is a statement's";
    // They stay, as all statements of a program do; on the other engine there is nothing to explain so.
    static auto& texts = *new std::deque<std::string>;
    static auto& explanations = *new std::deque<store::Sql>;
    for (const store::Sql* sql : all)
        explanations.emplace_back("reconciliation_test.explain",
                                  texts.emplace_back("EXPLAIN QUERY PLAN " + std::string{sql->sqlite()}).c_str(),
                                  "SELECT 1");
    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    const auto database = store::SimStore::open(scheduler, {clock, random});
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE(all[i]->name());
        auto explain = [&](store::Tx& tx) -> Result<bool> {
            const std::vector<store::Param> nothing(16, store::Param{nullptr});
            tx.query(explanations[i], std::span{nothing}.first(highest_parameter(all[i]->sqlite())),
                     [](const store::Row& row) {
                         const std::string_view step = row.text(3);
                         const bool is_whole_table = step.starts_with("SCAN") && step.find("INDEX") == step.npos &&
                                                     step != "SCAN merchant" && step.find("CONSTANT") == step.npos;
                         EXPECT_FALSE(is_whole_table) << step;
                     });
            return true;
        };
        auto run = [](store::Store& on, auto& with) -> Task<void> { EXPECT_TRUE(co_await on.write(with)); };
        scheduler.await(run(*database, explain));
    }
}

TEST(Indexes, serve_what_postgresql_runs_for_each_line) {
    florin::test::PostgresCluster cluster;
    {
        const auto made = *store::open_postgres({.url = cluster.url("postgres")}, {system_clock(), system_random()});
    }
    for (const store::Sql* sql : statements()) {
        SCOPED_TRACE(sql->name());
        std::string nothing;
        for (std::size_t i = 0; i < highest_parameter(sql->postgres()); ++i) nothing += i == 0 ? "NULL" : ", NULL";
        // Small tables are read whole unless that is dear; here it is to be seen what can be found by an index.
        const std::string plan = cluster.sql(
            "postgres", "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE it AS " +
                            std::string{sql->postgres()} +
                            "; CREATE TEMPORARY TABLE plan (step TEXT); DO $do$ DECLARE "
                            "step TEXT; BEGIN FOR step IN EXECUTE 'EXPLAIN EXECUTE it" +
                            (nothing.empty() ? nothing : "(" + nothing + ")") +
                            "' LOOP INSERT INTO plan VALUES (step); END LOOP; END $do$; SELECT string_agg(step, "
                            "E'\\n') FROM plan");
        EXPECT_EQ(plan.find("Seq Scan"), plan.npos) << plan;
        EXPECT_NE(plan.find("Index"), plan.npos) << plan;
    }
}

}  // namespace
}  // namespace florin::reconciliation::test
