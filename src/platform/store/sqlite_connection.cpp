#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>

#include "florin/base/check.hpp"
#include "florin/runtime/spare_memory.hpp"
#include "sqlite_engine.hpp"

namespace florin::store::sqlite {
namespace {

/// `$1` as SQLite numbers parameters: `?1`. Its own `$1` is a name, numbered by first appearance.
std::string with_numbered_parameters(std::string_view text) {
    std::string out{text};
    bool is_quoted = false;
    for (std::size_t at = 0; at + 1 < out.size(); ++at) {
        if (out[at] == '\'') is_quoted = !is_quoted;
        if (!is_quoted && out[at] == '$' && out[at + 1] >= '1' && out[at + 1] <= '9') out[at] = '?';
    }
    return out;
}

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_{statement} {}
    bool is_null(int column) const override { return sqlite3_value_type(value(column)) == SQLITE_NULL; }
    std::int64_t integer(int column) const override {
        return sqlite3_value_int64(expect(column, SQLITE_INTEGER, "a column read as an integer holds one"));
    }
    std::string_view text(int column) const override {
        sqlite3_value* const found = expect(column, SQLITE_TEXT, "a column read as text holds text");
        return {reinterpret_cast<const char*>(sqlite3_value_text(found)), size(found)};
    }
    std::span<const std::byte> bytes(int column) const override {
        sqlite3_value* const found = expect(column, SQLITE_BLOB, "a column read as bytes holds bytes");
        return {static_cast<const std::byte*>(sqlite3_value_blob(found)), size(found)};
    }

private:
    // Asked for once, since each call of sqlite3_column_* looks the column up anew; and who asks whether it is NULL
    // asks for it next. A connection is used by one thread at a time, so the value needs no protection.
    sqlite3_value* value(int column) const {
        if (column != last_column_) {
            last_ = sqlite3_column_value(statement_, column);
            last_column_ = column;
        }
        return last_;
    }
    // SQLite would convert, and turn a mistake in a column's number into a plausible value.
    sqlite3_value* expect(int column, int type, const char* sentence) const {
        sqlite3_value* const found = value(column);
        if (sqlite3_value_type(found) != type)
            throw Failure{Failure::Kind::fault, std::string{sqlite3_sql(statement_)} + ": column " +
                                                    std::to_string(column) + ": " + sentence};
        return found;
    }
    static std::size_t size(sqlite3_value* found) { return static_cast<std::size_t>(sqlite3_value_bytes(found)); }
    sqlite3_stmt* statement_;
    mutable int last_column_ = -1;
    mutable sqlite3_value* last_ = nullptr;
};

void bind(sqlite3* database, sqlite3_stmt* statement, const Sql& sql, std::span<const Param> params) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != params.size())
        throw Failure{Failure::Kind::fault, std::string{sql.name()} + ": takes " +
                                                std::to_string(sqlite3_bind_parameter_count(statement)) +
                                                " parameters, not " + std::to_string(params.size())};
    int at = 0;
    for (const Param& param : params) {
        ++at;
        int code = SQLITE_OK;
        // The caller's bytes outlive the call, so SQLite need not copy them. A null pointer would be NULL.
        const std::string_view data = param.data().data() == nullptr ? std::string_view{""} : param.data();
        switch (param.kind()) {
            case Param::Kind::null:
                code = sqlite3_bind_null(statement, at);
                break;
            case Param::Kind::integer:
                code = sqlite3_bind_int64(statement, at, param.integer());
                break;
            case Param::Kind::text:
                code = sqlite3_bind_text64(statement, at, data.data(), data.size(), SQLITE_STATIC, SQLITE_UTF8);
                break;
            case Param::Kind::bytes:
            case Param::Kind::id:
                code = sqlite3_bind_blob64(statement, at, data.data(), data.size(), SQLITE_STATIC);
                break;
        }
        if (code != SQLITE_OK) raise(database, code, sql.name());
    }
}

/// Memory for SQLite. It takes and gives back a cell for each text that a query shows; Debian builds it without the
/// means of its own against that (SQLITE_OMIT_LOOKASIDE). A block's size stands before it: SQLite asks for it.
namespace memory {

constexpr std::size_t before = 16;

void* start_of(void* block) { return static_cast<char*>(block) - before; }
std::size_t taken(void* block) {
    std::size_t size;
    std::memcpy(&size, start_of(block), sizeof size);
    return size;
}
int size(void* block) { return block == nullptr ? 0 : static_cast<int>(taken(block) - before); }
int round_up(int wanted) { return (wanted + 7) & ~7; }
void* take(int wanted) {
    const std::size_t all = static_cast<std::size_t>(wanted) + before;
    void* start = nullptr;
    try {
        start = spare_memory::take(all);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    std::memcpy(start, &all, sizeof all);
    return static_cast<char*>(start) + before;
}
void give(void* block) {
    if (block != nullptr) spare_memory::give(start_of(block), taken(block));
}
void* take_instead(void* block, int wanted) {
    void* const larger = take(wanted);
    if (larger == nullptr) return nullptr;
    std::memcpy(larger, block, static_cast<std::size_t>(std::min(wanted, size(block))));
    give(block);
    return larger;
}
int start(void*) { return SQLITE_OK; }
void end(void*) {}

constexpr sqlite3_mem_methods methods{take, give, take_instead, size, round_up, start, end, nullptr};

}  // namespace memory

/// Once per process, before the first connection: without the statistics, every allocation is spared
/// a lock that all connections share.
void configure_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_MALLOC, &memory::methods);
    });
}

}  // namespace

void raise(sqlite3* database, int code, const char* doing) {
    const int extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
    const std::string what = std::string{doing} + ": " +
                             (database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code)) + " (" +
                             std::to_string(extended) + ")";
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
        case SQLITE_INTERRUPT:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            throw Failure{Failure::Kind::unavailable, what};
        default:
            throw Failure{Failure::Kind::fault, what};
    }
}

bool is_doubtful(int code) { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }

Connection::Connection(const std::string& path, int flags) : database_{nullptr, sqlite3_close} {
    configure_library();
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(opened);
    if (code != SQLITE_OK) raise(opened, code, "open");
    sqlite3_extended_result_codes(opened, 1);
    // Text in double quotes is a misspelt column; a database file is data and may not bring code along.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
}

void Connection::execute(const std::string& statements) {
    const int code = sqlite3_exec(handle(), statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) raise(handle(), code, "execute");
}

std::int64_t Connection::integer(const std::string& query) {
    sqlite3_stmt* prepared = nullptr;
    if (const int code = sqlite3_prepare_v2(handle(), query.c_str(), -1, &prepared, nullptr); code != SQLITE_OK)
        raise(handle(), code, query.c_str());
    const Statement statement{prepared, sqlite3_finalize};
    if (const int code = sqlite3_step(prepared); code != SQLITE_ROW) raise(handle(), code, query.c_str());
    return sqlite3_column_int64(prepared, 0);
}

Lease Connection::lease(const Sql& sql) {
    while (statements_.size() <= sql.index()) statements_.emplace_back(nullptr, sqlite3_finalize);
    Statement& slot = statements_[sql.index()];
    // Missing at first, and also while the same statement runs further out.
    if (slot == nullptr) {
        const std::string text = with_numbered_parameters(sql.sqlite());
        sqlite3_stmt* prepared = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(handle(), text.c_str(), static_cast<int>(text.size()) + 1,
                                            SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
        if (code != SQLITE_OK) raise(handle(), code, sql.name());
        slot.reset(prepared);
        if (prepared == nullptr || std::string_view{rest}.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
            slot.reset();
            throw Failure{Failure::Kind::fault, std::string{sql.name()} + ": is not exactly one statement"};
        }
    }
    return Lease{statements_, sql.index()};
}

std::int64_t Connection::run(const Sql& sql, std::span<const Param> params) {
    const Lease statement = lease(sql);
    bind(handle(), statement.get(), sql, params);
    std::int64_t rows = 0;
    int code;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) ++rows;
    if (code != SQLITE_DONE) raise(handle(), code, sql.name());
    return sqlite3_stmt_readonly(statement.get()) != 0 ? rows : sqlite3_changes64(handle());
}

void Connection::show_rows(const Lease& statement, const Sql& sql, std::span<const Param> params, RowSink sink) {
    bind(handle(), statement.get(), sql, params);
    int code;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) sink(SqliteRow{statement.get()});
    if (code != SQLITE_DONE) raise(handle(), code, sql.name());
}

void Connection::query(const Sql& sql, std::span<const Param> params, RowSink sink) {
    show_rows(lease(sql), sql, params, sink);
}

void Connection::read(const Sql& sql, std::span<const Param> params, RowSink sink) {
    const Lease statement = lease(sql);
    if (sqlite3_stmt_readonly(statement.get()) == 0)
        throw Failure{Failure::Kind::fault, std::string{sql.name()} + ": a reader does not write"};
    show_rows(statement, sql, params, sink);
}

std::string Connection::why_not(const Sql& sql) {
    try {
        lease(sql);
        return {};
    } catch (const Failure& failure) {
        return failure.what();
    }
}

int Connection::step(const Sql& sql) {
    const Lease statement = lease(sql);
    return sqlite3_step(statement.get());
}

MigrationTarget migration_target(Connection& connection) {
    const auto execute = [&connection](const std::string& statements) { connection.execute(statements); };
    const auto applied = [&connection](const std::string& query) {
        std::vector<Applied> rows;
        sqlite3_stmt* prepared = nullptr;
        if (const int code = sqlite3_prepare_v2(connection.handle(), query.c_str(), -1, &prepared, nullptr);
            code != SQLITE_OK)
            raise(connection.handle(), code, "migrate");
        const Statement statement{prepared, sqlite3_finalize};
        int code;
        while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
            const SqliteRow row{prepared};
            rows.push_back({static_cast<int>(row.integer(0)), row.string(1), row.string(2)});
        }
        if (code != SQLITE_DONE) raise(connection.handle(), code, "migrate");
        return rows;
    };
    return {Engine::sqlite, execute, applied};
}

}  // namespace florin::store::sqlite
