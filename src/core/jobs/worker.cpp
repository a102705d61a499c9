#include "florin/jobs/worker.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <unordered_set>

#include "florin/base/check.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/json/clean.hpp"
#include "florin/telemetry/log.hpp"
#include "job_store.hpp"
#include "retry_budget.hpp"
#include "solitude.hpp"

namespace florin::jobs {
namespace {

/// How often an outcome is written again before the job is left to the end of its lease.
constexpr int record_tries = 3;
constexpr Millis record_pause{1'000};
constexpr std::size_t longest_reason = 500;
/// What was under way when a process died runs so many at a time, so that a second crash accuses few.
constexpr std::size_t suspects_at_once = 4;
constexpr int most_suspects_seen = 64;

std::int64_t most_attempts(const Policy& policy, const Job& job) {
    return policy.retry.most_attempts.value_or(job.max_attempts);
}

/// May repeat what somebody else wrote, of any octets and any length.
std::string said(const Error& error) { return json::clean_text(error.code + ": " + error.message, longest_reason); }

constexpr std::int64_t to_ns(Millis time) { return time.count() * 1'000'000; }

}  // namespace

bool bury(Tx& tx, const Job& job, const Error& why) { return bury(tx, job, said(why)); }

struct Worker::Impl : std::enable_shared_from_this<Worker::Impl> {
    struct Kind {
        Policy policy;
        Handler handler;
        std::size_t running = 0;
    };
    /// A job under way.
    struct Running {
        Job job;
        Kind& kind;
        std::int64_t renew_at_ns;
    };
    /// A job whose handler has ended, and what is to be recorded of it.
    struct Ended {
        std::shared_ptr<const Running> running;
        Result<void> outcome;
        std::optional<Millis> wait;      ///< Before the next attempt; nothing: there is none.
        std::optional<Instant> put_off;  ///< No attempt was made: its provider has had its share of repeats.
        int tries = 0;
    };
    /// What a round may take. Its unit runs on a thread of the store's, while jobs end here.
    struct Room {
        std::map<std::string, std::size_t> free;  ///< By kind, where there is any.
        std::size_t suspects = 0;
        bool is_alone_granted = false;
        bool is_alone_kept = false;

        std::string names() const {
            std::string all;
            for (const auto& [name, free_ones] : free) all.append(all.empty() ? "" : ",").append(name);
            return all;
        }
    };
    /// A job that is dead without having been run again.
    struct GivenUp {
        Job job;
        Error why;
    };
    /// What a round found and wrote.
    struct Round {
        std::vector<Job> claimed;
        std::vector<GivenUp> given_up;
        MerchantId served_first;
        std::vector<bool> recorded;  ///< By place among those that have ended.
        bool is_alone_wanted = false;
        std::optional<JobId> alone;
        bool is_more_due = false;
    };

    store::Store& store;
    World world;
    Options options;
    std::map<std::string, Kind> kinds;
    std::unordered_set<std::shared_ptr<Running>> under_way;
    std::size_t suspects_running = 0;
    std::vector<Ended> ended;
    Solitude solitude;
    RetryBudget budget;
    Signal awake;
    bool is_busy = false;
    bool has_adopted = false;
    std::int64_t look_for_lost_at_ns = 0;
    MerchantId served_first{INT64_MIN};
    std::atomic<Scheduler*> home = nullptr;
    std::atomic<bool> is_wake_underway = false;

    Impl(store::Store& on, World in, Options with)
        : store{on}, world{in}, options{std::move(with)}, budget{options.retries_per_minute} {}

    Room room() const {
        const std::int64_t now_ns = world.clock.monotonic_ns();
        Room room{.free = {},
                  .suspects = suspects_at_once - std::min(suspects_at_once, suspects_running),
                  .is_alone_granted = solitude.is_granted(under_way.size(), now_ns),
                  .is_alone_kept = solitude.is_kept(now_ns)};
        for (const auto& [name, kind] : kinds)
            if (const std::size_t free = kind.policy.concurrency - kind.running; free > 0) room.free[name] = free;
        return room;
    }

    Millis shortest_lease() const {
        Millis shortest = Policy{}.lease;
        for (const auto& [name, kind] : kinds) shortest = std::min(shortest, kind.policy.lease);
        return shortest;
    }

    // Taking jobs.

    /// The next merchant after the one that came first last time comes first now (F64).
    void rotate(std::vector<Due>& due, Round& round) const {
        const auto first = std::ranges::find_if(due, [&](const Due& each) { return each.merchant > served_first; });
        std::ranges::rotate(due, first == due.end() ? due.begin() : first);
        round.served_first = due.front().merchant;
    }

    /// Claims a fair share for everybody who has something due. Where that leaves room, the next round,
    /// which follows at once, fills it.
    void take(Tx& tx, Room room, Round& round) const {
        for (const Job& suspect : round.claimed)
            if (--room.free[suspect.kind] == 0) room.free.erase(suspect.kind);
        if (room.free.empty()) return;
        std::vector<Due> due = select_due(tx, room.names(), tx.now());
        if (due.empty()) return;
        rotate(due, round);
        std::map<std::string, std::size_t> share;
        for (const Due& each : due) ++share[each.kind];
        for (auto& [kind, merchants] : share) merchants = std::max<std::size_t>(room.free[kind] / merchants, 1);
        std::size_t claimed = 0;
        for (const Due& each : due) {
            const Policy& policy = kinds.at(each.kind).policy;
            std::size_t& free = room.free[each.kind];
            const std::size_t limit = std::min({share[each.kind], free, options.batch - claimed});
            if (limit == 0) continue;
            const Claim wanted{each, options.name, policy.lease, static_cast<std::int64_t>(limit)};
            for (Job& job : claim(tx, wanted)) {
                ++claimed;
                if (job.attempt > most_attempts(policy, job)) {
                    // So few were not allowed when it last failed.
                    give_up(tx, job, "attempts_used_up", "No further attempt is allowed.", round);
                    continue;
                }
                --free;
                round.claimed.push_back(std::move(job));
            }
        }
        round.is_more_due = claimed > 0;
    }

    /// What was just claimed will not be run.
    static void give_up(Tx& tx, const Job& job, std::string_view code, std::string_view message, Round& round) {
        Error why = fail(ErrorKind::invalid, code, message).error();
        check(bury(tx, job, said(why)), "what was just claimed is ours");
        round.given_up.push_back({job, std::move(why)});
    }

    /// Takes what was under way when a process died: few at once, and whoever was there so often that the next time
    /// would be the last, alone. So only what kills its process by itself is given up (F59).
    void take_suspects(Tx& tx, Room room, Round& round) const {
        for (const Suspect& suspect : select_suspects(tx, tx.now(), most_suspects_seen)) {
            const auto free = room.free.find(suspect.kind);
            if (free == room.free.end() || free->second == 0) continue;
            const Policy& policy = kinds.at(suspect.kind).policy;
            if (suspect.lost_leases >= policy.max_lost_leases) {
                Error why =
                    fail(ErrorKind::invalid, "lease_lost", "The job was under way each time when its worker was lost.")
                        .error();
                condemn(tx, suspect, said(why));
                Job job{.merchant = suspect.merchant,
                        .id = suspect.id,
                        .kind = suspect.kind,
                        .payload = {},
                        .attempt = suspect.attempts,
                        .correlation_id = suspect.correlation_id,
                        .traceparent = {}};
                round.given_up.push_back({std::move(job), std::move(why)});
                continue;
            }
            const bool is_last_time = suspect.lost_leases == policy.max_lost_leases - 1;
            if (is_last_time && (!round.claimed.empty() || !room.is_alone_granted)) {
                round.is_alone_wanted = true;
                return;
            }
            if (room.suspects == 0) return;
            auto job = claim(tx, suspect, options.name, policy.lease);
            if (!job) continue;
            if (most_attempts(policy, *job) == 1) {
                // Nobody knows what became of the only attempt that is allowed.
                give_up(tx, *job, "lease_lost", "The job was under way when its worker was lost.", round);
                continue;
            }
            if (is_last_time) round.alone = job->id;
            round.claimed.push_back(std::move(*job));
            --room.suspects;
            --free->second;
            if (round.alone) return;
        }
    }

    /// True when there may be more to do at once.
    Task<bool> round() {
        const Room free = room();
        if (ended.empty()) {
            if (free.free.empty()) co_return false;
            // So that a worker who has nothing to do does not write.
            if (!is_busy && !co_await is_something_due(free)) co_return false;
        }
        std::vector<Ended> batch = std::exchange(ended, {});
        auto work = [&](Tx& tx) -> Result<Round> {
            Round round{.claimed = {}, .served_first = served_first, .recorded = record(tx, batch), .alone = {}};
            if (free.is_alone_kept) return round;
            take_suspects(tx, free, round);
            if (!round.alone && !round.is_alone_wanted) take(tx, free, round);
            return round;
        };
        auto written = co_await store.write(work);
        is_busy = written && written->is_more_due;
        if (!written) {
            co_await try_later(std::move(batch));
            co_return false;
        }
        report(batch, written->recorded);
        for (const GivenUp& each : written->given_up) log_end(log::Level::error, "job.died", each.job, each.why);
        served_first = written->served_first;
        const std::int64_t now_ns = world.clock.monotonic_ns();
        if (written->is_alone_wanted) solitude.want(now_ns);
        if (written->alone) solitude.begin(*written->alone, now_ns);
        for (Job& job : written->claimed) start(std::move(job));
        co_return !written->claimed.empty();
    }

    Task<bool> is_something_due(const Room& free) {
        auto read = [&](Reader& reader) -> Result<bool> {
            const Instant now = world.clock.now();
            return !select_due(reader, free.names(), now).empty() || !select_suspects(reader, now, 1).empty();
        };
        const auto is_due = co_await store.read(read);
        co_return is_due && *is_due;
    }

    /// Now and then. At first also for what this node had when it died.
    Task<void> look_for_lost() {
        const std::int64_t now_ns = world.clock.monotonic_ns();
        if (now_ns < look_for_lost_at_ns) co_return;
        auto read = [&](Reader& reader) -> Result<bool> { return is_expired(reader, world.clock.now()); };
        const auto is_any = co_await store.read(read);
        if (!is_any) co_return;
        look_for_lost_at_ns = now_ns + to_ns(options.poll);
        if (!has_adopted)
            has_adopted = co_await put_back_lost(options.name);
        else if (*is_any)
            co_await put_back_lost("");
    }

    /// Puts back what nobody works on any more: what `node` had when it died, and whatever has lost its lease; but
    /// what is under way here keeps it, however late (F57). False when it could not be written.
    Task<bool> put_back_lost(std::string_view node) {
        std::vector<std::shared_ptr<Running>> ours{under_way.begin(), under_way.end()};
        auto put_back_all = [&](Tx& tx) -> Result<std::int64_t> {
            for (const auto& each : ours) static_cast<void>(renew(tx, each->job, each->kind.policy.lease));
            return rescue(tx, node);
        };
        const auto count = co_await store.write(put_back_all);
        if (count && *count > 0) log::warning("jobs.put_back", {{"count", *count}, {"node", options.name}});
        co_return count.has_value();
    }

    // Doing them.

    void start(Job job) {
        Kind& kind = kinds.at(job.kind);
        ++kind.running;
        if (job.lost_leases > 0) ++suspects_running;
        const std::int64_t renew_at_ns = world.clock.monotonic_ns() + to_ns(kind.policy.lease) / 3;
        auto running = std::make_shared<Running>(Running{std::move(job), kind, renew_at_ns});
        under_way.insert(running);
        Scheduler::current().spawn(execute(shared_from_this(), std::move(running)));
    }

    static Task<void> execute(std::shared_ptr<Impl> self, std::shared_ptr<Running> running) {
        const Job& job = running->job;
        Kind& kind = running->kind;
        Result<void> outcome;
        const std::optional<Instant> put_off = self->put_off(job, kind.policy);
        try {
            if (!put_off) outcome = co_await kind.handler(job);
        } catch (const std::exception& failure) {
            outcome = fail(ErrorKind::unavailable, "exception", failure.what());
        }
        self->under_way.erase(running);
        --kind.running;
        if (job.lost_leases > 0) --self->suspects_running;
        self->solitude.end(job.id);
        if (!outcome || !*job.is_settled) self->note_ended(std::move(running), std::move(outcome), put_off);
        self->awake.set();
    }

    std::optional<Instant> put_off(const Job& job, const Policy& policy) {
        if (job.attempt == 1 || !policy.provider) return std::nullopt;
        const std::string provider = policy.provider(job);
        return provider.empty() ? std::nullopt : budget.put_off(provider, job.id, world.clock.now());
    }

    void note_ended(std::shared_ptr<const Running> running, Result<void> outcome, std::optional<Instant> put_off) {
        const Job& job = running->job;
        const Policy& policy = running->kind.policy;
        std::optional<Millis> wait;
        const bool is_over =
            outcome || outcome.error().kind == ErrorKind::invalid || job.attempt >= most_attempts(policy, job);
        if (!is_over) wait = wait_after(policy.retry, job.attempt, world.random);
        ended.push_back({std::move(running), std::move(outcome), wait, put_off});
    }

    /// Renews leases until `is_over`.
    static Task<void> keep_leases(std::shared_ptr<Impl> self, Signal is_over) {
        const Millis pause = std::max(self->shortest_lease() / 6, Millis{1});
        while (!co_await is_over.wait_for(pause)) {
            const std::int64_t now_ns = self->world.clock.monotonic_ns();
            std::vector<std::shared_ptr<Running>> due;
            for (const auto& each : self->under_way)
                if (now_ns >= each->renew_at_ns && !*each->job.is_lost) due.push_back(each);
            if (!due.empty()) co_await self->renew_all(due);
        }
    }

    Task<void> renew_all(const std::vector<std::shared_ptr<Running>>& due) {
        auto renew_each = [&](Tx& tx) -> Result<std::vector<bool>> {
            std::vector<bool> kept;
            for (const auto& each : due) kept.push_back(renew(tx, each->job, each->kind.policy.lease));
            return kept;
        };
        const std::int64_t now_ns = world.clock.monotonic_ns();
        const auto kept = co_await store.write(renew_each);
        if (!kept) co_return;
        for (std::size_t i = 0; i < due.size(); ++i) {
            due[i]->renew_at_ns = now_ns + to_ns(due[i]->kind.policy.lease) / 3;
            if ((*kept)[i] || !under_way.contains(due[i])) continue;
            const Job& job = due[i]->job;
            *job.is_lost = true;
            log::warning("job.lease_lost", {{"job_id", job.id},
                                            {"kind", job.kind},
                                            {"merchant", job.merchant},
                                            {"correlation_id", job.correlation_id}});
        }
    }

    // Recording what became of them.

    /// In the unit that also claims the next. Answers for whom something changed: not for what lost its lease.
    static std::vector<bool> record(Tx& tx, const std::vector<Ended>& batch) {
        std::vector<bool> recorded;
        std::vector<const Job*> done;
        for (const Ended& each : batch) {
            bool is_recorded = true;
            if (each.put_off)
                is_recorded = postpone(tx, each.running->job, *each.put_off);
            else if (each.outcome)
                done.push_back(&each.running->job);
            else if (!each.wait)
                is_recorded = bury(tx, each.running->job, said(each.outcome.error()));
            else
                is_recorded = put_back(tx, each.running->job, *each.wait, said(each.outcome.error()));
            recorded.push_back(is_recorded);
        }
        finish_all(tx, done);
        return recorded;
    }

    /// After a unit that failed. What could not be written again and again is left to the end of its lease; then
    /// somebody runs the job again.
    Task<void> try_later(std::vector<Ended> batch) {
        for (Ended& each : batch)
            if (++each.tries < record_tries) ended.push_back(std::move(each));
        co_await sleep_for(record_pause);
    }

    static void report(const std::vector<Ended>& batch, const std::vector<bool>& recorded) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (batch[i].outcome || !recorded[i]) continue;
            const Job& job = batch[i].running->job;
            const bool is_last = !batch[i].wait;
            log_end(is_last ? log::Level::error : log::Level::warning, is_last ? "job.died" : "job.failed", job,
                    batch[i].outcome.error());
        }
    }

    static void log_end(log::Level level, std::string_view event, const Job& job, const Error& error) {
        log::log_event(level, event,
                       {{"job_id", job.id},
                        {"kind", job.kind},
                        {"merchant", job.merchant},
                        {"attempt", job.attempt},
                        {"code", error.code},
                        {"message", error.message},
                        {"correlation_id", job.correlation_id}});
    }

    /// Until all has ended and is recorded.
    Task<void> come_to_rest() {
        while (!under_way.empty() || !ended.empty()) {
            awake.reset();
            std::vector<Ended> batch = std::exchange(ended, {});
            if (batch.empty()) {
                co_await awake.wait_for(options.poll);
                continue;
            }
            auto work = [&](Tx& tx) -> Result<std::vector<bool>> { return record(tx, batch); };
            const auto recorded = co_await store.write(work);
            if (recorded)
                report(batch, *recorded);
            else
                co_await try_later(std::move(batch));
        }
    }
};

Worker::Worker(store::Store& store, World world, Options options)
    : impl_{std::make_shared<Impl>(store, world, std::move(options))} {}
Worker::~Worker() = default;

void Worker::handle(std::string kind, Policy policy, Handler handler) {
    check(policy.concurrency >= 1 && policy.lease.count() >= 3, "a kind of job can be run");
    check(policy.max_lost_leases >= 2, "one crash is no proof against anybody");
    check(!kind.empty() && !kind.contains(',') && !kind.contains('"'), "a kind of job is a name");
    const bool is_new = impl_->kinds.emplace(std::move(kind), Impl::Kind{policy, std::move(handler)}).second;
    check(is_new, "a kind of job has one handler");
}

Task<void> Worker::run(Signal& stop) {
    const auto impl = impl_;
    impl->home = &Scheduler::current();
    Signal is_over;
    Scheduler::current().spawn(Impl::keep_leases(impl, is_over));
    while (!stop.is_set()) {
        impl->awake.reset();
        co_await impl->look_for_lost();
        if (!co_await impl->round()) co_await impl->awake.wait_for(impl->options.poll);
    }
    co_await impl->come_to_rest();
    is_over.set();
}

void Worker::wake() {
    Scheduler* home = impl_->home;
    if (home == nullptr || impl_->is_wake_underway.exchange(true)) return;
    home->call_after(Millis{0}, [impl = impl_] {
        impl->is_wake_underway = false;
        impl->awake.set();
    });
}

std::size_t Worker::running() const { return impl_->under_way.size(); }

}  // namespace florin::jobs
