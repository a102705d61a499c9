// How many jobs per second Florin enqueues and works on, and how soon. Prints one JSON object.
//
//     jobs_bench DATABASE [--callers 64] [--seconds 5] [--jobs 100000] [--at-once 512] [--rate 1000]
//
// DATABASE is a directory for SQLite, or a URL of PostgreSQL; commits are durable. Four parts, one after another:
// enqueue (each job in a unit of work of its own, `callers` closed loops), process (a worker with `at-once` handlers
// that do nothing, until `jobs` are done), pickup (one job at a time on an idle worker, from before it is enqueued to
// its handler) and steady (`rate` jobs a second, from the moment that each was due to its handler).

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "florin/http/blocking.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/store/open.hpp"
#include "support/wire.hpp"

namespace {

using namespace florin;
using bench::now_ns;

constexpr MerchantId merchant{1};
constexpr std::string_view payload = R"({"endpoint":"01890a5d-ac96-774b-bcce-b302099a8057","event":"payment.1"})";

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// What one part took, from its making.
struct Meter {
    std::int64_t from_ns = now_ns();
    double cpu_from = cpu_seconds();
    double seconds() const { return static_cast<double>(now_ns() - from_ns) / 1e9; }
    double cpu_us_per(std::int64_t jobs) const {
        return (cpu_seconds() - cpu_from) * 1e6 / static_cast<double>(std::max<std::int64_t>(jobs, 1));
    }
};

struct Bench {
    World world;
    store::Store& store;
    http::IoThreads& threads;
    std::int64_t until_ns = 0;
    std::int64_t enqueued = 0;
    std::int64_t started = 0;
    std::int64_t wanted = 0;
    Signal reached;
    std::vector<std::int64_t> latencies_ns;

    template <class T>
    T run(Task<T> task) {
        return http::run_blocking(threads, std::move(task));
    }
};

Task<void> enqueue_some(Bench& bench, std::string_view kind, std::int64_t count, std::int64_t due_ns) {
    const std::string text = due_ns == 0 ? std::string{payload} : std::to_string(due_ns);
    auto unit = [&](store::Tx& tx) -> Result<bool> {
        for (std::int64_t i = 0; i < count; ++i) {
            const jobs::NewJob job{
                .merchant = merchant, .id = bench.world.new_id<jobs::JobOf>(), .kind = kind, .payload = text};
            jobs::enqueue(tx, job);
        }
        return true;
    };
    const auto written = co_await bench.store.write(unit);
    if (!written) {
        std::fprintf(stderr, "%s\n", written.error().message.c_str());
        std::exit(1);
    }
    bench.enqueued += count;
}

Task<void> caller(Bench& bench, int& left, Signal& all_done) {
    while (now_ns() < bench.until_ns) co_await enqueue_some(bench, "none", 1, 0);
    if (--left == 0) all_done.set();
}

Task<void> enqueue_for(Bench& bench, int callers, Millis time) {
    bench.until_ns = now_ns() + time.count() * 1'000'000;
    Signal all_done;
    int left = callers;
    for (int i = 0; i < callers; ++i) Scheduler::current().spawn(caller(bench, left, all_done));
    while (!co_await all_done.wait_for(Millis{60'000})) {
    }
}

Task<void> wait_until_reached(Bench& bench) {
    while (bench.started < bench.wanted) {
        bench.reached.reset();
        co_await bench.reached.wait_for(Millis{60'000});
    }
}

Task<void> pick_up(Bench& bench, jobs::Worker& worker, int times) {
    for (int i = 0; i < times; ++i) {
        bench.wanted = bench.started + 1;
        co_await enqueue_some(bench, "timed", 1, now_ns());
        worker.wake();
        co_await wait_until_reached(bench);
        co_await sleep_for(Millis{10});
    }
}

Task<void> enqueue_and_wake(Bench& bench, jobs::Worker& worker, std::int64_t due_ns) {
    co_await enqueue_some(bench, "timed", 1, due_ns);
    worker.wake();
}

Task<void> go_on_steadily(Bench& bench, jobs::Worker& worker, double rate, Millis time) {
    const auto count = static_cast<std::int64_t>(rate * static_cast<double>(time.count()) / 1e3);
    const std::int64_t from_ns = now_ns();
    bench.wanted = bench.started + count;
    for (std::int64_t i = 0; i < count;) {
        const std::int64_t due_ns = from_ns + static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / rate);
        if (due_ns > now_ns()) {
            co_await sleep_for(Millis{1});
            continue;
        }
        Scheduler::current().spawn(enqueue_and_wake(bench, worker, due_ns));
        ++i;
    }
    co_await wait_until_reached(bench);
}

Task<void> stop_worker(Bench&, Signal& stop, jobs::Worker& worker) {
    stop.set();
    worker.wake();
    while (Scheduler::current().spawned() > 1) co_await sleep_for(Millis{1});
}

double quantile_ms(std::vector<std::int64_t>& ns, double q) {
    std::ranges::sort(ns);
    return ns.empty() ? 0
                      : static_cast<double>(ns[static_cast<std::size_t>(q * static_cast<double>(ns.size() - 1))]) / 1e6;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: jobs_bench DIRECTORY|URL [--callers 64] …\n");
        return 2;
    }
    const std::string database{arguments[1]};
    const bench::Flags flags{
        count - 1,
        arguments + 1,
        {{"callers", "64"}, {"seconds", "5"}, {"jobs", "100000"}, {"at-once", "512"}, {"rate", "1000"}}};
    const World world{system_clock(), system_random()};
    auto store = database.starts_with("postgresql:") ? store::open_postgres({.url = database}, world)
                                                     : store::open_sqlite(database, world);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        return 1;
    }
    http::IoThreads threads{1};
    Bench bench{.world = world, .store = **store, .threads = threads, .reached = {}, .latencies_ns = {}};
    const Millis time{static_cast<std::int64_t>(flags.number("seconds") * 1'000)};

    const Meter enqueuing;
    bench.run(enqueue_for(bench, static_cast<int>(flags.number("callers")), time));
    const double enqueued_per_s = static_cast<double>(bench.enqueued) / enqueuing.seconds();
    const double enqueue_cpu_us = enqueuing.cpu_us_per(bench.enqueued);

    const auto jobs_wanted = static_cast<std::int64_t>(flags.number("jobs"));
    for (std::int64_t left = jobs_wanted; left > 0; left -= 1'000)
        bench.run(enqueue_some(bench, "idle", std::min<std::int64_t>(left, 1'000), 0));
    const std::size_t at_once = flags.count("at-once");
    jobs::Worker worker{**store, world, {.name = "bench"}};
    const auto count_one = [&bench] {
        if (++bench.started == bench.wanted) bench.reached.set();
    };
    worker.handle("idle", {.concurrency = at_once}, [&](const jobs::Job&) -> Task<Result<void>> {
        count_one();
        co_return Result<void>{};
    });
    worker.handle("timed", {.concurrency = at_once}, [&](const jobs::Job& job) -> Task<Result<void>> {
        bench.latencies_ns.push_back(now_ns() - std::atoll(job.payload.c_str()));
        count_one();
        co_return Result<void>{};
    });
    Signal stop;
    bench.wanted = jobs_wanted;
    const Meter processing;
    auto start_worker = [](jobs::Worker& of, Signal& until) -> Task<void> {
        Scheduler::current().spawn(of.run(until));
        co_return;
    };
    bench.run(start_worker(worker, stop));
    bench.run(wait_until_reached(bench));
    const double processed_per_s = static_cast<double>(jobs_wanted) / processing.seconds();
    const double process_cpu_us = processing.cpu_us_per(jobs_wanted);

    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    bench.run(pick_up(bench, worker, 200));
    const double pickup_p50 = quantile_ms(bench.latencies_ns, 0.5), pickup_p99 = quantile_ms(bench.latencies_ns, 0.99);
    bench.latencies_ns.clear();
    bench.run(go_on_steadily(bench, worker, flags.number("rate"), time));
    const double steady_p50 = quantile_ms(bench.latencies_ns, 0.5), steady_p99 = quantile_ms(bench.latencies_ns, 0.99);

    bench.run(stop_worker(bench, stop, worker));
    threads.stop();
    store->reset();
    std::printf(
        "{\"enqueued_per_s\":%.0f,\"enqueue_cpu_us\":%.1f,\"processed_per_s\":%.0f,\"process_cpu_us\":%.1f,"
        "\"pickup_p50_ms\":%.2f,\"pickup_p99_ms\":%.2f,\"steady_p50_ms\":%.2f,\"steady_p99_ms\":%.2f}\n",
        enqueued_per_s, enqueue_cpu_us, processed_per_s, process_cpu_us, pickup_p50, pickup_p99, steady_p50,
        steady_p99);
}
