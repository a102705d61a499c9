#include "sqlite_store.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "florin/base/check.hpp"
#include "sqlite_confirmer.hpp"
#include "sqlite_engine.hpp"
#include "sqlite_file.hpp"
#include "sqlite_wal.hpp"
#include "write_queue.hpp"

namespace florin::store::sqlite {
namespace {

/// How long nothing must have waited before the log is moved into the database, and how long a store
/// that could not write waits before it tries by itself.
constexpr Millis quiet_time{500};

const Sql probe{"store.probe", "PRAGMA user_version = 0", "SELECT 1"};
const Sql touch_sql{"store.touch", "PRAGMA user_version", "SELECT 1"};

/// How often it is looked for units that came while the commit before them is on its way to the disk. Each of them
/// would wake the writer otherwise.
constexpr std::chrono::microseconds look_pause{200};

void configure_writer(Connection& connection) {
    connection.execute(
        "PRAGMA page_size = 4096;"
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = OFF;"
        "PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA journal_size_limit = 67108864;"
        "PRAGMA cache_size = -32768;"
        "PRAGMA temp_store = MEMORY;"
        "PRAGMA secure_delete = FAST;"
        "PRAGMA busy_timeout = 100;");
    check(connection.integer("PRAGMA synchronous") == 2, "a commit waits for the disk");
}

/// How many there have been. Whoever was answered had theirs confirmed; a snapshot may show one that is not yet.
struct Commits {
    std::atomic<std::uint64_t> written{0};  ///< Raised before the log is written.
    std::atomic<std::uint64_t> confirmed{0};
};

/// A connection that only reads. It never writes, checkpoints, or tidies up when it closes.
class ReadConnection {
public:
    ReadConnection(const std::string& path, Clock& clock, Millis longest_read)
        : clock_{clock}, longest_read_{longest_read}, connection_{path, SQLITE_OPEN_READONLY} {
        sqlite3_db_config(connection_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        connection_.execute(
            "PRAGMA query_only = ON;"
            "PRAGMA wal_autocheckpoint = 0;"
            "PRAGMA cache_size = -8192;"
            "PRAGMA temp_store = MEMORY;"
            "PRAGMA busy_timeout = 1000;");
        constexpr int steps_between_looks = 20'000;
        sqlite3_progress_handler(
            connection_.handle(), steps_between_looks,
            [](void* self) {
                const auto* reading = static_cast<const ReadConnection*>(self);
                return reading->clock_.monotonic_ns() > reading->deadline_ns_ ? 1 : 0;
            },
            this);
    }
    ReadConnection(const ReadConnection&) = delete;

    /// False when the engine failed. As long as no more commits are confirmed the last read's snapshot serves again,
    /// which spares two locks and a look at the log.
    bool show(detail::Unit& unit, const Commits& commits) {
        deadline_ns_ = unit.is_unlimited ? std::numeric_limits<std::int64_t>::max()
                                         : clock_.monotonic_ns() + std::chrono::nanoseconds{longest_read_}.count();
        const std::uint64_t confirmed = commits.confirmed;
        if (shows_at_least_ < confirmed) forget();
        // A transaction alone has none yet: the last view may have asked nothing.
        const bool is_new = sqlite3_txn_state(connection_.handle(), "main") == SQLITE_TXN_NONE;
        const bool is_well = View{connection_}.show_and_keep(unit);
        if (is_new) {
            shows_at_least_ = confirmed;
            shows_at_most_ = commits.written;
        }
        is_used_ = true;
        return is_well;
    }
    /// How many commits it may have shown.
    std::uint64_t shows_at_most() const { return shows_at_most_; }
    /// Takes a new snapshot for whoever reads next, while all that is written is confirmed; not where nobody reads.
    void renew(std::uint64_t confirmed, bool is_next) {
        if (!std::exchange(is_used_, false) && !is_next) return;
        forget();
        if (!View{connection_}.begin(touch_sql)) return;
        shows_at_least_ = shows_at_most_ = confirmed;
    }
    /// Gives up the snapshot: it keeps the log from starting anew.
    void forget() { View{connection_}.end(); }
    Connection& connection() { return connection_; }

private:
    Clock& clock_;
    Millis longest_read_;
    std::int64_t deadline_ns_ = 0;
    std::uint64_t shows_at_least_ = 0, shows_at_most_ = 0;
    bool is_used_ = false;
    Connection connection_;
};

class SqliteStore final : public Store {
public:
    SqliteStore(DataDirectory directory, std::unique_ptr<Connection> connection, World world, Limits limits)
        : world_{world},
          limits_{limits},
          directory_{std::move(directory)},
          connection_{std::move(connection)},
          writer_{*connection_, world.clock},
          wal_{*connection_, [this] { forget_snapshots(); }},
          queue_{limits.waiting_units},
          confirmer_{connection_->handle(), [this] { settle(on_their_way_); }} {
        // A commit no longer waits for the disk by itself; moving the log still does, before and after.
        connection_->execute("PRAGMA synchronous = NORMAL");
        // The process before may have died between writing to the log and hearing of the disk.
        confirmer_.confirm();
        thread_ = std::thread{[this] { write_until_closed(); }};
    }

    ~SqliteStore() override {
        queue_.close();
        thread_.join();
        readers_.clear();
        // The last connection moves the log into the database as it closes, then the lock is given up.
        connection_.reset();
    }

    Engine engine() const override { return Engine::sqlite; }
    bool is_healthy() const override { return can_write_.load() && can_read_.load(); }

    std::string why_not(const Sql& sql) override {
        auto reader = take_reader();
        std::string why = reader->connection().why_not(sql);
        give_back(std::move(reader));
        return why;
    }

    void submit_write(detail::Unit& unit) override {
        if (queue_.push(unit)) return;
        unit.refuse(Failure{Failure::Kind::unavailable, "too many units of work wait"});
        unit.home->post(unit.awaiting);
    }

    bool submit_read(detail::Unit& unit) override {
        std::uint64_t shown = 0;
        try {
            auto reader = take_reader();
            note(can_read_, reader->show(unit, commits_));
            shown = reader->shows_at_most();
            give_back(std::move(reader));
        } catch (const Failure& failure) {
            note(can_read_, false);
            unit.refuse(failure);
        }
        return shown <= commits_.confirmed || !hold_back(unit, shown);
    }

private:
    void write_until_closed() {
        std::vector<detail::Unit*> units;
        units.reserve(limits_.units_per_commit);
        for (;;) {
            // Asked first: what was pushed before the queue was closed is still written.
            const bool is_closing = queue_.is_closed();
            // Whatever came while the last commit was written shares the next one.
            queue_.take(limits_.units_per_commit, units);
            if (!units.empty()) {
                write(units);
            } else if (is_closing) {
                confirmer_.wait();
                return;
            } else if (!queue_.sleep(quiet_time)) {
                confirmer_.wait();
                // Nobody may send work to a store that says it is ill, so it finds out by itself.
                if (!can_write_.load()) note(can_write_, writer_.run_units({}) && try_disk());
                wal_.at_rest();
            }
        }
    }

    void write(std::vector<detail::Unit*>& units) {
        bool is_well = true;
        std::size_t ran = 0;
        for (bool is_busy = true; is_well && is_busy;) {
            // What comes while the last commit is on its way to the disk shares this one, and then those that it held
            // up.
            is_busy = confirmer_.is_busy() && units.size() < limits_.units_per_commit;
            if (is_busy)
                take_more(units, limits_.units_per_commit);
            else
                wait_for_company(units);
            if (ran < units.size())
                is_well = writer_.run_units(units, std::exchange(ran, units.size()));
            else if (is_busy)
                confirmer_.wait_for(look_pause);
        }
        confirmer_.wait();
        recent_sum_ += units.size() - recent_sum_ / recent_commits;
        // Before it is written: a snapshot that shows it is held back.
        ++commits_.written;
        const std::uint64_t grown_before = wal_.times_grown();
        is_well = is_well && writer_.commit(units);
        note(can_write_, is_well);
        // They failed, or have written nothing.
        if (wal_.times_grown() == grown_before) return settle(units);
        is_log_long_ = wal_.is_long();
        if (recent_sum_ >= 2 * recent_commits && !wal_.wants_moving()) {
            // The next ones need not wait for the disk.
            on_their_way_.swap(units);
            return confirmer_.begin();
        }
        // Who is alone is answered sooner without another thread.
        confirmer_.confirm();
        settle(units);
        wal_.after_commit();
    }

    /// The disk has all that is written. On the writer's thread or, while that writes nothing, on the confirmer's.
    void settle(std::span<detail::Unit* const> units) {
        const std::uint64_t confirmed = commits_.written;
        {
            const std::lock_guard lock{readers_mutex_};
            // The last is the next to be taken.
            if (!is_log_long_)
                for (const auto& reader : readers_) reader->renew(confirmed, reader == readers_.back());
        }
        // Before anybody hears of it: who reads afterwards reads what was written.
        commits_.confirmed = confirmed;
        answer(units);
        const std::lock_guard lock{held_back_mutex_};
        answer(std::exchange(held_back_, {}));
    }

    /// Keeps what a read has found from its caller until the disk has all of it, so that nobody hears of what a power
    /// cut may undo. False when it has by now.
    bool hold_back(detail::Unit& unit, std::uint64_t shown) {
        const std::lock_guard lock{held_back_mutex_};
        if (shown <= commits_.confirmed) return false;
        held_back_.push_back(&unit);
        return true;
    }

    /// Callers that were answered together come back nearly together, and a commit costs much the same
    /// with them as without: so it waits, for less than it takes itself, for as many as lately shared
    /// one. A caller who is alone does not wait.
    void wait_for_company(std::vector<detail::Unit*>& units) {
        constexpr std::int64_t longest_wait_ns = 60'000;
        constexpr int most_looks = 1'000;  // Whatever the clock says.
        const std::size_t expected = std::min(recent_sum_ / recent_commits, limits_.units_per_commit);
        const std::int64_t end_ns = world_.clock.monotonic_ns() + longest_wait_ns;
        for (int look = 0; units.size() < expected && look < most_looks; ++look) {
            if (world_.clock.monotonic_ns() >= end_ns) break;
            std::this_thread::yield();
            take_more(units, expected);
        }
    }

    void take_more(std::vector<detail::Unit*>& units, std::size_t most) {
        queue_.take(most - units.size(), latecomers_);
        units.insert(units.end(), latecomers_.begin(), latecomers_.end());
    }

    /// Writes a page, in the open transaction, and waits for the disk.
    bool try_disk() {
        if (connection_->step(probe) != SQLITE_DONE) {
            writer_.roll_back();
            return false;
        }
        if (!writer_.commit({})) return false;
        confirmer_.confirm();
        return true;
    }

    /// Resumes the callers, each scheduler being woken once. From then on the units are theirs.
    void answer(std::span<detail::Unit* const> units) {
        for (const detail::Unit* unit : units) {
            auto found = std::ranges::find(homes_, unit->home, &Home::scheduler);
            if (found == homes_.end()) found = homes_.insert(homes_.end(), Home{unit->home, {}});
            found->ready.push_back(unit->awaiting);
        }
        for (Home& home : homes_) {
            if (!home.ready.empty()) home.scheduler->post_all(home.ready);
            home.ready.clear();
        }
    }

    std::unique_ptr<ReadConnection> take_reader() {
        {
            const std::lock_guard lock{readers_mutex_};
            if (!readers_.empty()) {
                auto reader = std::move(readers_.back());
                readers_.pop_back();
                return reader;
            }
        }
        return std::make_unique<ReadConnection>(directory_.database(), world_.clock, limits_.longest_read);
    }

    void give_back(std::unique_ptr<ReadConnection> reader) {
        if (is_log_long_) reader->forget();
        const std::lock_guard lock{readers_mutex_};
        readers_.push_back(std::move(reader));
    }

    /// Those of readers that nobody uses just now.
    void forget_snapshots() {
        const std::lock_guard lock{readers_mutex_};
        for (const auto& reader : readers_) reader->forget();
    }

    /// Without touching the shared line when nothing changes, as it nearly never does.
    static void note(std::atomic<bool>& state, bool is_well) {
        if (state.load(std::memory_order_relaxed) != is_well) state.store(is_well);
    }

    struct Home {
        Scheduler* scheduler;
        std::vector<std::coroutine_handle<>> ready;
    };

    World world_;
    Limits limits_;
    DataDirectory directory_;
    std::unique_ptr<Connection> connection_;
    Writer writer_;
    WalKeeper wal_;
    WriteQueue queue_;
    std::vector<Home> homes_;
    std::vector<detail::Unit*> latecomers_;
    /// How many units shared the last so many commits, fading.
    static constexpr std::size_t recent_commits = 16;
    std::size_t recent_sum_ = 0;
    Commits commits_;
    std::atomic<bool> can_write_{true};
    std::atomic<bool> can_read_{true};
    /// No reader keeps its snapshot: the log is to start anew.
    std::atomic<bool> is_log_long_{false};
    std::mutex readers_mutex_;
    /// Those that nobody uses. There are never more than threads that read.
    std::vector<std::unique_ptr<ReadConnection>> readers_;
    std::mutex held_back_mutex_;
    std::vector<detail::Unit*> held_back_;
    /// What the confirmer waits for.
    std::vector<detail::Unit*> on_their_way_;
    Confirmer confirmer_;
    std::thread thread_;
};

/// The data directory with its schema brought up to date.
struct Opened {
    DataDirectory directory;
    std::unique_ptr<Connection> connection;
    Migrated migrated;
};

Result<Opened> open_migrated(const std::string& directory, World world, std::span<const Migration> schema) {
    auto locked = DataDirectory::open(directory);
    if (!locked) return fail(locked.error());
    try {
        auto connection = std::make_unique<Connection>(locked->database(), SQLITE_OPEN_READWRITE);
        configure_writer(*connection);
        const auto migrated = migrate(migration_target(*connection), schema, world.clock.now());
        if (!migrated) return fail(migrated.error());
        return Opened{std::move(*locked), std::move(connection), *migrated};
    } catch (const Failure& failure) {
        return fail(ErrorKind::unavailable, "storage_unavailable", locked->database() + ": " + failure.what());
    }
}

}  // namespace

Result<std::unique_ptr<Store>> open(const std::string& directory, World world, std::span<const Migration> schema,
                                    Limits limits) {
    auto opened = open_migrated(directory, world, schema);
    if (!opened) return fail(opened.error());
    return std::make_unique<SqliteStore>(std::move(opened->directory), std::move(opened->connection), world, limits);
}

}  // namespace florin::store::sqlite

namespace florin::store {

Result<std::unique_ptr<Store>> open_sqlite(const std::string& directory, World world) {
    return sqlite::open(directory, world, migrations(), sqlite::Limits{});
}

Result<Migrated> migrate_sqlite(const std::string& directory, World world) {
    auto opened = sqlite::open_migrated(directory, world, migrations());
    if (!opened) return fail(opened.error());
    return opened->migrated;
}

}  // namespace florin::store
