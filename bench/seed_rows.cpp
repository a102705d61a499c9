// Fills a database that Florin has made, and does not serve just now, with payments of one merchant.
//
//     bench_seed_rows --database DIR/florin.db [--rows 10000000] [--merchant 1]
//
// Each is a settled purchase with all its rows, as long as Florin's. Rows come in the order of their keys,
// nothing waits for the disk, and indexes are made at the end. What is chained or digested is filled with
// zeros: on such a database `audit verify` and `ledger check` rightly complain.

#include <sqlite3.h>

#include <array>
#include <vector>

#include "support/wire.hpp"

namespace {

class Database {
public:
    explicit Database(const std::string& path) {
        if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) fail(path.c_str());
    }
    Database(const Database&) = delete;
    void execute(const std::string& sql) {
        if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql.c_str());
    }
    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(handle_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
            fail(sql.c_str());
        return statement;
    }
    /// Runs a statement whose parameters are bound already.
    void run(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_sql(statement));
        sqlite3_reset(statement);
    }
    std::vector<std::pair<std::string, std::string>> indexes() {
        sqlite3_stmt* all = prepare(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
            "('payments', 'transactions', 'idempotency_keys', 'ledger_entries', 'events', 'audit_log')");
        std::vector<std::pair<std::string, std::string>> found;
        const auto text = [all](int column) {
            return std::string{reinterpret_cast<const char*>(sqlite3_column_text(all, column))};
        };
        while (sqlite3_step(all) == SQLITE_ROW) found.emplace_back(text(0), text(1));
        sqlite3_finalize(all);
        return found;
    }

private:
    [[noreturn]] void fail(const char* what) {
        std::fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(handle_));
        std::exit(1);
    }
    sqlite3* handle_ = nullptr;
};

/// A statement whose parameters are all made from the payment: ?1 the merchant, ?2 the id, ?3 the id's text,
/// ?4 the time, ?5 the payment's number, ?6 a long text.
class Rows {
public:
    Rows(Database& database, const std::string& sql, std::string text)
        : database_{database}, statement_{database.prepare(sql)}, text_{std::move(text)} {
        sqlite3_bind_text(statement_, 6, text_.data(), static_cast<int>(text_.size()), SQLITE_STATIC);
    }
    Rows(const Rows&) = delete;
    void add(std::int64_t merchant, const std::array<unsigned char, 16>& id, std::string_view id_text,
             std::int64_t at_ms, std::int64_t number) {
        sqlite3_bind_int64(statement_, 1, merchant);
        sqlite3_bind_blob(statement_, 2, id.data(), 16, SQLITE_STATIC);
        sqlite3_bind_text(statement_, 3, id_text.data(), static_cast<int>(id_text.size()), SQLITE_STATIC);
        sqlite3_bind_int64(statement_, 4, at_ms);
        sqlite3_bind_int64(statement_, 5, number);
        database_.run(statement_);
    }

private:
    Database& database_;
    sqlite3_stmt* statement_;
    std::string text_;
};

constexpr std::string_view hex_digits = "0123456789abcdef";

/// A UUID of version 7.
std::array<unsigned char, 16> id_of(std::int64_t at_ms, std::int64_t number) {
    std::array<unsigned char, 16> id{};
    for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<unsigned char>(at_ms >> (40 - 8 * i));
    id[6] = static_cast<unsigned char>(0x70 | ((number >> 8) & 0x0f));
    id[7] = static_cast<unsigned char>(number);
    const std::uint64_t rest = static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15ULL;
    for (std::size_t i = 0; i < 8; ++i) id[8 + i] = static_cast<unsigned char>(rest >> (56 - 8 * i));
    id[8] = static_cast<unsigned char>(0x80 | (id[8] & 0x3f));
    return id;
}

std::string text_of(const std::array<unsigned char, 16>& id) {
    std::string text;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex_digits[id[i] >> 4U];
        text += hex_digits[id[i] & 15U];
    }
    return text;
}

}  // namespace

int main(int count, char** arguments) {
    const florin::bench::Flags flags{count, arguments, {{"database", ""}, {"rows", "10000000"}, {"merchant", "1"}}};
    Database database{flags.text("database")};
    database.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
        "PRAGMA cache_size = -1000000; PRAGMA temp_store = FILE; PRAGMA threads = 2;");
    const auto indexes = database.indexes();
    for (const auto& index : indexes) database.execute("DROP INDEX " + index.first);

    const std::string event = R"({"payment":{"filling":")" + std::string(1'210, 'x') + R"("}})";
    const std::string answer = R"({"filling":")" + std::string(660, 'x') + R"("})";
    // Table by table: each is then written from its beginning to its end.
    std::vector<std::pair<std::string, std::string>> tables{
        {"INSERT INTO payments (merchant_id, id, state, currency, amount_minor, captured_minor, customer_id, "
         "connector, card_last4, "
         "card_brand, card_expiry, metadata, version, created_at, updated_at) VALUES (?1, ?2, 'captured', 'EUR', 1250, "
         "1250, "
         "'customer-' || (?5 % 100000), 'authorize_net', '1111', 'visa', 203412, '{\"order\":\"1234567890\"}', 1, ?4, "
         "?4)",
         ""},
        {"INSERT INTO transactions (merchant_id, id, payment_id, type, status, amount_minor, currency, approved_minor, "
         "correlation_id, reference_number, customer_id, provider_id, auth_code, provider_code, message, avs, cvv, "
         "idempotency_key, metadata, actor, ip_address, user_agent, traceparent, node, created_at, updated_at) "
         "VALUES (?1, ?2, ?2, 'purchase', 'approved', 1250, 'EUR', 1250, ?3, '01234567890123456789', "
         "'customer-' || (?5 % 100000), '40000000017', 'A1B2C3', '1', 'This transaction has been approved.', 'Y', 'P', "
         "?3, "
         "'{\"order\":\"1234567890\"}', 'key:0198a7c0-0000-7000-8000-000000000000', '127.0.0.1', 'bench', "
         "'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '0198a7c0-0000-7000-8000-000000000000', ?4, ?4)",
         ""},
        {"INSERT INTO idempotency_keys (merchant_id, key, route, fingerprint, transaction_id, status, body, "
         "created_at) "
         "VALUES (?1, ?3, 'purchase', zeroblob(32), ?2, 200, ?6, ?4)",
         answer},
        {"INSERT INTO ledger_entries (merchant_id, journal_id, leg, legs, kind, account, currency, amount_minor, "
         "posted_at, digest) "
         "VALUES (?1, ?2, 0, 2, 'purchase', 'provider_clearing:authorize_net', 'EUR', 1250, ?4, zeroblob(16)), "
         "(?1, ?2, 1, 2, 'purchase', 'revenue', 'EUR', -1250, ?4, zeroblob(16))",
         ""},
        {"INSERT INTO events (merchant_id, subject_id, sequence, position, subject_type, type, time, correlation_id, "
         "traceparent, "
         "data) VALUES (?1, ?3, 1, ?5, 'payment', 'florin.payment.captured', ?4, ?3, "
         "'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', ?6)",
         event},
        {"INSERT INTO audit_log (merchant_id, lane, sequence, created_at, correlation_id, action, entity_type, "
         "entity_id, user_id, "
         "changes, ip_address, user_agent, hash) VALUES (?1, 'main', ?5, ?4, ?3, 'payment.captured', 'payment', ?3, "
         "'key:0198a7c0-0000-7000-8000-000000000000', ?6, '127.0.0.1', 'bench', zeroblob(32))",
         R"({"transaction_id":"0198a7c0-0000-7000-8000-000000000000","type":"purchase","status":"approved","amount":"12.50",)"
         R"("currency":"EUR","payment_state":"captured"})"},
    };
    const auto rows = static_cast<std::int64_t>(flags.number("rows"));
    const auto merchant = static_cast<std::int64_t>(flags.number("merchant"));
    // A second for every forty, up to a day ago.
    const std::int64_t end_ms = static_cast<std::int64_t>(time(nullptr)) * 1'000 - 86'400'000;
    // The chain and the positions go on where they are.
    database.execute("DELETE FROM audit_log WHERE merchant_id = " + flags.text("merchant") +
                     "; DELETE FROM events WHERE merchant_id = " + flags.text("merchant"));
    for (const auto& [sql, text] : tables) {
        const std::int64_t begin_ns = florin::bench::now_ns();
        database.execute("BEGIN");
        {
            Rows table{database, sql, text};
            for (std::int64_t number = 1; number <= rows; ++number) {
                const std::int64_t at_ms = end_ms - (rows - number) * 25;
                const auto id = id_of(at_ms, number);
                table.add(merchant, id, text_of(id), at_ms, number);
            }
        }
        database.execute("COMMIT");
        std::fprintf(stderr, "%s: %.0f s\n", sql.substr(12, sql.find(' ', 12) - 12).c_str(),
                     static_cast<double>(florin::bench::now_ns() - begin_ns) / 1e9);
    }
    for (const auto& index : indexes) database.execute(index.second);
    database.execute("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL");
    return 0;
}
