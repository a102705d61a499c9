#include "florin/base/check.hpp"
#include "sqlite_engine.hpp"

namespace florin::store {
namespace {

/// How long a commit takes on the virtual clock: long enough for others to come in between.
constexpr Millis commit_takes{1};

/// What outlives every process.
struct Database {
    sqlite::Connection connection{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY};
    std::vector<sqlite::Writer*> writers;
};

class SqliteSimStore final : public SimStore {
public:
    SqliteSimStore(std::shared_ptr<Database> database, Scheduler& scheduler, World world)
        : database_{std::move(database)}, scheduler_{scheduler}, writer_{connection_, world.clock} {
        database_->writers.push_back(&writer_);
    }
    ~SqliteSimStore() override { std::erase(database_->writers, &writer_); }
    SqliteSimStore(const SqliteSimStore&) = delete;
    const std::shared_ptr<Database>& database() const { return database_; }

    Engine engine() const override { return Engine::sqlite; }
    bool is_healthy() const override { return true; }
    std::string why_not(const Sql& sql) override { return connection_.why_not(sql); }
    std::uint64_t commits() const override { return commits_; }

    void submit_write(detail::Unit& unit) override {
        waiting_.push_back(&unit);
        if (std::exchange(is_commit_due_, true)) return;
        scheduler_.call_after(commit_takes, [this, life = life_] {
            // A timer that outlived the crash (only if the scheduler was not told) finds another life.
            if (life == life_) commit_waiting();
        });
    }

    bool submit_read(detail::Unit& unit) override {
        sqlite::View{connection_}.show(unit);
        return true;
    }

    void crash() override {
        waiting_.clear();
        is_commit_due_ = false;
        ++life_;
        writer_.roll_back();
    }

private:
    void commit_waiting() {
        is_commit_due_ = false;
        const std::vector<detail::Unit*> units = std::exchange(waiting_, {});
        const std::uint64_t commit = commits_ + 1;
        if (writer_.run_units(units)) {
            if (crash_here && crash_here(true, commit)) return end_process();
            if (fail_commit && fail_commit(commit)) {
                writer_.roll_back();
                sqlite::refuse_all(units, Failure{Failure::Kind::unavailable, "simulated: the commit fails"});
            } else if (writer_.commit(units)) {
                commits_ = commit;
                // What the other processes' connections remember may not be so any more.
                for (sqlite::Writer* other : database_->writers)
                    if (other != &writer_) other->roll_back();
                if (crash_here && crash_here(false, commit)) return end_process();
                if (lose_commit_answer && lose_commit_answer(commit))
                    sqlite::refuse_all(units, Failure{Failure::Kind::unknown, "simulated: the answer is lost"});
            }
        }
        for (detail::Unit* unit : units) unit->home->post(unit->awaiting);
    }

    /// Nothing may touch a unit afterwards: its frame is gone.
    void end_process() {
        crash();
        if (on_crash) on_crash();
    }

    std::shared_ptr<Database> database_;
    Scheduler& scheduler_;
    sqlite::Connection& connection_ = database_->connection;
    sqlite::Writer writer_;
    std::vector<detail::Unit*> waiting_;
    bool is_commit_due_ = false;
    std::uint64_t life_ = 0;
    std::uint64_t commits_ = 0;
};

/// Migrates once for all databases of the process: it takes longer than most of what is then tried on one of them.
void copy_schema(sqlite::Connection& to) {
    static std::mutex one_at_a_time;
    const std::scoped_lock lock{one_at_a_time};
    static const std::unique_ptr<Database> migrated = [] {
        auto first = std::make_unique<Database>();
        const auto done = migrate(sqlite::migration_target(first->connection), migrations(), Instant{0});
        check(done.has_value(), "an empty database takes every migration");
        return first;
    }();
    sqlite3_backup* copy = sqlite3_backup_init(to.handle(), "main", migrated->connection.handle(), "main");
    check(copy != nullptr, "an empty database takes a copy");
    check(sqlite3_backup_step(copy, -1) == SQLITE_DONE, "a database in memory is copied at once");
    check(sqlite3_backup_finish(copy) == SQLITE_OK, "a database in memory is copied at once");
}

}  // namespace

std::unique_ptr<SimStore> SimStore::open(Scheduler& scheduler, World world) {
    auto database = std::make_shared<Database>();
    copy_schema(database->connection);
    return std::make_unique<SqliteSimStore>(std::move(database), scheduler, world);
}

std::unique_ptr<SimStore> SimStore::open_beside(SimStore& first, Scheduler& scheduler, World world) {
    return std::make_unique<SqliteSimStore>(static_cast<SqliteSimStore&>(first).database(), scheduler, world);
}

}  // namespace florin::store
