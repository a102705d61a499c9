#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "florin/store/store.hpp"

namespace florin::store {

/// One numbered step of the schema, from db/migrations/NNNN_name.sql, linked into the program. In
/// its text `@id`, `@int`, `@bytes` stand for the engine's column types (BLOB, INTEGER, BLOB or UUID,
/// BIGINT, BYTEA), `@strict` for SQLite's STRICT, and what lies between the lines `-- only sqlite` (or
/// `-- only postgres`) and `-- end` is for that engine alone.
struct Migration {
    int number;
    std::string_view name;
    std::string_view text;
};
std::span<const Migration> migrations();

/// What `migrate` found and did.
struct Migrated {
    int from = 0;
    int to = 0;
};

/// SQLite in the file `DIR/florin.db`: WAL, synchronous=FULL, one writing connection on a thread of
/// its own that drains its queue into one commit, read-only readers. The directory is created (mode
/// 0700) and locked: error `conflict`/`data_directory_in_use` while another process has it. The schema
/// is brought up to date; a database that is newer than the program is refused (`schema_too_new`).
Result<std::unique_ptr<Store>> open_sqlite(const std::string& directory, World world);

struct PostgresOptions {
    std::string url;              ///< `postgresql://user@host/db?…`, as libpq reads it.
    std::size_t connections = 8;  ///< 5–20 (requirements D-PF-05); each has a thread.
    std::size_t max_units_per_commit = 64;
};
Result<std::unique_ptr<Store>> open_postgres(PostgresOptions options, World world);

/// Only migrates, then closes.
Result<Migrated> migrate_sqlite(const std::string& directory, World world);
Result<Migrated> migrate_postgres(const std::string& url, World world);

/// SQLite in memory on the current scheduler's own thread, for simulation and module tests: units
/// submitted at the same moment share a commit, which happens in a later event of `scheduler`. The
/// database outlives a simulated crash: see `crash`.
class SimStore : public Store {
public:
    static std::unique_ptr<SimStore> open(Scheduler& scheduler, World world);
    /// Another process' store over the database of `first`, which it may outlive: its units commit apart from the
    /// other's, and a crash of one is nothing to the other.
    static std::unique_ptr<SimStore> open_beside(SimStore& first, Scheduler& scheduler, World world);
    /// Asked before and after each commit (`before` true, then false) with the number of the commit
    /// since the start; returning true crashes there: see `crash`.
    std::function<bool(bool before, std::uint64_t commit)> crash_here;
    /// Called once when `crash_here` said so. It ends the simulated process (`Scheduler::abandon`).
    std::function<void()> on_crash;
    /// Asked before each commit with its number; true makes the commit fail: its units are answered
    /// `storage_unavailable` and nothing of them is kept (F3).
    std::function<bool(std::uint64_t commit)> fail_commit;
    /// Asked after each commit with its number; true loses the answer: its units are kept, and
    /// answered `commit_unknown` (F110).
    std::function<bool(std::uint64_t commit)> lose_commit_answer;
    /// Forgets every unit that has not been committed, and the memory of the writing connection.
    /// What was committed stays.
    virtual void crash() = 0;
    virtual std::uint64_t commits() const = 0;
};

}  // namespace florin::store
