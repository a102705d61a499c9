#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "florin/jobs/jobs.hpp"
#include "florin/jobs/retry.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::jobs {

/// Works on one job. It may be called again for the same job: after a crash, a lost lease, an error.
/// An error of kind `invalid` says that repeating will not help: the job is dead at once. Any other
/// is retried. An exception counts as an error.
using Handler = std::function<Task<Result<void>>(const Job&)>;

/// How jobs of one kind are run by each worker.
struct Policy {
    std::size_t concurrency = 4;
    Retry retry = {};
    /// A worker that does not renew it in time loses the job to another. Renewed at every third of it.
    Millis lease{30'000};
    /// So often a job may have been under way when its process or its lease died, the last time alone. Then it is
    /// dead, because it is what kills them (F59). At least two.
    std::int64_t max_lost_leases = 3;
    /// At which provider an attempt of this job is made, so that all kinds of job share its budget of repeats (F68).
    /// Empty: at none.
    std::function<std::string(const Job&)> provider = {};
};

/// Runs jobs on the scheduler of `run`. Attempts are counted and leases taken in a commit before a
/// handler starts (F59); leases are renewed while it runs (F57); results are recorded only under the
/// lease's token (F56). Merchants take turns (F64), and kinds without a handler are left alone (F67).
class Worker {
public:
    struct Options {
        std::string name;         ///< Which process: shown to operators.
        Millis poll{500};         ///< How long a job waits that nobody announced with `wake`.
        std::size_t batch = 256;  ///< Jobs claimed in one unit.
        /// How many repeats a minute this process makes at one provider. What is too much waits, and no attempt is
        /// counted.
        std::int64_t retries_per_minute = 600;
    };
    /// `store` and `world` outlive the worker; the worker outlives the tasks of its scheduler.
    Worker(store::Store& store, World world, Options options);
    ~Worker();
    Worker(const Worker&) = delete;

    /// Before `run`.
    void handle(std::string kind, Policy policy, Handler handler);
    /// Until `stop` is set; then no more is claimed, and what runs is waited for.
    Task<void> run(Signal& stop);
    /// There may be something to do: to be called after a commit that enqueued. Any thread.
    void wake();
    std::size_t running() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace florin::jobs
