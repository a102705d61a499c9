// How many units of work per second the store commits, and what each costs, with fsync on.
//
//     store_bench DIRECTORY [callers=32] [seconds=5] [reads per write=0]
//
// Every unit writes five rows, as a payment's outcome does: an update of its own row, two entries, an
// event, a job. Callers are closed loops: each waits for its answer before it goes on.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../src/platform/store/test/loop_scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/open.hpp"

namespace {

using namespace florin;
using namespace florin::store;

const Sql create_payments{"bench.create_payments", R"sql(
    CREATE TABLE IF NOT EXISTS bench_payments (merchant_id INTEGER NOT NULL, id BLOB NOT NULL, amount INTEGER NOT NULL,
        state TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (merchant_id, id)) STRICT, WITHOUT ROWID
)sql"};
const Sql create_rows{"bench.create_rows", R"sql(
    CREATE TABLE IF NOT EXISTS bench_rows (merchant_id INTEGER NOT NULL, id BLOB NOT NULL, kind INTEGER NOT NULL,
        body TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (merchant_id, id, kind)) STRICT, WITHOUT ROWID
)sql"};
const Sql insert_payment{"bench.insert_payment", "INSERT INTO bench_payments VALUES ($1, $2, $3, 'captured', $4)"};
const Sql insert_row{"bench.insert_row", "INSERT INTO bench_rows VALUES ($1, $2, $3, $4, $5)"};
const Sql select_payment{"bench.select_payment",
                         "SELECT amount, state FROM bench_payments WHERE merchant_id = $1 AND id = $2"};

constexpr std::string_view body =
    R"({"type":"payment.captured","amount":12345,"currency":"EUR","reference":"order-1234567890","state":"captured"})";

struct Run {
    Store& store;
    World world;
    int reads;
    std::atomic<bool> is_over{false};
    std::atomic<std::int64_t> units{0};
    std::vector<std::int64_t> latencies_ns;  // one thread's
};

Task<void> caller(Run& run) {
    const MerchantId merchant{1};
    while (!run.is_over.load(std::memory_order_relaxed)) {
        const Uuid id = run.world.new_uuid();
        const std::int64_t from = run.world.clock.monotonic_ns();
        auto unit = [&](Tx& tx) -> Result<bool> {
            if (!tx.claim(insert_payment, merchant, id, 12'345, tx.now())) return false;
            for (int kind = 0; kind < 4; ++kind) tx.later(insert_row, merchant, id, kind, body, tx.now());
            return true;
        };
        const auto done = co_await run.store.write(unit);
        if (!done) std::abort();
        run.latencies_ns.push_back(run.world.clock.monotonic_ns() - from);
        run.units.fetch_add(1, std::memory_order_relaxed);
        for (int i = 0; i < run.reads; ++i) {
            auto view = [&](Reader& reader) -> Result<bool> {
                return reader.first(
                                 select_payment, [](const Row& row) { return row.integer(0); }, merchant, id)
                    .has_value();
            };
            const auto found = co_await run.store.read(view);
            if (!found || !*found) std::abort();
        }
    }
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: store_bench DIRECTORY [callers] [seconds] [reads per write]\n");
        return 2;
    }
    const auto argument = [&](int at, int otherwise) { return count > at ? std::atoi(arguments[at]) : otherwise; };
    const int callers = argument(2, 32);
    const int seconds = argument(3, 5);
    const World world{system_clock(), system_random()};
    auto store = open_sqlite(arguments[1], world);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        return 1;
    }
    store::test::LoopScheduler loop;
    Run run{**store, world, argument(4, 0), {}, {}, {}};
    run.latencies_ns.reserve(2'000'000);
    loop.finish([&]() -> Task<void> {
        auto create = [](Tx& tx) -> Result<bool> {
            tx.run(create_payments);
            tx.run(create_rows);
            return true;
        };
        const auto created = co_await run.store.write(create);
        if (!created) std::abort();
    });

    const std::int64_t from = world.clock.monotonic_ns();
    const double cpu_from = cpu_seconds();
    std::atomic<int> running{callers};
    loop.call([&] {
        for (int i = 0; i < callers; ++i)
            loop.spawn([](Run& of, std::atomic<int>& left) -> Task<void> {
                co_await caller(of);
                left.fetch_sub(1);
                left.notify_one();
            }(run, running));
    });
    std::this_thread::sleep_for(std::chrono::seconds{seconds});
    run.is_over = true;
    for (int left = running.load(); left > 0; left = running.load()) running.wait(left);
    const double took = static_cast<double>(world.clock.monotonic_ns() - from) / 1e9;
    const double cpu = cpu_seconds() - cpu_from;
    loop.stop();
    store->reset();

    auto& ns = run.latencies_ns;
    std::ranges::sort(ns);
    const auto quantile = [&](double q) {
        return static_cast<double>(ns[static_cast<std::size_t>(q * static_cast<double>(ns.size() - 1))]) / 1e6;
    };
    const auto units = static_cast<double>(run.units.load());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "callers %d: %.0f units/s, CPU %.1f us/unit, latency ms p50 %.2f p99 %.2f max %.2f, resident %.0f MiB\n",
        callers, units / took, cpu / units * 1e6, quantile(0.5), quantile(0.99), quantile(1),
        static_cast<double>(usage.ru_maxrss) / 1024);
}
