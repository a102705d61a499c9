#include "records.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>

#include "florin/base/check.hpp"

namespace florin::sandbox {
namespace {

class Nothing final : public Records {
public:
    void load(RecordKind, const std::function<void(std::string_view, std::string_view)>&) override {}
    std::vector<Movement> load_movements() override { return {}; }
    void put(RecordKind, std::string_view, std::string) override {}
    void put(const Movement&) override {}
    bool is_kept() const override { return false; }
    void commit() override {}
};

struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

constexpr std::string_view pragmas = R"sql(
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    -- Survives kill -9, not a power cut: it is a sandbox, and a load test's commits must cost little.
    PRAGMA synchronous = OFF;
)sql";
constexpr std::string_view tables = R"sql(
    CREATE TABLE IF NOT EXISTS records (
        kind INTEGER NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) WITHOUT ROWID, STRICT;
    CREATE TABLE IF NOT EXISTS movements (
        seq INTEGER PRIMARY KEY, provider TEXT NOT NULL, reference TEXT NOT NULL,
        type TEXT NOT NULL CHECK (type IN ('authorize', 'purchase', 'capture', 'refund', 'cancel', 'chargeback',
            'chargeback_reversal')),
        amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL, provider_id TEXT NOT NULL,
        parent_id TEXT NOT NULL, cancels TEXT NOT NULL, moved_at INTEGER NOT NULL
    ) STRICT;
)sql";

/// Files that were made before money could be taken back are brought along.
constexpr const char* find_former =
    "SELECT 1 FROM sqlite_master WHERE name = 'movements' AND sql NOT LIKE '%chargeback%'";
constexpr std::string_view set_former_aside = "BEGIN; ALTER TABLE movements RENAME TO former_movements;";
constexpr std::string_view take_former_over =
    "INSERT INTO movements SELECT * FROM former_movements; DROP TABLE former_movements; COMMIT;";

/// False when the file cannot be used.
bool prepare_tables(sqlite3* database) {
    bool has_former = false;
    const auto note = [](void* found, int, char**, char**) {
        *static_cast<bool*>(found) = true;
        return 0;
    };
    if (sqlite3_exec(database, find_former, note, &has_former, nullptr) != SQLITE_OK) return false;
    std::string script{pragmas};
    if (has_former) script += set_former_aside;
    script += tables;
    if (has_former) script += take_former_over;
    return sqlite3_exec(database, script.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

class File final : public Records {
public:
    static Result<std::unique_ptr<Records>> open(const std::string& directory) {
        std::error_code error;
        std::filesystem::create_directories(directory, error);
        if (error) return refuse("The sandbox's directory cannot be made.");
        ::chmod(directory.c_str(), 0700);

        sqlite3* raw = nullptr;
        const std::string path = directory + "/sandbox.db";
        const int opened = sqlite3_open_v2(path.c_str(), &raw,
                                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
        Database database{raw};
        if (opened != SQLITE_OK) return refuse("The sandbox's file cannot be opened.");
        if (!prepare_tables(database.get()))
            return refuse("The sandbox's file is in use by another process, or is none of ours.");
        return std::unique_ptr<Records>{new File{std::move(database)}};
    }

    void load(RecordKind kind, const std::function<void(std::string_view, std::string_view)>& sink) override {
        const Statement select = prepare("SELECT key, body FROM records WHERE kind = ?1 ORDER BY key");
        sqlite3_bind_int(select.get(), 1, static_cast<int>(kind));
        while (step(select.get())) sink(text(select.get(), 0), text(select.get(), 1));
    }

    std::vector<Movement> load_movements() override {
        std::vector<Movement> movements;
        const Statement select = prepare(
            "SELECT seq, provider, reference, type, amount_minor, currency, provider_id, parent_id, cancels, moved_at"
            " FROM movements ORDER BY seq");
        sqlite3_stmt* row = select.get();
        while (step(row)) {
            movements.push_back({sqlite3_column_int64(row, 0), std::string{text(row, 1)}, std::string{text(row, 2)},
                                 std::string{text(row, 3)}, sqlite3_column_int64(row, 4), std::string{text(row, 5)},
                                 std::string{text(row, 6)}, std::string{text(row, 7)}, std::string{text(row, 8)},
                                 Instant{sqlite3_column_int64(row, 9)}});
        }
        return movements;
    }

    void put(RecordKind kind, std::string_view key, std::string body) override {
        changes_.push_back({kind, std::string{key}, std::move(body)});
    }
    void put(const Movement& movement) override { moved_.push_back(movement); }
    bool is_kept() const override { return true; }

    void commit() override {
        if (changes_.empty() && moved_.empty()) return;
        run(begin_.get());
        for (const Change& change : changes_) {
            sqlite3_stmt* statement = change.body.empty() ? remove_.get() : upsert_.get();
            sqlite3_bind_int(statement, 1, static_cast<int>(change.kind));
            bind(statement, 2, change.key);
            if (!change.body.empty()) bind(statement, 3, change.body);
            run(statement);
        }
        for (const Movement& movement : moved_) {
            sqlite3_stmt* statement = move_.get();
            sqlite3_bind_int64(statement, 1, movement.seq);
            bind(statement, 2, movement.provider);
            bind(statement, 3, movement.reference);
            bind(statement, 4, movement.type);
            sqlite3_bind_int64(statement, 5, movement.amount_minor);
            bind(statement, 6, movement.currency);
            bind(statement, 7, movement.provider_id);
            bind(statement, 8, movement.parent_id);
            bind(statement, 9, movement.cancels);
            sqlite3_bind_int64(statement, 10, movement.at.ms);
            run(statement);
        }
        run(commit_.get());
        changes_.clear();
        moved_.clear();
    }

private:
    struct Change {
        RecordKind kind;
        std::string key;
        std::string body;
    };

    explicit File(Database database) : database_{std::move(database)} {
        begin_ = prepare("BEGIN");
        commit_ = prepare("COMMIT");
        upsert_ = prepare(
            "INSERT INTO records (kind, key, body) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body");
        remove_ = prepare("DELETE FROM records WHERE kind = ?1 AND key = ?2");
        move_ = prepare("INSERT INTO movements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    }

    static std::unexpected<Error> refuse(std::string_view message) {
        return fail(ErrorKind::unavailable, "sandbox_storage_unavailable", message);
    }
    Statement prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        const int prepared =
            sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        check(prepared == SQLITE_OK, "the sandbox's statements fit its tables");
        return Statement{statement};
    }
    static bool step(sqlite3_stmt* statement) {
        const int stepped = sqlite3_step(statement);
        check(stepped == SQLITE_ROW || stepped == SQLITE_DONE, "the sandbox's file can be read");
        return stepped == SQLITE_ROW;
    }
    static void run(sqlite3_stmt* statement) {
        const int stepped = sqlite3_step(statement);
        check(stepped == SQLITE_DONE, "the sandbox's file can be written");
        sqlite3_reset(statement);
    }
    static void bind(sqlite3_stmt* statement, int at, const std::string& text) {
        sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    static std::string_view text(sqlite3_stmt* statement, int column) {
        const void* data = sqlite3_column_blob(statement, column);
        return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
    }

    // The statements go before the database that they belong to.
    Database database_;
    Statement begin_, commit_, upsert_, remove_, move_;
    std::vector<Change> changes_;
    std::vector<Movement> moved_;
};

}  // namespace

Result<std::unique_ptr<Records>> Records::open(const std::string& directory) {
    if (directory.empty()) return std::unique_ptr<Records>{std::make_unique<Nothing>()};
    return File::open(directory);
}

}  // namespace florin::sandbox
