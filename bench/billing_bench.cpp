// How long the loader takes to claim 500 turns that have come, among many that have not. Prints one JSON object.
//
//     billing_bench DIRECTORY|URL [--turns 10000000] [--rounds 21]
//
// DIRECTORY is for SQLite, URL of PostgreSQL; commits are durable. Each round makes 500 turns due and has the loader
// make jobs of them; the others are due in years to come.

#include <cstdio>
#include <cstdlib>

#include "florin/billing/billing.hpp"
#include "florin/http/blocking.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/store/open.hpp"
#include "support/wire.hpp"

namespace {

using namespace florin;
using bench::now_ns;

constexpr std::size_t batch = 500;

struct Bench {
    World world;
    store::Store& store;
    billing::Billing& billing;
    MerchantId merchant{1};
    std::vector<double> load_ms = {};
};

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
}

Task<void> put(Bench& bench, std::size_t count, Instant from, Millis apart) {
    constexpr std::size_t at_once = 20'000;
    for (std::size_t done = 0; done < count; done += at_once) {
        auto unit = [&](store::Tx& tx) -> Result<bool> {
            for (std::size_t i = done; i < std::min(done + at_once, count); ++i)
                billing::put_turn(tx, bench.merchant, {.kind = "payment_terms", .id = bench.world.new_uuid()},
                                  from + apart * static_cast<std::int64_t>(i));
            return true;
        };
        if (const auto written = co_await bench.store.write(unit); !written) give_up(written.error());
    }
}

Task<void> measure(Bench& bench, std::size_t turns, int rounds) {
    auto make = [&](store::Tx& tx) -> Result<MerchantId> {
        auto made = identity::create_merchant(tx, {.name = "bench", .connector = "none", .is_sandbox = false});
        if (!made) return fail(std::move(made.error()));
        return made->id;
    };
    const auto made = co_await bench.store.write(make);
    if (!made) give_up(made.error());
    bench.merchant = *made;
    const Instant now = bench.world.clock.now();
    const Millis year{365LL * 86'400'000};
    co_await put(bench, turns, now + year,
                 Millis{std::max<std::int64_t>(1, 3 * year.count() / static_cast<std::int64_t>(turns))});
    for (int round = 0; round < rounds; ++round) {
        co_await put(bench, batch, now - Millis{60'000}, Millis{1});
        const std::int64_t from_ns = now_ns();
        const auto taken = co_await bench.billing.load({}, batch);
        if (!taken) give_up(taken.error());
        if (*taken != batch) {
            std::fprintf(stderr, "%zu turns were taken\n", *taken);
            std::exit(1);
        }
        bench.load_ms.push_back(static_cast<double>(now_ns() - from_ns) / 1e6);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: billing_bench DIRECTORY|URL [--turns 10000000] …\n");
        return 2;
    }
    const std::string database{arguments[1]};
    const bench::Flags flags{count - 1, arguments + 1, {{"turns", "10000000"}, {"rounds", "21"}}};
    const World world{system_clock(), system_random()};
    auto store = database.starts_with("postgresql:") ? store::open_postgres({.url = database}, world)
                                                     : store::open_sqlite(database, world);
    if (!store) give_up(store.error());
    const auto keys = security::KeyRing::in_memory(world);
    const audit::Log audit{{}};
    payments::Payments payments{{.world = world,
                                 .store = **store,
                                 .keys = *keys,
                                 .audit = audit,
                                 .connector = [](std::string_view) { return nullptr; },
                                 .node = "bench"}};
    const merchants::Merchants merchants{**store, world, merchants::Merchants::TestClocks::none};
    billing::Billing billing{
        {.world = world, .store = **store, .audit = audit, .payments = payments, .merchants = merchants}};
    http::IoThreads threads{1};
    Bench bench{.world = world, .store = **store, .billing = billing};
    http::run_blocking(threads, measure(bench, flags.count("turns"), static_cast<int>(flags.number("rounds"))));
    threads.stop();
    store->reset();
    std::printf("{\"load_ms\":[");
    for (std::size_t i = 0; i < bench.load_ms.size(); ++i) std::printf(i == 0 ? "%.3f" : ",%.3f", bench.load_ms[i]);
    std::printf("]}\n");
}
