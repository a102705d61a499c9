// The yardstick for purchases on SQLite: a server that only writes the rows of a purchase, with the same
// statements in the same two group commits, and nothing else: no key, no validation, no JSON, no provider.
//
//     bench_minimal_server --data DIR [--listen 8483] [--migrations db/migrations]
//
// One thread speaks HTTP, one writes. The writer takes all that waits into one commit with
// synchronous=FULL, and nobody is answered before it.

#include <sqlite3.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "support/wire.hpp"

namespace {

struct Connection {
    int socket = -1;
    std::string in;
    // Of the purchase under way.
    std::array<unsigned char, 16> id{};
    std::string key, id_text;
    bool is_intended = false;
};

/// As the store translates a migration for SQLite.
std::string translated(const std::filesystem::path& path) {
    std::ifstream file{path};
    std::string out;
    bool is_skipping = false;
    for (std::string line; std::getline(file, line);) {
        if (line == "-- only postgres")
            is_skipping = true;
        else if (line == "-- end")
            is_skipping = false;
        else if (!is_skipping)
            out += line + '\n';
    }
    const std::array<std::pair<std::string, std::string>, 4> types{
        {{"@id", "BLOB"}, {"@int", "INTEGER"}, {"@bytes", "BLOB"}, {"@strict", "STRICT"}}};
    for (const auto& [token, type] : types)
        for (auto at = out.find(token); at != std::string::npos; at = out.find(token, at))
            out.replace(at, token.size(), type);
    return out;
}

class Database {
public:
    Database(const std::string& directory, const std::string& migrations) {
        std::filesystem::create_directories(directory);
        if (sqlite3_open((directory + "/minimal.db").c_str(), &handle_) != SQLITE_OK) fail("open");
        // As the store has them; the log is moved by SQLite itself, at the size at which the store does it.
        execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;"
            "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4096;");
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator{migrations}) files.push_back(entry.path());
        std::ranges::sort(files);
        for (const auto& file : files) execute(translated(file));
    }
    Database(const Database&) = delete;

    void execute(const std::string& sql) {
        if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql.c_str());
    }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
            fail(sql);
        return statement;
    }
    [[noreturn]] void fail(const char* what) {
        std::fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(handle_));
        std::exit(1);
    }

private:
    sqlite3* handle_ = nullptr;
};

/// A prepared statement and the values of one run, given in the order of its parameters.
class Statement {
public:
    Statement(Database& database, const char* sql) : database_{database}, statement_{database.prepare(sql)} {}
    Statement(const Statement&) = delete;

    template <class... Values>
    void run(const Values&... values) {
        int at = 0;
        (bind(++at, values), ...);
        if (sqlite3_step(statement_) != SQLITE_DONE) database_.fail(sqlite3_sql(statement_));
        sqlite3_reset(statement_);
    }

private:
    void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
    void bind(int at, std::string_view text) {
        sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
    void bind(int at, std::nullptr_t) { sqlite3_bind_null(statement_, at); }
    template <std::size_t size>
    void bind(int at, const std::array<unsigned char, size>& bytes) {
        sqlite3_bind_blob(statement_, at, bytes.data(), static_cast<int>(size), SQLITE_STATIC);
    }

    Database& database_;
    sqlite3_stmt* statement_;
};

constexpr std::int64_t merchant = 1;
constexpr std::string_view correlation = "0198a7c0-0000-7000-8000-000000000000";
constexpr std::string_view reference = "01234567890123456789";
constexpr std::string_view actor = "key:0198a7c0-0000-7000-8000-000000000000";
constexpr std::string_view traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr std::string_view metadata = R"({"order":"1234567890"})";
constexpr std::string_view changes =
    R"({"transaction_id":"0198a7c0-0000-7000-8000-000000000000","type":"purchase","status":"approved",)"
    R"("amount":"12.50","currency":"EUR","payment_state":"captured"})";

/// Everything that one purchase writes.
class Purchase {
public:
    explicit Purchase(Database& database)
        : begin_{database, "BEGIN IMMEDIATE"},
          commit_{database, "COMMIT"},
          take_key_{database,
                    "INSERT INTO idempotency_keys (merchant_id, key, route, fingerprint, transaction_id, created_at) "
                    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (merchant_id, key) DO NOTHING"},
          insert_payment_{
              database,
              "INSERT INTO payments (merchant_id, id, state, currency, amount_minor, customer_id, connector, "
              "payment_method_id, card_last4, card_brand, card_expiry, metadata, version, created_at, "
              "updated_at, expires_at) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)"},
          insert_transaction_{
              database,
              "INSERT INTO transactions (merchant_id, id, payment_id, type, status, amount_minor, currency, "
              "parent_id, correlation_id, reference_number, customer_id, payment_method_id, idempotency_key, "
              "metadata, flags, actor, ip_address, user_agent, traceparent, node, next_check_at, created_at, "
              "updated_at) VALUES ($1, $2, $3, $4, 'processing', $5, $6, $7, $8, $9, $10, $11, $12, $13, "
              "$14, $15, $16, $17, $18, $19, $20, $21, $21)"},
          update_transaction_{
              database,
              "UPDATE transactions SET status = $5, approved_minor = $6, used_minor = $7, provider_id = $8, "
              "auth_code = $9, decline_class = $10, provider_code = $11, message = $12, avs = $13, cvv = $14, "
              "checks = $15, not_found = $16, next_check_at = $17, expires_at = $18, updated_at = $19 "
              "WHERE merchant_id = $1 AND id = $2 AND status = $3 AND checks = $4"},
          update_payment_{
              database,
              "UPDATE payments SET state = $4, authorized_minor = $5, captured_minor = $6, refunded_minor = $7, "
              "stored_token = COALESCE($8, stored_token), version = $9, updated_at = $10, expires_at = $11 "
              "WHERE merchant_id = $1 AND id = $2 AND version = $3"},
          insert_entries_{database,
                          "INSERT INTO ledger_entries (merchant_id, journal_id, legs, kind, posted_at, leg, account, "
                          "currency, amount_minor, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10), "
                          "($1, $2, $3, $4, $5, $11, $12, $13, $14, $15)"},
          insert_event_{database,
                        "INSERT INTO events (merchant_id, subject_id, sequence, position, subject_type, type, time, "
                        "correlation_id, traceparent, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"},
          insert_audit_{database,
                        "INSERT INTO audit_log (merchant_id, lane, sequence, created_at, correlation_id, action, "
                        "entity_type, entity_id, user_id, changes, ip_address, user_agent, hash) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"},
          finish_key_{database,
                      "UPDATE idempotency_keys SET status = $3, body = $4 WHERE merchant_id = $1 AND key = $2"} {}

    void begin() {
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        now_ms_ = now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
        begin_.run();
    }
    void commit() { commit_.run(); }

    void intend(const Connection& of) {
        const auto& id = of.id;
        take_key_.run(merchant, std::string_view{of.key}, std::string_view{"purchase"}, hash_, id, now_ms_);
        insert_payment_.run(merchant, id, std::string_view{"processing"}, std::string_view{"EUR"}, std::int64_t{1250},
                            std::string_view{"customer-7"}, std::string_view{"authorize_net"}, nullptr,
                            std::string_view{"1111"}, std::string_view{"visa"}, std::int64_t{203412}, metadata,
                            std::int64_t{0}, now_ms_, nullptr);
        insert_transaction_.run(merchant, id, id, std::string_view{"purchase"}, std::int64_t{1250},
                                std::string_view{"EUR"}, nullptr, std::string_view{of.id_text}, reference,
                                std::string_view{"customer-7"}, nullptr, std::string_view{of.key}, metadata,
                                std::int64_t{0}, actor, std::string_view{"127.0.0.1"}, std::string_view{"bench"},
                                traceparent, correlation, now_ms_ + 60'000, now_ms_);
    }
    void record(const Connection& of) {
        const auto& id = of.id;
        update_transaction_.run(
            merchant, id, std::string_view{"processing"}, std::int64_t{0}, std::string_view{"approved"},
            std::int64_t{1250}, std::int64_t{0}, std::string_view{"40000000017"}, std::string_view{"A1B2C3"}, nullptr,
            std::string_view{"1"}, std::string_view{"This transaction has been approved."}, std::string_view{"Y"},
            std::string_view{"P"}, std::int64_t{0}, std::int64_t{0}, nullptr, nullptr, now_ms_);
        update_payment_.run(merchant, id, std::int64_t{0}, std::string_view{"captured"}, std::int64_t{0},
                            std::int64_t{1250}, std::int64_t{0}, nullptr, std::int64_t{1}, now_ms_, nullptr);
        insert_entries_.run(merchant, id, std::int64_t{2}, std::string_view{"purchase"}, now_ms_, std::int64_t{0},
                            std::string_view{"provider_clearing:authorize_net"}, std::string_view{"EUR"},
                            std::int64_t{1250}, digest_, std::int64_t{1}, std::string_view{"revenue"},
                            std::string_view{"EUR"}, std::int64_t{-1250}, digest_);
        ++position_;
        insert_event_.run(merchant, std::string_view{of.id_text}, std::int64_t{1}, position_,
                          std::string_view{"payment"}, std::string_view{"florin.payment.captured"}, now_ms_,
                          std::string_view{of.id_text}, traceparent, std::string_view{event_});
        insert_audit_.run(merchant, std::string_view{"main"}, position_, now_ms_, std::string_view{of.id_text},
                          std::string_view{"payment.captured"}, std::string_view{"payment"},
                          std::string_view{of.id_text}, actor, changes, std::string_view{"127.0.0.1"},
                          std::string_view{"bench"}, hash_);
        finish_key_.run(merchant, std::string_view{of.key}, std::int64_t{200}, std::string_view{answer_});
    }

private:
    Statement begin_, commit_, take_key_, insert_payment_, insert_transaction_, update_transaction_, update_payment_,
        insert_entries_, insert_event_, insert_audit_, finish_key_;
    std::int64_t now_ms_ = 0, position_ = 0;
    std::array<unsigned char, 32> hash_{};
    std::array<unsigned char, 16> digest_{};
    // As long as Florin's.
    std::string event_ = R"({"payment":{"filling":")" + std::string(1'210, 'x') + R"("}})";
    std::string answer_ = R"({"filling":")" + std::string(660, 'x') + R"("})";
};

/// Units wait here while the writer commits those before them.
class Writer {
public:
    explicit Writer(Purchase& purchase) : purchase_{purchase}, thread_{[this] { run(); }} {}
    int done_event() const { return done_event_; }
    void add(std::vector<Connection*>& units) {
        if (units.empty()) return;
        const std::lock_guard lock{mutex_};
        waiting_.insert(waiting_.end(), units.begin(), units.end());
        units.clear();
        changed_.notify_one();
    }
    void take_done(std::vector<Connection*>& into) {
        const std::lock_guard lock{mutex_};
        into.swap(done_);
    }

private:
    [[noreturn]] void run() {
        std::vector<Connection*> units;
        for (;;) {
            {
                std::unique_lock lock{mutex_};
                changed_.wait(lock, [this] { return !waiting_.empty(); });
                units.swap(waiting_);
            }
            purchase_.begin();
            for (Connection* unit : units) {
                if (unit->is_intended)
                    purchase_.record(*unit);
                else
                    purchase_.intend(*unit);
            }
            purchase_.commit();
            {
                const std::lock_guard lock{mutex_};
                done_.insert(done_.end(), units.begin(), units.end());
            }
            units.clear();
            eventfd_write(done_event_, 1);
        }
    }

    Purchase& purchase_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Connection*> waiting_, done_;
    int done_event_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    std::thread thread_;
};

constexpr std::string_view hex_digits = "0123456789abcdef";

class Server {
public:
    Server(int listener, Writer& writer) : listener_{listener}, writer_{writer} {
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        watch(listener_, &listener_);
        watch(writer_.done_event(), &writer_);
        const std::string body = R"({"filling":")" + std::string(660, 'x') + R"("})";
        answer_ =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
    }
    Server(const Server&) = delete;

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < ready; ++i) {
                void* const whose = events[static_cast<std::size_t>(i)].data.ptr;
                if (whose == &listener_)
                    accept_all();
                else if (whose == &writer_)
                    finish_all();
                else
                    receive(*static_cast<Connection*>(whose));
            }
            writer_.add(units_);
        }
    }

private:
    void watch(int file, void* whose) {
        epoll_event event{.events = EPOLLIN, .data = {.ptr = whose}};
        epoll_ctl(poll_, EPOLL_CTL_ADD, file, &event);
    }
    void accept_all() {
        for (;;) {
            const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            florin::bench::send_at_once(socket);
            connections_.push_back(std::make_unique<Connection>());
            connections_.back()->socket = socket;
            watch(socket, connections_.back().get());
        }
    }
    void receive(Connection& connection) {
        std::array<char, 16 * 1024> buffer;
        const long got = recv(connection.socket, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            if (connection.socket >= 0) ::close(connection.socket);
            connection.socket = -1;
            return;
        }
        connection.in.append(buffer.data(), static_cast<std::size_t>(got));
        const auto frame = florin::bench::frame_of(connection.in);
        if (!frame || connection.in.size() < frame->size()) return;
        constexpr std::string_view name = "Idempotency-Key: ";
        const auto key = connection.in.find(name);
        connection.key = key == std::string::npos ? std::string{} : connection.in.substr(key + name.size(), 36);
        connection.in.erase(0, frame->size());
        name_purchase(connection);
        connection.is_intended = false;
        units_.push_back(&connection);
    }
    /// An id that comes after the one before, as a UUID of version 7 does.
    void name_purchase(Connection& connection) {
        ++last_id_;
        connection.id_text.clear();
        for (std::size_t i = 0; i < 16; ++i) {
            connection.id[i] = i < 8 ? static_cast<unsigned char>(last_id_ >> (56 - 8 * i))
                                     : static_cast<unsigned char>(last_id_ * 0x9e3779b97f4a7c15ULL >> (120 - 8 * i));
            if (i == 4 || i == 6 || i == 8 || i == 10) connection.id_text += '-';
            connection.id_text += hex_digits[connection.id[i] >> 4U];
            connection.id_text += hex_digits[connection.id[i] & 15U];
        }
    }
    void finish_all() {
        eventfd_t ignored = 0;
        eventfd_read(writer_.done_event(), &ignored);
        writer_.take_done(done_);
        for (Connection* connection : done_) {
            if (!connection->is_intended) {
                connection->is_intended = true;
                units_.push_back(connection);
            } else if (connection->socket >= 0 &&
                       ::send(connection->socket, answer_.data(), answer_.size(), MSG_NOSIGNAL) < 0) {
                std::perror("send");
            }
        }
        done_.clear();
    }

    int listener_;
    Writer& writer_;
    int poll_ = -1;
    std::string answer_;
    std::uint64_t last_id_ = 0;
    std::vector<Connection*> units_, done_;
    std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int count, char** arguments) {
    const florin::bench::Flags flags{
        count, arguments, {{"data", "."}, {"listen", "0"}, {"migrations", "db/migrations"}}};
    Database database{flags.text("data"), flags.text("migrations")};
    Purchase purchase{database};
    Writer writer{purchase};
    const int listener = florin::bench::listen_on_loopback(static_cast<unsigned short>(flags.count("listen")));
    Server server{listener, writer};
    server.run();
}
