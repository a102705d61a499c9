#include "florin/jobs/worker.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "florin/base/check.hpp"
#include "florin/json/clean.hpp"
#include "florin/telemetry/log.hpp"
#include "job_store.hpp"

namespace florin::jobs {
namespace {

/// How often an outcome is written again before the job is left to the end of its lease.
constexpr int record_tries = 3;
constexpr Millis record_pause{1'000};
constexpr std::size_t longest_reason = 500;

std::int64_t most_attempts(const Policy& policy, const Job& job) {
    return policy.retry.most_attempts.value_or(job.max_attempts);
}

/// May repeat what somebody else wrote, of any octets and any length.
std::string said(const Error& error) { return json::clean_text(error.code + ": " + error.message, longest_reason); }

}  // namespace

struct Worker::Impl : std::enable_shared_from_this<Worker::Impl> {
    struct Kind {
        Policy policy;
        Handler handler;
        std::size_t running = 0;
        std::size_t free() const { return policy.concurrency - running; }
    };

    store::Store& store;
    World world;
    Options options;
    std::map<std::string, Kind> kinds;
    std::size_t running = 0;
    Signal awake;
    MerchantId served_first{INT64_MIN};
    std::atomic<Scheduler*> home = nullptr;
    std::atomic<bool> is_wake_underway = false;

    Impl(store::Store& on, World in, Options with) : store{on}, world{in}, options{std::move(with)} {}

    std::string free_kinds() const {
        std::string names;
        for (const auto& [name, kind] : kinds)
            if (kind.free() > 0) names.append(names.empty() ? "" : ",").append(name);
        return names;
    }

    /// The next merchant after the one that came first last time comes first now (F64).
    void rotate(std::vector<Due>& due) {
        const auto first = std::ranges::find_if(due, [&](const Due& each) { return each.merchant > served_first; });
        std::ranges::rotate(due, first == due.end() ? due.begin() : first);
        served_first = due.front().merchant;
    }

    /// Claims a fair share for everybody who has something due. Where that leaves room, the next round,
    /// which follows at once, fills it.
    Result<std::vector<Job>> take(Tx& tx, const std::vector<Due>& due) const {
        std::map<std::string, std::size_t> merchants;
        for (const Due& each : due) ++merchants[each.kind];
        std::map<std::string, std::size_t> taken;
        std::vector<Job> claimed;
        for (const Due& each : due) {
            const Kind& kind = kinds.at(each.kind);
            const std::size_t share = std::max<std::size_t>(kind.free() / merchants[each.kind], 1);
            const std::size_t limit = std::min({share, kind.free() - taken[each.kind], options.batch - claimed.size()});
            if (limit == 0) continue;
            const Claim wanted{each, options.name, kind.policy.lease, static_cast<std::int64_t>(limit)};
            for (Job& job : claim(tx, wanted)) {
                if (job.lost_leases >= kind.policy.max_lost_leases || job.attempt > most_attempts(kind.policy, job)) {
                    // Nobody said why it did not end: it may be what kills its process.
                    check(bury(tx, job, "lease_lost: the job was under way when its worker was lost"),
                          "what was just claimed is ours");
                    continue;
                }
                ++taken[each.kind];
                claimed.push_back(std::move(job));
            }
        }
        return claimed;
    }

    /// True when something was claimed: then there may be more.
    Task<bool> claim_round() {
        const std::string names = free_kinds();
        if (names.empty()) co_return false;
        auto read_due = [&](Reader& reader) -> Result<std::vector<Due>> {
            return select_due(reader, names, world.clock.now());
        };
        auto due = co_await store.read(read_due);
        if (!due || due->empty()) co_return false;
        rotate(*due);
        auto take_jobs = [&](Tx& tx) { return take(tx, *due); };
        auto claimed = co_await store.write(take_jobs);
        if (!claimed) co_return false;
        for (Job& job : *claimed) {
            ++kinds.at(job.kind).running;
            ++running;
            Scheduler::current().spawn(execute(shared_from_this(), std::move(job)));
        }
        co_return !claimed->empty();
    }

    static Task<void> execute(std::shared_ptr<Impl> self, Job job) {
        Kind& kind = self->kinds.at(job.kind);
        Signal ended;
        Scheduler::current().spawn(keep_lease(self, job, kind.policy.lease, ended));
        Result<void> outcome;
        try {
            outcome = co_await kind.handler(job);
        } catch (const std::exception& failure) {
            outcome = fail(ErrorKind::unavailable, "exception", failure.what());
        }
        ended.set();
        co_await self->record(job, kind.policy, outcome);
        --kind.running;
        --self->running;
        self->awake.set();
    }

    static Task<void> keep_lease(std::shared_ptr<Impl> self, Job job, Millis lease, Signal ended) {
        while (!co_await ended.wait_for(lease / 3)) {
            auto renew_lease = [&](Tx& tx) -> Result<bool> { return renew(tx, job, lease); };
            const auto renewed = co_await self->store.write(renew_lease);
            if (!renewed || *renewed || ended.is_set()) continue;
            *job.is_lost = true;
            log::warning("job.lease_lost", {{"job_id", job.id},
                                            {"kind", job.kind},
                                            {"merchant", job.merchant},
                                            {"correlation_id", job.correlation_id}});
            co_return;
        }
    }

    Task<void> record(const Job& job, const Policy& policy, const Result<void>& outcome) {
        if (outcome && *job.is_settled) co_return;
        const auto wait = wait_after(policy.retry, job.attempt, world.random);
        const bool is_last = !outcome && (outcome.error().kind == ErrorKind::invalid || !wait ||
                                          job.attempt >= most_attempts(policy, job));
        auto write_outcome = [&](Tx& tx) -> Result<bool> {
            // Nothing to change means: the lease is lost.
            if (outcome) return finish(tx, job);
            if (is_last) return bury(tx, job, said(outcome.error()));
            return put_back(tx, job, *wait, said(outcome.error()));
        };
        for (int attempt = 1;; ++attempt) {
            const auto written = co_await store.write(write_outcome);
            if (written) {
                if (*written && !outcome) report(job, outcome.error(), is_last);
                co_return;
            }
            // Left to the end of the lease: then somebody runs the job again.
            if (attempt == record_tries) co_return;
            co_await sleep_for(record_pause);
        }
    }

    static void report(const Job& job, const Error& error, bool is_last) {
        log::log_event(is_last ? log::Level::error : log::Level::warning, is_last ? "job.died" : "job.failed",
                       {{"job_id", job.id},
                        {"kind", job.kind},
                        {"merchant", job.merchant},
                        {"attempt", job.attempt},
                        {"code", error.code},
                        {"message", error.message},
                        {"correlation_id", job.correlation_id}});
    }
};

Worker::Worker(store::Store& store, World world, Options options)
    : impl_{std::make_shared<Impl>(store, world, std::move(options))} {}
Worker::~Worker() = default;

void Worker::handle(std::string kind, Policy policy, Handler handler) {
    check(policy.concurrency >= 1 && policy.lease.count() >= 3, "a kind of job can be run");
    check(!kind.empty() && !kind.contains(',') && !kind.contains('"'), "a kind of job is a name");
    const bool is_new = impl_->kinds.emplace(std::move(kind), Impl::Kind{policy, std::move(handler)}).second;
    check(is_new, "a kind of job has one handler");
}

Task<void> Worker::run(Signal& stop) {
    const auto impl = impl_;
    impl->home = &Scheduler::current();
    while (!stop.is_set()) {
        impl->awake.reset();
        if (!co_await impl->claim_round()) co_await impl->awake.wait_for(impl->options.poll);
    }
    while (impl->running > 0) {
        impl->awake.reset();
        co_await impl->awake.wait_for(impl->options.poll);
    }
}

void Worker::wake() {
    Scheduler* home = impl_->home;
    if (home == nullptr || impl_->is_wake_underway.exchange(true)) return;
    home->call_after(Millis{0}, [impl = impl_] {
        impl->is_wake_underway = false;
        impl->awake.set();
    });
}

std::size_t Worker::running() const { return impl_->running; }

}  // namespace florin::jobs
