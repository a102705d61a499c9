#pragma once

#include <atomic>
#include <vector>

#include "postgres_rows.hpp"
#include "postgres_session.hpp"

namespace florin::store {

/// Units whose outcome is set, until their callers are resumed, each on its own scheduler.
class Finished {
public:
    /// From here on the unit may be gone as soon as `resume` is called.
    void add(detail::Unit& unit);
    void resume();

private:
    struct Home {
        Scheduler* scheduler;
        std::vector<std::coroutine_handle<>> ready;
    };
    std::vector<Home> homes_;
};

/// How many units share a commit at the moment. Halved when sharing fails, grown back slowly.
class BatchSize {
public:
    explicit BatchSize(std::size_t most) : most_{most}, now_{most} {}
    std::size_t now() const { return now_.load(std::memory_order_relaxed); }
    void worked() { now_.store(std::min(most_, now() + 1 + now() / 8), std::memory_order_relaxed); }
    void failed() { now_.store(std::max<std::size_t>(1, now() / 2), std::memory_order_relaxed); }

private:
    const std::size_t most_;
    std::atomic<std::size_t> now_;
};

/// Whether the last that was asked of the server reached it.
class Reached {
public:
    bool is_so() const { return is_so_.load(std::memory_order_relaxed); }
    /// Without touching the shared line when nothing changes, as it nearly never does.
    void note(bool is_so) {
        if (is_so_.load(std::memory_order_relaxed) != is_so) is_so_.store(is_so, std::memory_order_relaxed);
    }

private:
    std::atomic<bool> is_so_{true};
};

/// Runs units of work on one connection. Units that wait at the same moment share a transaction; what
/// cannot be shared is rolled back and run again, alone where it caused the trouble.
class PostgresWriter {
public:
    PostgresWriter(std::string url, World world, PostgresSession::Watch watch, BatchSize& batch_size, Reached& reached);

    /// Gives every unit its outcome and resumes its caller.
    void run(std::vector<detail::Unit*>& units);

private:
    class UnitTx;
    /// A unit's run as it went, before its transaction's end is known.
    struct Run {
        detail::Unit* unit = nullptr;
        bool has_written = false;
        bool has_refused = false;
        /// Nothing of it may stay, and running it again alone is the way to find out what it wants.
        bool is_culprit = false;
        std::optional<Failure> failure;
    };

    void run_connected(std::vector<Run>& runs);
    /// True when all was committed. Otherwise nothing was, and culprits are marked.
    bool run_together(std::vector<Run*>& runs, bool shares_statements);
    void run_alone(Run& run);
    /// False when the same unit may succeed if it is run again.
    bool try_alone(Run& run);
    enum class Manner { alone, together, sharing_statements };
    void call(Run& run, std::size_t owner, Manner manner);
    void forget();
    void abandon();
    void finish(Run& run);
    void finish_unknown(Run& run, const Failure& failure);
    void forget_connection();

    World world_;
    PostgresSession session_;
    HeldStatements held_{session_};
    Memory memory_, seen_;
    BatchSize& batch_size_;
    Reached& reached_;
    Finished finished_;
};

}  // namespace florin::store
