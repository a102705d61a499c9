// Numbers on PostgreSQL, where many units of work run at once.

#include <libpq-fe.h>

#include <algorithm>
#include <set>
#include <thread>

#include "documents_world.hpp"
#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/runtime/each.hpp"
#include "florin/store/prepare_all.hpp"
#include "postgres.hpp"

namespace florin::documents::test {
namespace {

class PostgresDocuments : public testing::Test {
public:
    florin::test::PostgresCluster cluster;
    World world{system_clock(), system_random()};
    std::unique_ptr<store::Store> store =
        *store::open_postgres({.url = cluster.url("postgres"), .connections = 8, .max_units_per_commit = 4}, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    Documents documents{
        {.world = world,
         .store = *store,
         .keys = *keys,
         .audit = audit,
         .profile = [](Reader&, MerchantId merchant) { return profile_of(merchant); },
         .find_party = [](Reader&, MerchantId, std::string_view) -> std::optional<Party> { return std::nullopt; },
         .public_url = [] { return std::string{}; }}};

    std::vector<Document> all(BlockingScheduler& on) {
        auto read_all = [](PostgresDocuments& my) -> Task<std::vector<Document>> {
            auto view = [&](Reader& reader) -> Result<std::vector<Document>> {
                return my.documents.list(reader, shop, {.limit = 10'000});
            };
            auto found = co_await my.store->read(view);
            co_return std::move(*found);
        };
        return on.await(read_all(*this));
    }
};

TEST_F(PostgresDocuments, every_statement_is_understood) {
    for (const store::Unprepared& wrong : store::prepare_all(*store))
        ADD_FAILURE() << wrong.statement << ": " << wrong.why;
}

TEST_F(PostgresDocuments, many_units_at_once_some_of_which_fail_or_repeat_leave_no_gap) {  // A-CL-17, F124
    BlockingScheduler scheduler;
    constexpr int causes = 150;
    // Each cause is issued three times at the same time; every seventh unit fails after it has its number.
    std::vector<int> units;
    for (int i = 0; i < causes * 3; ++i) units.push_back(i % causes);
    int attempt = 0, refused = 0;
    auto issue_all = [&](PostgresDocuments& my) -> Task<bool> {
        auto one = [&](int cause) -> Task<void> {
            const bool fails = ++attempt % 7 == 0;
            const std::string text = "charge:" + std::to_string(cause);
            NewDocument wanted = receipt(text);
            wanted.customer_id = "c-" + std::to_string(cause % 5);
            auto unit = [&](Tx& tx) -> Result<Document> {
                Document issued = my.documents.issue(tx, wanted);
                if (fails) return fail(ErrorKind::conflict, "changed_meanwhile", "Something else was wrong.");
                return issued;
            };
            const auto written = co_await my.store->write(unit);
            EXPECT_EQ(written.has_value(), !fails);
            if (!written) ++refused;
        };
        co_await for_each(units, 64, one);
        co_return true;
    };
    ASSERT_TRUE(scheduler.await(issue_all(*this)));
    EXPECT_GT(refused, 50);
    const auto issued = all(scheduler);
    std::set<std::string> numbers, seen;
    for (const Document& document : issued) {
        numbers.insert(document.number);
        EXPECT_TRUE(seen.insert(document.cause).second) << "one document of a cause";
    }
    EXPECT_GE(issued.size(), 140u);
    ASSERT_EQ(numbers.size(), issued.size());
    // Six digits: the order of texts is that of numbers, and without a gap the last one is their count.
    const std::string count = std::to_string(issued.size());
    EXPECT_EQ(*numbers.begin(), "RCT-000001");
    EXPECT_EQ(*numbers.rbegin(), "RCT-" + std::string(6 - count.size(), '0') + count);
}

/// Changes nothing, so that a claim of it is false.
const store::Sql change_nothing{
    "documents_test.change_nothing",
    "UPDATE document_series SET last_number = 1 WHERE merchant_id = $1 AND series = 'NONE'"};

/// A session that somebody else has with the same database.
class Stranger {
public:
    explicit Stranger(const std::string& url) : connection_{PQconnectdb(url.c_str())} {
        EXPECT_EQ(PQstatus(connection_), CONNECTION_OK);
    }
    ~Stranger() { PQfinish(connection_); }
    Stranger(const Stranger&) = delete;
    std::string run(const char* sql) {
        PGresult* const result = PQexec(connection_, sql);
        const ExecStatusType status = PQresultStatus(result);
        EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQerrorMessage(connection_);
        const std::string first = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
        PQclear(result);
        return first;
    }

private:
    PGconn* connection_;
};

TEST_F(PostgresDocuments, who_finds_the_cause_taken_after_all_gives_the_number_back) {  // A-CL-17
    BlockingScheduler scheduler;
    const auto issue = [&](std::string_view cause, bool is_alone) -> Task<Result<Document>> {
        auto unit = [&, wanted = receipt(cause)](Tx& tx) -> Result<Document> {
            // A claim that proves false lets the unit run again alone, where all that it is told is so.
            if (is_alone && tx.claim(change_nothing, shop)) return documents.issue(tx, wanted);
            return documents.issue(tx, wanted);
        };
        co_return co_await store->write(unit);
    };
    ASSERT_EQ(scheduler.await(issue("first", false))->number, "RCT-000001");

    // Somebody has issued for the cause, and has not committed yet.
    Stranger other{cluster.url("postgres")}, observer{cluster.url("postgres")};
    other.run("BEGIN");
    other.run("UPDATE document_series SET last_number = 2");
    other.run(
        "INSERT INTO documents SELECT merchant_id, gen_random_uuid(), kind, series, 2, 'second', customer_id, "
        "owner_kind, owner_id, issued_on, currency, total_minor, content, locale, letterhead, sealed_party, refers_to, "
        "created_at FROM documents");
    std::jthread commits{[&] {
        while (observer.run("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").empty())
            std::this_thread::yield();
        other.run("COMMIT");
    }};
    const auto second = scheduler.await(issue("second", true));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->number, "RCT-000002") << "that of the other";
    EXPECT_EQ(scheduler.await(issue("third", false))->number, "RCT-000003") << "no gap";
}

}  // namespace
}  // namespace florin::documents::test
