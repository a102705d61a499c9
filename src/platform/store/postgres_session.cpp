#include "postgres_session.hpp"

#include <poll.h>

#include <bit>
#include <cerrno>
#include <charconv>

#include "florin/base/check.hpp"

namespace florin::store {

namespace {

// pg_type.dat; these numbers never change.
constexpr Oid bool_type = 16;
constexpr Oid bytea_type = 17;
constexpr Oid name_type = 19;
constexpr Oid int8_type = 20;
constexpr Oid int2_type = 21;
constexpr Oid int4_type = 23;
constexpr Oid text_type = 25;
constexpr Oid bpchar_type = 1042;
constexpr Oid varchar_type = 1043;
constexpr Oid numeric_type = 1700;
constexpr Oid uuid_type = 2950;

constexpr const char* limit_statements = "limit statements";
constexpr const char* do_not_limit_statements = "do not limit statements";

constexpr std::int64_t first_backoff_ms = 100;
constexpr std::int64_t longest_backoff_ms = 3'000;

Oid type_of(Param::Kind kind) {
    switch (kind) {
        case Param::Kind::null:
            return 0;
        case Param::Kind::integer:
            return int8_type;
        case Param::Kind::text:
            return text_type;
        case Param::Kind::bytes:
            return bytea_type;
        case Param::Kind::id:
            return uuid_type;
    }
    check(false, "every kind of parameter has a type");
    return 0;
}

/// A variant takes a value where it was prepared for that kind, and NULL anywhere.
bool fits(std::span<const Param::Kind> kinds, std::span<const Param> params) {
    if (kinds.size() != params.size()) return false;
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (params[i].kind() != Param::Kind::null && params[i].kind() != kinds[i]) return false;
    return true;
}

template <class Unsigned>
Unsigned read_big_endian(const char* from) {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = static_cast<Unsigned>((value << 8) | static_cast<unsigned char>(from[i]));
    return value;
}

void write_big_endian(std::uint64_t value, std::array<char, 8>& out) {
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(value >> (56 - 8 * i));
}

class PostgresRow final : public Row {
public:
    PostgresRow(const Sql& sql, PGresult& result, int row) : sql_{sql}, result_{result}, row_{row} {}

    bool is_null(int column) const override {
        need(column);
        return PQgetisnull(&result_, row_, column) != 0;
    }
    std::int64_t integer(int column) const override {
        const char* value = not_null(column);
        switch (PQftype(&result_, column)) {
            case int8_type:
                return std::bit_cast<std::int64_t>(read_big_endian<std::uint64_t>(value));
            case int4_type:
                return std::bit_cast<std::int32_t>(read_big_endian<std::uint32_t>(value));
            case int2_type:
                return std::bit_cast<std::int16_t>(read_big_endian<std::uint16_t>(value));
            case bool_type:
                return *value == 0 ? 0 : 1;
            case numeric_type:
                refuse(column, "is numeric; write CAST(… AS BIGINT) in the statement");
            default:
                refuse(column, "is not an integer");
        }
    }
    std::string_view text(int column) const override {
        const char* value = not_null(column);
        switch (PQftype(&result_, column)) {
            case text_type:
            case varchar_type:
            case bpchar_type:
            case name_type:
                return {value, size(column)};
            default:
                refuse(column, "is not text");
        }
    }
    std::span<const std::byte> bytes(int column) const override {
        const char* value = not_null(column);
        const Oid type = PQftype(&result_, column);
        if (type != bytea_type && type != uuid_type) refuse(column, "is neither bytes nor an id");
        return std::as_bytes(std::span{value, size(column)});
    }

private:
    std::size_t size(int column) const { return static_cast<std::size_t>(PQgetlength(&result_, row_, column)); }
    void need(int column) const {
        if (column < 0 || column >= PQnfields(&result_)) refuse(column, "does not exist");
    }
    const char* not_null(int column) const {
        if (is_null(column)) refuse(column, "is NULL");
        return PQgetvalue(&result_, row_, column);
    }
    [[noreturn]] void refuse(int column, const char* why) const {
        throw Failure{Failure::Kind::fault,
                      std::string{sql_.name()} + ": column " + std::to_string(column) + " " + why};
    }

    const Sql& sql_;
    PGresult& result_;
    int row_;
};

std::string field_of(const PGresult& result, int field) {
    const char* text = PQresultErrorField(&result, field);
    return text == nullptr ? std::string{} : std::string{text};
}

bool begins(std::string_view state, std::string_view prefix) { return state.substr(0, prefix.size()) == prefix; }

}  // namespace

Failure failure_of(const PGresult& result, const std::string& statement) {
    const std::string state = field_of(result, PG_DIAG_SQLSTATE);
    const std::string what = statement + ": " + state + " " + field_of(result, PG_DIAG_MESSAGE_PRIMARY) + " " +
                             field_of(result, PG_DIAG_CONSTRAINT_NAME);
    // serialization_failure, deadlock_detected
    if (state == "40001" || state == "40P01") return {Failure::Kind::repeat, what};
    // lock_not_available, query_canceled, connections, resources, the server's own trouble
    for (const char* prefix : {"55P03", "57", "08", "53", "58"})
        if (begins(state, prefix)) return {Failure::Kind::unavailable, what};
    if (state.empty()) return {Failure::Kind::unavailable, what};
    return {Failure::Kind::fault, what};
}

std::int64_t changed_rows(const PGresult& result) {
    // libpq reads the count from the command's tag and does not change what it points to.
    const std::string_view text{PQcmdTuples(const_cast<PGresult*>(&result))};
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

void show_rows(const Sql& sql, PGresult& result, RowSink sink) {
    const int rows = PQntuples(&result);
    for (int row = 0; row < rows; ++row) sink(PostgresRow{sql, result, row});
}

PostgresSession::PostgresSession(std::string url, Role role, World world, Watch watch)
    : url_{std::move(url)}, role_{role}, world_{world}, watch_{std::move(watch)}, statements_(Sql::all().size()) {}

PostgresSession::~PostgresSession() { close(); }

void PostgresSession::ensure_connected() {
    if (connection_ != nullptr) return;
    pollfd stop{watch_.stop_fd, POLLIN, 0};
    if (::poll(&stop, 1, 0) > 0) throw ConnectionLost{"the store is being closed"};
    const std::int64_t now = world_.clock.monotonic_ns();
    if (now < next_attempt_ns_) throw ConnectionLost{"waiting before the next attempt to connect"};
    try {
        connect();
        backoff_ms_ = 0;
    } catch (const Failure& failure) {
        close();
        backoff_ms_ = std::clamp(backoff_ms_ * 2, first_backoff_ms, longest_backoff_ms);
        const auto jitter = static_cast<std::int64_t>(world_.random.below(static_cast<std::uint64_t>(backoff_ms_)));
        next_attempt_ns_ = world_.clock.monotonic_ns() + (backoff_ms_ / 2 + jitter) * 1'000'000;
        throw ConnectionLost{failure.what()};
    }
}

void PostgresSession::connect() {
    // What stands before `dbname` is a default that the URL may override.
    // A dead peer is noticed within half a minute even while a COMMIT waits for its answer.
    const char* const keywords[] = {"target_session_attrs", "connect_timeout",  "keepalives_idle",
                                    "keepalives_interval",  "keepalives_count", "tcp_user_timeout",
                                    "application_name",     "dbname",           nullptr};
    const char* const values[] = {"read-write", "3", "10", "5", "3", "30000", "florin", url_.c_str(), nullptr};
    connection_ = PQconnectdbParams(keywords, values, 1);
    if (connection_ == nullptr) throw ConnectionLost{"out of memory"};
    if (PQstatus(connection_) != CONNECTION_OK) throw ConnectionLost{last_message()};
    PQsetNoticeReceiver(connection_, &PostgresSession::on_notice, this);

    // A statement that waits for a lock gives up rather than holding up everything that shares its
    // commit. No limit on statements: it would also apply to COMMIT, which is never cancelled (F109).
    // A process that stops in mid-transaction must not hold its locks for ever.
    std::string settings =
        "SET statement_timeout = 0; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'; "
        "SET client_min_messages = warning; SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET jit = off; "
        // An answer means that the commit is durable, whatever the role's default is.
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; ";
    const std::string limit = "SET statement_timeout = " + std::to_string(watch_.longest_read.count());
    settings += role_ == Role::reader ? "SET default_transaction_isolation = 'repeatable read'; "
                                        "SET default_transaction_read_only = on; " +
                                            limit
                                      : "SET default_transaction_isolation = 'read committed'";
    simple(settings);
    if (role_ == Role::migrator) return;
    const auto prepare = [this](const char* name, const char* text) {
        const PostgresResult prepared{PQprepare(connection_, name, text, 0, nullptr)};
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) throw ConnectionLost{last_message()};
    };
    for (const char* control : {"BEGIN", "COMMIT", "ROLLBACK", "DISCARD PLANS"}) prepare(control, control);
    if (role_ == Role::reader) {
        prepare(limit_statements, limit.c_str());
        prepare(do_not_limit_statements, "SET statement_timeout = 0");
    }
    if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1)
        throw ConnectionLost{last_message()};
    lane_ = to_text(world_.new_uuid());
}

void PostgresSession::close() {
    if (connection_ != nullptr) PQfinish(connection_);
    connection_ = nullptr;
    is_stale_ = false;
    is_unlimited_ = false;
    for (Statement& known : statements_) known.variants.clear();
    forget_state();
    awaited_.clear();
    lane_.clear();
    used_ = 0;
    plan_anew_at_ = first_plan_anew;
}

void PostgresSession::forget_state() {
    trouble_.reset();
    missed_.clear();
    result_.reset();
    has_reported_slow_ = false;
}

std::string PostgresSession::last_message() const {
    std::string message = connection_ == nullptr ? "not connected" : PQerrorMessage(connection_);
    while (message.ends_with('\n')) message.pop_back();
    return message;
}

void PostgresSession::lose(const std::string& why) {
    const std::string what = why + " " + last_message();
    close();
    throw ConnectionLost{what};
}

void PostgresSession::on_notice(void* self, const PGresult* notice) {
    auto& session = *static_cast<PostgresSession*>(self);
    if (session.is_committing_ && field_of(*notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")
        session.was_warned_ = true;
}

PostgresResult PostgresSession::simple(const std::string& text) {
    PostgresResult result{PQexec(connection_, text.c_str())};
    const ExecStatusType status = PQresultStatus(result.get());
    // A migration may have nothing for this engine.
    const bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (is_good) return result;
    if (PQstatus(connection_) != CONNECTION_OK || !result) throw ConnectionLost{last_message()};
    throw failure_of(*result, text.substr(0, 60));
}

std::string PostgresSession::why_not(const Sql& sql) {
    const PostgresResult prepared{PQprepare(connection_, "", sql.postgres(), 0, nullptr)};
    if (PQresultStatus(prepared.get()) == PGRES_COMMAND_OK) return {};
    // indeterminate_datatype: the types come with the parameters, and there are none yet.
    if (field_of(*prepared, PG_DIAG_SQLSTATE) == "42P18") return {};
    return last_message();
}

void PostgresSession::send_control(const char* name) {
    if (PQsendQueryPrepared(connection_, name, 0, nullptr, nullptr, nullptr, 1) != 1) lose("cannot send");
    awaited_.push_back({.what = Awaited::What::control});
}

void PostgresSession::send_sync() {
    if (PQpipelineSync(connection_) != 1) lose("cannot send");
    awaited_.push_back({.what = Awaited::What::sync});
}

void PostgresSession::begin() {
    send_control("BEGIN");
    plan_anew_sometimes();
}

void PostgresSession::plan_anew_sometimes() {
    if (++used_ < plan_anew_at_) return;
    send_control("DISCARD PLANS");
    plan_anew_at_ = used_ + std::min<std::int64_t>(used_ * 9, 100'000);
}

PostgresSession::Statement& PostgresSession::statement(const Sql& sql) {
    if (sql.index() >= statements_.size()) statements_.resize(sql.index() + 1);
    return statements_[sql.index()];
}

const InsertShape* PostgresSession::insert_shape(const Sql& sql) {
    Statement& known = statement(sql);
    if (!known.is_analysed) {
        known.shape = InsertShape::of(sql.postgres());
        known.is_analysed = true;
    }
    return known.shape ? &*known.shape : nullptr;
}

PostgresSession::Variant& PostgresSession::variant_for(const Sql& sql, std::span<const Param> params, std::size_t owner,
                                                       std::size_t rows) {
    Statement& known = statement(sql);
    for (Variant& variant : known.variants)
        if (variant.rows == rows && fits(variant.kinds, params)) return variant;

    // The types come from the values seen so far. Where that was always NULL the server infers one, and
    // a later call with a value there gets a variant of its own.
    const std::size_t columns = params.size() / rows;
    known.kinds.resize(columns);
    for (std::size_t i = 0; i < params.size(); ++i)
        if (params[i].kind() != Param::Kind::null) known.kinds[i % columns] = params[i].kind();
    Variant& variant = known.variants.emplace_back();
    variant.name = std::string{sql.name()} + "#" + std::to_string(++prepared_);
    variant.rows = rows;
    std::vector<Oid> types;
    for (std::size_t i = 0; i < params.size(); ++i) {
        const Param::Kind kind = params[i].kind() == Param::Kind::null ? known.kinds[i % columns] : params[i].kind();
        variant.kinds.push_back(kind);
        types.push_back(type_of(kind));
    }
    const std::string several = rows == 1 ? "" : insert_shape(sql)->text(rows);
    if (PQsendPrepare(connection_, variant.name.c_str(), rows == 1 ? sql.postgres() : several.c_str(),
                      static_cast<int>(types.size()), types.data()) != 1)
        lose("cannot send");
    awaited_.push_back({.what = Awaited::What::prepared, .owner = owner, .statement = sql.index()});
    return variant;
}

void PostgresSession::send(const Sql& sql, std::span<const Param> params, Want want, std::size_t owner,
                           std::size_t rows) {
    const Variant& variant = variant_for(sql, params, owner, rows);
    const std::size_t count = params.size();
    values_.resize(count);
    lengths_.resize(count);
    formats_.assign(count, 1);
    integers_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Param& param = params[i];
        switch (param.kind()) {
            case Param::Kind::null:
                values_[i] = nullptr;
                lengths_[i] = 0;
                break;
            case Param::Kind::integer:
                write_big_endian(std::bit_cast<std::uint64_t>(param.integer()), integers_[i]);
                values_[i] = integers_[i].data();
                lengths_[i] = 8;
                break;
            case Param::Kind::text:
            case Param::Kind::bytes:
            case Param::Kind::id:
                // A null pointer would mean NULL; an empty text may have one.
                values_[i] = param.data().data() == nullptr ? "" : param.data().data();
                lengths_[i] = static_cast<int>(param.data().size());
                break;
        }
    }
    if (PQsendQueryPrepared(connection_, variant.name.c_str(), static_cast<int>(count), values_.data(), lengths_.data(),
                            formats_.data(), 1) != 1)
        lose("cannot send");
    auto what = Awaited::What::success;
    if (want == Want::one_change) what = Awaited::What::one_change;
    if (want == Want::result) what = Awaited::What::result;
    awaited_.push_back({.what = what, .owner = owner, .statement = sql.index(), .rows = rows});
}

void PostgresSession::flush() {
    if (PQflush(connection_) < 0) lose("cannot send");
}

void PostgresSession::ask_for_answers() {
    // The server answers when it is asked to, or at a sync; after an error only at a sync.
    if (PQsendFlushRequest(connection_) != 1) lose("cannot send");
    flush();
}

PostgresResult PostgresSession::wait_for_result() {
    ask_for_answers();
    const bool is_last_wanted = !awaited_.empty() && awaited_.back().what == Awaited::What::result;
    check(is_last_wanted, "the answer that is waited for was asked for last");
    while (!awaited_.empty()) receive_one();
    if (trouble_) throw trouble_->failure;
    return std::move(result_);
}

void PostgresSession::settle() {
    if (!awaited_.empty()) ask_for_answers();
    while (!awaited_.empty()) receive_one();
    // Everything up to the next sync is skipped by the server, the end of the transaction included.
}

void PostgresSession::commit() {
    check(awaited_.empty() && !is_troubled(), "what is committed has succeeded");
    is_committing_ = true;
    was_warned_ = false;
    try {
        send_control("COMMIT");
        send_sync();
        flush();
        while (!awaited_.empty()) receive_one();
    } catch (const ConnectionLost& lost) {
        is_committing_ = false;
        throw Failure{Failure::Kind::unknown, lost.what()};
    }
    is_committing_ = false;
    if (trouble_) {
        // Refused, so all was rolled back: a deferred constraint, a conflict found at the end.
        const Failure refused = trouble_->failure;
        forget_state();
        throw refused;
    }
    const std::string tag = result_ ? PQcmdStatus(result_.get()) : "";
    forget_state();
    if (tag != "COMMIT") throw Failure{Failure::Kind::unavailable, "the server rolled back: " + tag};
    if (was_warned_) {
        // Committed here, perhaps not on the standby that it was to wait for (F109).
        close();
        throw Failure{Failure::Kind::unknown, "the server warned while it committed"};
    }
}

void PostgresSession::roll_back() {
    if (connection_ == nullptr) return;
    // The sync ends the skipping that an error began. What is still unanswered no longer matters.
    send_sync();
    send_control("ROLLBACK");
    send_sync();
    flush();
    while (!awaited_.empty()) receive_one();
    const bool is_stale = is_stale_;
    forget_state();
    // Another server may be the primary by now, or statements have to be prepared anew.
    if (is_stale) lose("stale");
}

void PostgresSession::begin_view(bool is_unlimited) {
    ensure_connected();
    if (is_unlimited == is_unlimited_) return;
    send_control(is_unlimited ? do_not_limit_statements : limit_statements);
    // A transaction of its own: were the view to fail, this would be taken back too.
    send_sync();
    is_unlimited_ = is_unlimited;
}

void PostgresSession::end_view() {
    if (connection_ == nullptr) return;
    plan_anew_sometimes();
    send_sync();
    flush();
    const bool is_stale = is_stale_;
    forget_state();
    if (is_stale) lose("stale");
}

void PostgresSession::receive_one() {
    wait_for_input();
    const Awaited awaited = awaited_.front();
    PostgresResult result{PQgetResult(connection_)};
    if (PQstatus(connection_) == CONNECTION_BAD) lose("lost");
    if (!result) lose("out of step");
    awaited_.pop_front();
    const bool is_sync = PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
    check(is_sync == (awaited.what == Awaited::What::sync), "answers come in the order of the questions");
    if (is_sync) return;
    take(std::move(result), awaited);
    // Each answer but a sync's is followed by an empty one.
    wait_for_input();
    const PostgresResult end{PQgetResult(connection_)};
    check(end == nullptr, "one statement has one answer");
}

void PostgresSession::take(PostgresResult result, const Awaited& awaited) {
    using What = Awaited::What;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_good) {
        if (awaited.what == What::prepared) statements_[awaited.statement].variants.clear();
        if (status == PGRES_PIPELINE_ABORTED) return;
        const std::string severity = field_of(*result, PG_DIAG_SEVERITY_NONLOCALIZED);
        if (severity == "FATAL" || severity == "PANIC") lose(field_of(*result, PG_DIAG_MESSAGE_PRIMARY));
        if (trouble_) return;
        const bool is_statement = awaited.what != What::control;
        const std::string name = is_statement ? Sql::all()[awaited.statement]->name() : "end of transaction";
        trouble_.emplace(Trouble{failure_of(*result, name), awaited.owner});
        const std::string state = field_of(*result, PG_DIAG_SQLSTATE);
        // read_only_sql_transaction: not the primary any more (F111). feature_not_supported and
        // invalid_sql_statement_name: a migration changed what a prepared statement answers.
        const bool is_demoted = state == "25006" && role_ == Role::writer;
        if (is_demoted || state == "0A000" || state == "26000") {
            is_stale_ = true;
            trouble_->failure = Failure{Failure::Kind::repeat, trouble_->failure.what()};
        }
        return;
    }
    switch (awaited.what) {
        case What::prepared:
            break;
        case What::success:
            break;
        case What::one_change:
            if (changed_rows(*result) != static_cast<std::int64_t>(awaited.rows)) missed_.push_back(awaited.owner);
            break;
        case What::control:
        case What::result:
            result_ = std::move(result);
            break;
        case What::sync:
            break;
    }
}

void PostgresSession::wait_for_input() {
    while (PQisBusy(connection_) != 0) pump();
}

/// How many of the two descriptors have something: the socket, and the end of the store.
int PostgresSession::wait_on_socket(short wanted, Millis at_most) {
    pollfd watched[] = {{PQsocket(connection_), wanted, 0}, {watch_.stop_fd, POLLIN, 0}};
    const int ready = ::poll(watched, 2, static_cast<int>(at_most.count()));
    if (ready <= 0 || watched[0].revents != 0) return ready;
    // The store is being closed. A COMMIT on its way still gets a chance to be answered.
    if (!is_committing_) lose("the store is being closed");
    if (::poll(watched, 1, 5'000) == 0) lose("the store was closed before the commit was answered");
    return 1;
}

void PostgresSession::pump() {
    const int unsent = PQflush(connection_);
    if (unsent < 0) lose("cannot send");
    const auto wanted = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
    // A COMMIT is neither cancelled nor timed out (F109).
    constexpr Millis for_ever{-1};
    const bool is_patient = is_committing_ || is_unlimited_;
    const Millis at_most = !has_reported_slow_ ? watch_.slow_after : is_patient ? for_ever : watch_.patience;
    const int ready = wait_on_socket(wanted, at_most);
    if (ready < 0) {
        if (errno != EINTR) lose("cannot wait");
    } else if (ready > 0) {
        if (PQconsumeInput(connection_) != 1) lose("lost");
    } else if (has_reported_slow_) {
        lose("no answer for too long");
    } else {
        has_reported_slow_ = true;
        watch_.on_slow();
    }
}

}  // namespace florin::store
