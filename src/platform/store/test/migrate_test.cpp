#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"
#include "migrate.hpp"
#include "sqlite_engine.hpp"
#include "store_world.hpp"

namespace florin::store {
namespace {

constexpr std::string_view two_tables = R"sql(
-- Why: the test.
CREATE TABLE first (id @id NOT NULL, amount @int, raw @bytes, mail TEXT DEFAULT 'somebody@intern') @strict;
    -- only postgres
CREATE TABLE elephants (id @id);
    -- end
-- only sqlite
CREATE TABLE feathers (id @id);
-- end
CREATE TABLE last (id @id);
)sql";

TEST(Migrations, each_engine_gets_its_own_types_and_its_own_parts) {
    const std::string sqlite = translate(two_tables, Engine::sqlite);
    EXPECT_NE(
        sqlite.find("first (id BLOB NOT NULL, amount INTEGER, raw BLOB, mail TEXT DEFAULT 'somebody@intern') STRICT;"),
        std::string::npos)
        << sqlite;
    EXPECT_NE(sqlite.find("feathers (id BLOB)"), std::string::npos);
    EXPECT_EQ(sqlite.find("elephants"), std::string::npos);
    const std::string postgres = translate(two_tables, Engine::postgres);
    EXPECT_NE(postgres.find("(id UUID NOT NULL, amount BIGINT, raw BYTEA, mail TEXT DEFAULT 'somebody@intern') ;"),
              std::string::npos)
        << postgres;
    EXPECT_NE(postgres.find("elephants (id UUID)"), std::string::npos);
    EXPECT_EQ(postgres.find("feathers"), std::string::npos);
    EXPECT_NE(postgres.find("last (id UUID)"), std::string::npos);
}

TEST(Migrations, a_checksum_is_of_what_the_engine_does_and_not_of_what_we_say_about_it) {
    const std::string before = checksum("-- why\nCREATE TABLE a (b  TEXT); -- a\n");
    EXPECT_EQ(before, checksum("\n-- said better\n  CREATE TABLE a (b TEXT);\n"));
    EXPECT_NE(before, checksum("CREATE TABLE a (c TEXT);"));
    EXPECT_NE(checksum("SELECT 'a  b'"), checksum("SELECT 'a b'")) << "spaces in a text are part of it";
    EXPECT_NE(checksum("SELECT '--a'"), checksum("SELECT '--b'"));
}

/// A database in memory that several programs migrate, one after the other.
struct Database {
    sqlite::Connection connection{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY};
    MigrationTarget target = sqlite::migration_target(connection);

    std::string migrate_to(std::span<const Migration> known) {
        const auto migrated = migrate(target, known, Instant{1});
        return migrated ? std::to_string(migrated->from) + "-" + std::to_string(migrated->to) : migrated.error().code;
    }
    std::int64_t tables() {
        return connection.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'table%'");
    }
};

constexpr Migration steps[] = {
    {1, "one", "CREATE TABLE table_one (id @id) @strict;"},
    {2, "two", "CREATE TABLE table_two (id @id) @strict; CREATE TABLE table_two_more (id @id) @strict;"},
    {5, "five", "CREATE TABLE table_five (id @id) @strict;"},
};

TEST(Migrations, are_applied_once_and_in_order) {
    Database database;
    EXPECT_EQ(database.migrate_to(std::span{steps}.first(1)), "0-1");
    EXPECT_EQ(database.migrate_to(steps), "1-5");
    EXPECT_EQ(database.migrate_to(steps), "5-5");
    EXPECT_EQ(database.tables(), 4);
}

TEST(Migrations, a_newer_database_or_a_rewritten_past_is_refused) {  // F116
    Database database;
    ASSERT_EQ(database.migrate_to(steps), "0-5");
    EXPECT_EQ(database.migrate_to(std::span{steps}.first(2)), "schema_too_new");
    const Migration rewritten[] = {{1, "one", "CREATE TABLE table_one (id TEXT) @strict;"}, steps[1], steps[2]};
    EXPECT_EQ(database.migrate_to(rewritten), "schema_changed");
}

TEST(Migrations, one_that_fails_half_way_leaves_nothing_and_the_next_start_goes_on_from_there) {  // F116
    Database database;
    const Migration broken[] = {
        steps[0], {2, "two", "CREATE TABLE table_two (id @id) @strict; CREATE TABLE table_one (id @id);"}};
    EXPECT_THROW(database.migrate_to(broken), Failure);
    EXPECT_EQ(database.tables(), 1);
    EXPECT_EQ(database.migrate_to(steps), "1-5");
}

TEST(Migrations, a_crash_between_any_two_statements_is_mended_by_starting_again) {  // F116
    int statements = 0;
    for (int crash_at = 1;; ++crash_at) {
        const test::Directory directory;
        std::filesystem::create_directory(directory.data());
        const std::string file = directory.data() + "/db";
        bool has_crashed = false;
        {
            sqlite::Connection connection{file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
            MigrationTarget target = sqlite::migration_target(connection);
            int count = 0;
            target.execute = [&, inner = target.execute](const std::string& text) {
                // From the crash on nothing reaches the database, not even the rollback.
                if (++count >= crash_at) throw Failure{Failure::Kind::unavailable, "simulated crash"};
                inner(text);
            };
            try {
                EXPECT_TRUE(migrate(target, steps, Instant{1}));
            } catch (const Failure&) {
                has_crashed = true;
            }
            statements = count;
        }
        sqlite::Connection connection{file, SQLITE_OPEN_READWRITE};
        EXPECT_EQ(migrate(sqlite::migration_target(connection), steps, Instant{1})->to, 5) << crash_at;
        EXPECT_EQ(connection.integer("SELECT count(*) FROM schema_migrations"), 3) << crash_at;
        if (!has_crashed) break;
    }
    EXPECT_EQ(statements, 1 + 3 * 4);
}

TEST(Migrations, those_of_the_program_are_in_order_and_an_empty_database_takes_them) {
    Database database;
    EXPECT_NO_THROW(database.migrate_to(migrations()));
}

}  // namespace
}  // namespace florin::store
