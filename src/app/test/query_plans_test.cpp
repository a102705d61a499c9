#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "commands.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/open.hpp"
#include "florin/store/sql.hpp"

namespace florin::app {
namespace {

/// Links the whole program, and with it all statements, into this one.
[[maybe_unused]] int (*volatile whole_program)(const Options&) = serve;

/// How SQLite runs `text`, a step each.
std::vector<std::string> plan_of(sqlite3* database, const std::string& text) {
    std::vector<std::string> steps;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, ("EXPLAIN QUERY PLAN " + text).c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database) << "\n"
        << text;
    while (statement && sqlite3_step(statement) == SQLITE_ROW)
        steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
    sqlite3_finalize(statement);
    return steps;
}

/// The table that a plan's step reads, which it calls by its alias in `text`.
std::string table_of(const std::string& step, const std::string& text) {
    const std::size_t begin = step.find(' ') + 1;
    const std::string name = step.substr(begin, step.find(' ', begin) - begin);
    if (name.starts_with('(')) return name;  // A query within.
    std::smatch found;
    const std::regex with_alias{"\\b(?:FROM|JOIN|UPDATE)\\s+(\\w+)\\s+(?:AS\\s+)?" + name + "\\b"};
    return std::regex_search(text, found, with_alias) ? found[1].str() : name;
}

// What grows with every payment, and without end. SQLite decides without statistics, and rather walks a merchant's rows
// by id than sorts the few of an index that fits: then all that one plan asks for costs what all plans together have.
TEST(QueryPlans, no_statement_reads_all_that_a_merchant_has_to_find_a_few) {
    const std::set<std::string, std::less<>> growing{
        "audit_log",          "billing_attempts", "billing_announcements",  "billing_charges",  "customers",
        "documents",          "events",           "ledger_entries",         "notifications",    "payment_methods",
        "payment_terms",      "payments",         "settlement_differences", "settlement_lines", "settlements",
        "subscription_lines", "subscriptions",    "transactions",           "webhook_attempts", "webhook_deliveries"};
    // The examinations of the books, which read all; lists that nothing narrows, which end with their page; what skips
    // from merchant to merchant along an index, or reads an index of what is open.
    const std::set<std::string_view> may{"billing.count_charges",
                                         "billing.list_announcements",
                                         "billing.list_charges",
                                         "cases.list",
                                         "customers.list",
                                         "documents.list",
                                         "events.assign_positions",
                                         "ledger.select_strays",
                                         "ledger.sum_index",
                                         "notifications.list",
                                         "payment_terms.list",
                                         "payments.approved",
                                         "payments.find_anywhere",
                                         "payments.find_by_provider_id",
                                         "payments.count_recent_charges",
                                         "settlement_differences.list",
                                         "subscriptions.list",
                                         "subscriptions.list_by_first_billing_date"};
    std::string pattern = testing::TempDir() + "florin-query-plans-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    const std::filesystem::path folder = pattern;
    ASSERT_TRUE(store::migrate_sqlite(folder.string(), World{system_clock(), system_random()}));
    sqlite3* opened = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "florin.db").c_str(), &opened), SQLITE_OK);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database{opened, sqlite3_close};
    EXPECT_GT(store::Sql::all().size(), 350U) << "these are not all statements of the program";
    for (const store::Sql* sql : store::Sql::all()) {
        for (const std::string& step : plan_of(database.get(), sql->sqlite())) {
            const bool is_all = step.starts_with("SCAN ") || step.ends_with("(merchant_id=?)") ||
                                step.ends_with("(merchant_id=? AND id<?)") ||
                                step.ends_with("(merchant_id=? AND id>?)");
            // An index of the open ones alone, or of those that wait.
            const bool is_partial = step.find("_open") != step.npos;
            if (is_all && !is_partial && !may.contains(sql->name()) && growing.contains(table_of(step, sql->sqlite())))
                ADD_FAILURE() << sql->name() << ": " << step;
        }
    }
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace florin::app
