#pragma once

#include <libpq-fe.h>

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "florin/store/store.hpp"
#include "postgres_insert.hpp"

namespace florin::store {

/// The session is gone, or has to go. Before COMMIT was sent, nothing of the transaction happened.
class ConnectionLost : public Failure {
public:
    explicit ConnectionLost(const std::string& what) : Failure{Kind::unavailable, what} {}
};

struct PostgresResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, PostgresResultDeleter>;

/// Rows and counts of one answer.
std::int64_t changed_rows(const PGresult& result);
void show_rows(const Sql& sql, PGresult& result, RowSink sink);

/// One session with the server, in libpq's pipeline mode: statements go out in order without
/// waiting, their answers come back in the same order. Used by one thread.
class PostgresSession {
public:
    enum class Role {
        writer,    ///< Explicit transactions, READ COMMITTED.
        reader,    ///< What lies between two calls of `end_view` is one REPEATABLE READ snapshot.
        migrator,  ///< Only `simple` and `why_not`, one at a time.
    };
    /// What of an answer matters.
    enum class Want { success, one_change, result };
    /// Who interrupts and observes the waiting for answers.
    struct Watch {
        /// Readable once the store is being closed.
        int stop_fd = -1;
        /// The server has not answered for `slow_after`: a lock, or a slow disk.
        std::move_only_function<void()> on_slow = [] {};
        Millis slow_after{20};
        /// Without an answer for so long, the session counts as lost. Not for COMMIT.
        Millis patience{30'000};
        /// The server itself ends a reader's statement after so long: one that nobody waits for any more would go on.
        Millis longest_read{10'000};
    };
    /// Why the transaction cannot be committed.
    struct Trouble {
        Failure failure;
        /// Of the statement that failed, as given to `send`.
        std::size_t owner;
    };

    PostgresSession(std::string url, Role role, World world, Watch watch);
    ~PostgresSession();
    PostgresSession(const PostgresSession&) = delete;

    /// Connects if need be. After a failure it waits longer from attempt to attempt, and in between
    /// fails at once. Throws `ConnectionLost`.
    void ensure_connected();
    void close();
    bool is_connected() const { return connection_ != nullptr; }
    /// New with every connection.
    const std::string& lane() const { return lane_; }

    void begin();
    /// Sends a statement without waiting. With several `rows`, which only an `insert_shape` can have, the
    /// parameters of the rows follow one another, and `Want::one_change` wants one of each.
    void send(const Sql& sql, std::span<const Param> params, Want want, std::size_t owner, std::size_t rows = 1);
    /// Null when the statement cannot have several rows.
    const InsertShape* insert_shape(const Sql& sql);
    /// The answer to the last statement, sent with `Want::result`. Throws `Failure` if that or one
    /// before it failed.
    PostgresResult wait_for_result();
    /// Hands what was sent to the network, so that the server begins with it.
    void flush();
    /// Waits until everything sent is answered. Trouble is kept in `trouble` and `missed_claims`.
    void settle();
    bool is_troubled() const { return trouble_.has_value() || !missed_.empty(); }
    const std::optional<Trouble>& trouble() const { return trouble_; }
    /// Owners of the claims that did not change exactly one row.
    const std::vector<std::size_t>& missed_claims() const { return missed_; }

    /// Everything is settled and untroubled. Throws `Failure`: `unknown` when the server's answer is
    /// missing or doubtful, otherwise what the server refused with; then all is rolled back.
    void commit();
    /// Ends the transaction whatever its state is; throws `ConnectionLost`.
    void roll_back();
    /// Before a view: whether its statements may take as long as they take. Throws `ConnectionLost`.
    void begin_view(bool is_unlimited);
    /// Ends a view without waiting for the server.
    void end_view();

    /// One statement outside of everything else, for connecting and migrating. Throws `Failure`.
    PostgresResult simple(const std::string& text);
    /// What the server says against `sql`; empty when nothing. As `simple`.
    std::string why_not(const Sql& sql);

private:
    struct Variant {
        std::string name;
        std::size_t rows;
        std::vector<Param::Kind> kinds;
    };
    struct Statement {
        std::vector<Variant> variants;
        /// What each parameter has been so far, so that a NULL need not be guessed at.
        std::vector<Param::Kind> kinds;
        std::optional<InsertShape> shape;
        bool is_analysed = false;
    };
    struct Awaited {
        enum class What : std::uint8_t { prepared, control, success, one_change, result, sync };
        What what;
        std::size_t owner = 0;
        std::size_t statement = 0;
        std::size_t rows = 1;
    };

    void connect();
    Statement& statement(const Sql& sql);
    Variant& variant_for(const Sql& sql, std::span<const Param> params, std::size_t owner, std::size_t rows);
    void send_control(const char* name);
    void send_sync();
    /// The server keeps a statement's plan for the session. One that was made while a table was small and
    /// nothing was known of it may choose an index that later means reading all of a merchant's rows, so
    /// plans are dropped after 100, 1,000, 10,000 … transactions or views.
    void plan_anew_sometimes();
    void ask_for_answers();
    void receive_one();
    void take(PostgresResult result, const Awaited& awaited);
    /// Blocks until libpq has something to say.
    void wait_for_input();
    int wait_on_socket(short wanted, Millis at_most);
    void pump();
    void forget_state();
    [[noreturn]] void lose(const std::string& why);
    std::string last_message() const;
    static void on_notice(void* self, const PGresult* notice);

    std::string url_;
    Role role_;
    World world_;
    Watch watch_;
    std::string lane_;
    PGconn* connection_ = nullptr;
    std::vector<Statement> statements_;
    std::size_t prepared_ = 0;
    static constexpr std::int64_t first_plan_anew = 100;
    std::int64_t used_ = 0;
    std::int64_t plan_anew_at_ = first_plan_anew;
    std::deque<Awaited> awaited_;
    std::optional<Trouble> trouble_;
    std::vector<std::size_t> missed_;
    PostgresResult result_;
    bool is_committing_ = false;
    bool is_unlimited_ = false;
    bool was_warned_ = false;
    /// The connection works but has to be replaced.
    bool is_stale_ = false;
    bool has_reported_slow_ = false;
    std::int64_t next_attempt_ns_ = 0;
    std::int64_t backoff_ms_ = 0;
    // Room for one statement's parameters, kept between calls.
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::vector<std::array<char, 8>> integers_;
};

/// What a server's refusal means to a unit of work.
Failure failure_of(const PGresult& result, const std::string& statement);

}  // namespace florin::store
