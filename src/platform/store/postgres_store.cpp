#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "florin/base/check.hpp"
#include "florin/store/open.hpp"
#include "migrate.hpp"
#include "postgres_queue.hpp"
#include "postgres_session.hpp"
#include "postgres_tuning.hpp"
#include "postgres_writer.hpp"

namespace florin::store {

namespace {

class SessionReader final : public Reader {
public:
    explicit SessionReader(PostgresSession& session) : Reader{seen_here_}, session_{session} {}
    Engine engine() const override { return Engine::postgres; }
    void query(const Sql& sql, std::span<const Param> params, RowSink sink) override {
        session_.send(sql, params, PostgresSession::Want::result, 0);
        const PostgresResult result = session_.wait_for_result();
        show_rows(sql, *result, sink);
    }

private:
    PostgresSession& session_;
    Memory seen_here_;
};

/// Runs `unit` on `session`. Throws `ConnectionLost`; any other failure is the unit's outcome.
void view(detail::Unit& unit, PostgresSession& session) {
    session.begin_view(unit.is_unlimited);
    SessionReader reader{session};
    unit.escaped = nullptr;
    std::optional<Failure> failure;
    try {
        unit.view(reader);
    } catch (const ConnectionLost&) {
        throw;
    } catch (const Failure& refused) {
        failure = refused;
    } catch (...) {
        unit.escaped = std::current_exception();
    }
    session.end_view();
    if (!failure) return;
    if (failure->kind == Failure::Kind::repeat) failure->kind = Failure::Kind::unavailable;
    unit.refuse(*failure);
}

class PostgresStore final : public Store {
public:
    PostgresStore(const PostgresOptions& options, const PostgresTuning& tuning, World world)
        : options_{options},
          tuning_{tuning},
          world_{world},
          stop_fd_{::eventfd(0, EFD_CLOEXEC)},
          batch_size_{options.max_units_per_commit},
          writes_{{.waiting = tuning.waiting, .at_once = tuning.writing_at_once, .join_at = tuning.join_at}},
          reads_{{.waiting = tuning.waiting, .at_once = tuning.reading_at_once, .join_at = 1}} {
        check(stop_fd_ >= 0, "the process may open one more descriptor");
        const std::size_t writers = std::max<std::size_t>(1, options.connections / 2);
        const std::size_t readers = std::max<std::size_t>(1, options.connections - writers);
        for (std::size_t i = 0; i < writers; ++i) threads_.emplace_back([this] { serve_writes(); });
        for (std::size_t i = 0; i < readers; ++i) threads_.emplace_back([this] { serve_reads(); });
    }

    ~PostgresStore() override {
        std::vector<detail::Unit*> left = writes_.close();
        const std::vector<detail::Unit*> views = reads_.close();
        left.insert(left.end(), views.begin(), views.end());
        const std::uint64_t one = 1;
        check(::write(stop_fd_, &one, sizeof one) == sizeof one, "an event can be signalled");
        for (std::thread& thread : threads_) thread.join();
        Finished finished;
        for (detail::Unit* unit : left) {
            unit->refuse({Failure::Kind::unavailable, "the store is being closed"});
            finished.add(*unit);
        }
        finished.resume();
        ::close(stop_fd_);
    }

    Engine engine() const override { return Engine::postgres; }
    /// Whether the last that was asked of the server reached it. Sessions heal themselves with the next unit.
    bool is_healthy() const override { return reached_.is_so(); }

    std::string why_not(const Sql& sql) override {
        PostgresSession session{options_.url, PostgresSession::Role::migrator, world_, {}};
        session.ensure_connected();
        return session.why_not(sql);
    }

    void submit_write(detail::Unit& unit) override {
        if (writes_.push(unit)) return;
        unit.refuse(full());
        unit.home->post(unit.awaiting);
    }

    bool submit_read(detail::Unit& unit) override {
        if (reads_.push(unit)) return false;
        unit.refuse(full());
        return true;
    }

private:
    static Failure full() { return {Failure::Kind::unavailable, "too many units of work are waiting"}; }

    PostgresSession::Watch watch(UnitQueue& queue, UnitQueue::Worker& worker) {
        PostgresSession::Watch watch;
        watch.stop_fd = stop_fd_;
        watch.on_slow = [&queue, &worker] { queue.held_up(worker); };
        watch.slow_after = tuning_.slow_after;
        watch.longest_read = tuning_.longest_read;
        return watch;
    }

    void serve_writes() {
        UnitQueue::Worker worker;
        PostgresWriter writer{options_.url, world_, watch(writes_, worker), batch_size_, reached_};
        std::vector<detail::Unit*> units;
        while (writes_.take(worker, batch_size_.now(), units)) writer.run(units);
    }

    void serve_reads() {
        UnitQueue::Worker worker;
        PostgresSession session{options_.url, PostgresSession::Role::reader, world_, watch(reads_, worker)};
        std::vector<detail::Unit*> units;
        while (reads_.take(worker, 1, units)) {
            detail::Unit& unit = *units.front();
            // A session that has died meanwhile is found out by using it; reading again is safe.
            for (int attempt = 0;; ++attempt) {
                try {
                    view(unit, session);
                    reached_.note(true);
                    break;
                } catch (const ConnectionLost& lost) {
                    session.close();
                    if (attempt == 0) continue;
                    reached_.note(false);
                    unit.refuse(lost);
                    break;
                }
            }
            unit.home->post(unit.awaiting);
        }
    }

    const PostgresOptions options_;
    const PostgresTuning tuning_;
    const World world_;
    const int stop_fd_;
    BatchSize batch_size_;
    Reached reached_;
    UnitQueue writes_;
    UnitQueue reads_;
    std::vector<std::thread> threads_;
};

/// Only one process migrates at a time; the others wait for it and find it done.
constexpr const char* lock_migrations = "SET lock_timeout = 0; SELECT pg_advisory_lock(5137001001)";

}  // namespace

Result<Migrated> migrate_postgres(const std::string& url, World world) {
    return migrate_postgres(url, migrations(), world);
}

Result<Migrated> migrate_postgres(const std::string& url, std::span<const Migration> known, World world) {
    PostgresSession session{url, PostgresSession::Role::migrator, world, {}};
    try {
        session.ensure_connected();
        session.simple(lock_migrations);
        MigrationTarget target;
        target.engine = Engine::postgres;
        target.execute = [&](const std::string& statements) { session.simple(statements); };
        target.applied = [&](const std::string& query) {
            const PostgresResult result = session.simple(query);
            std::vector<Applied> rows;
            for (int row = 0; row < PQntuples(result.get()); ++row)
                rows.push_back({std::stoi(PQgetvalue(result.get(), row, 0)), PQgetvalue(result.get(), row, 1),
                                PQgetvalue(result.get(), row, 2)});
            return rows;
        };
        return migrate(target, known, world.clock.now());
    } catch (const Failure& failure) {
        if (failure.kind == Failure::Kind::fault) throw;
        return fail(ErrorKind::unavailable, "storage_unavailable", failure.what());
    }
}

Result<std::unique_ptr<Store>> open_postgres(PostgresOptions options, World world) {
    return open_postgres(std::move(options), PostgresTuning{}, migrations(), world);
}

Result<std::unique_ptr<Store>> open_postgres(PostgresOptions options, const PostgresTuning& tuning,
                                             std::span<const Migration> known, World world) {
    const auto migrated = migrate_postgres(options.url, known, world);
    if (!migrated) return fail(migrated.error());
    return std::make_unique<PostgresStore>(options, tuning, world);
}

}  // namespace florin::store
