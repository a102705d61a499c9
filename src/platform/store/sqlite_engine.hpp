#pragma once

#include <sqlite3.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"
#include "migrate.hpp"

/// SQLite behind the store's seam: what the server's store and the simulation's share. Private.
namespace florin::store::sqlite {

using Statement = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

/// A prepared statement, reset when the lease ends and kept for the next one.
class Lease {
public:
    Lease(std::vector<Statement>& home, std::size_t index)
        : home_{home}, index_{index}, statement_{std::exchange(home[index], Statement{nullptr, sqlite3_finalize})} {}
    Lease(const Lease&) = delete;
    ~Lease() {
        sqlite3_reset(statement_.get());
        home_[index_] = std::move(statement_);
    }
    sqlite3_stmt* get() const { return statement_.get(); }

private:
    std::vector<Statement>& home_;
    std::size_t index_;
    Statement statement_;
};

/// One connection, used by one thread at a time.
class Connection {
public:
    /// `flags` as for sqlite3_open_v2. Throws `Failure`.
    Connection(const std::string& path, int flags);
    Connection(const Connection&) = delete;

    sqlite3* handle() const { return database_.get(); }
    /// Runs statements without parameters, as they stand. Throws `Failure`.
    void execute(const std::string& statements);
    /// The single integer that a query answers.
    std::int64_t integer(const std::string& query);
    bool is_in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

    /// Runs `sql` to its end and returns how many rows it changed (or, of a query, found).
    std::int64_t run(const Sql& sql, std::span<const Param> params);
    /// Shows each row of `sql` to `sink`.
    void query(const Sql& sql, std::span<const Param> params, RowSink sink);
    /// As `query`, for statements that write nothing; others are a fault.
    void read(const Sql& sql, std::span<const Param> params, RowSink sink);
    /// Empty when `sql` can be prepared.
    std::string why_not(const Sql& sql);
    /// Runs a statement without parameters or rows, such as BEGIN; returns the engine's result code.
    int step(const Sql& sql);

private:
    Lease lease(const Sql& sql);
    void show_rows(const Lease& statement, const Sql& sql, std::span<const Param> params, RowSink sink);
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
    /// By Sql::index; a statement that is leased is missing.
    std::vector<Statement> statements_;
};

/// A consistent view of the database on a connection that does not write.
class View final : public Reader {
public:
    explicit View(Connection& connection) : Reader{seen_here_}, connection_{connection} {}
    /// Runs `unit` over one snapshot; its outcome is set when this returns. False when the engine
    /// failed; a read that took too long is the read's own fault.
    bool show(detail::Unit& unit);
    /// As `show`, but leaves the snapshot to the next read when all went well, and takes the one that it
    /// finds.
    bool show_and_keep(detail::Unit& unit);
    /// Takes a snapshot, with a statement that shows nothing. False when the engine failed.
    bool begin(const Sql& touch);
    /// Gives up the snapshot, if there is one.
    void end();

    void query(const Sql& sql, std::span<const Param> params, RowSink sink) override;
    Engine engine() const override { return Engine::sqlite; }

private:
    Connection& connection_;
    Memory seen_here_;
};

/// The writing side: units of work that share a commit.
///
/// A batch is first run without savepoints, since nearly every unit succeeds. When one has written
/// and then refuses, all is rolled back and the batch runs again with a savepoint for each: units
/// may run twice, as their contract says. See docs/decisions/0003.
class Writer final : public Tx {
public:
    Writer(Connection& connection, Clock& clock);

    /// Runs `units` in one transaction and leaves it open; those before `from` have been run in it already. False when
    /// the engine failed: then nothing is open, nothing written, and every unit has its refusal.
    [[nodiscard]] bool run_units(std::span<detail::Unit* const> units, std::size_t from = 0);
    /// Ends the transaction; whether that waits for the disk, the connection says. False when nothing of it was kept:
    /// then every unit has its refusal. Stops the process when the disk does not say whether it kept them (F102).
    [[nodiscard]] bool commit(std::span<detail::Unit* const> units);
    /// Ends the open transaction, if any, and forgets.
    void roll_back();

    void query(const Sql& sql, std::span<const Param> params, RowSink sink) override;
    Engine engine() const override { return Engine::sqlite; }
    std::int64_t execute(const Sql& sql, std::span<const Param> params) override;
    bool execute_later(const Sql& sql, std::span<const Param> params, bool must_change_one) override;

private:
    enum class Verdict { kept, nothing_written, to_be_undone };
    Verdict attempt(detail::Unit& unit);
    bool run_together(std::span<detail::Unit* const> units);
    void run_apart(std::span<detail::Unit* const> units);
    void must(const Sql& sql);
    void forget();

    Connection& connection_;
    Clock& clock_;
    Memory remembered_;
    Memory seen_here_;
    /// The open transaction has a savepoint for each unit.
    bool is_apart_ = false;
};

void refuse_all(std::span<detail::Unit* const> units, const Failure& failure);

/// Throws what `code` means, with the engine's message.
[[noreturn]] void raise(sqlite3* database, int code, const char* doing);

/// True for the answers after which nobody knows what the disk holds: fsync has failed, and the
/// kernel may since have dropped the pages (F102).
bool is_doubtful(int code);

MigrationTarget migration_target(Connection& connection);

}  // namespace florin::store::sqlite
