// How many lines of a settlement are imported in a second, by one import. Prints one JSON object.
//
//     reconciliation_bench DIRECTORY|URL [--lines 20000] [--page 1000]
//
// DIRECTORY is for SQLite, URL of PostgreSQL; commits are durable. Each line is of a payment of its own, made before;
// the provider answers at once.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "florin/http/blocking.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/payments/payments.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "florin/runtime/each.hpp"
#include "florin/store/open.hpp"
#include "support/wire.hpp"

namespace {

using namespace florin;
using bench::now_ns;

constexpr MerchantId shop{1};
const Currency EUR = *Currency::of("EUR");

class Provider final : public payments::Connector {
public:
    std::string_view name() const override { return "bench"; }
    payments::Capabilities capabilities() const override {
        payments::Capabilities can;
        can.has_settlements = true;
        return can;
    }
    Task<payments::Answer> authorize(const payments::Charge&) override { return approve(); }
    Task<payments::Answer> purchase(const payments::Charge& charge) override {
        references.push_back(charge.reference);
        return approve();
    }
    Task<payments::Answer> capture(const payments::FollowUp&) override { return approve(); }
    Task<payments::Answer> refund(const payments::FollowUp&) override { return approve(); }
    Task<payments::Answer> cancel(const payments::FollowUp&) override { return approve(); }
    Task<payments::Answer> lookup(const payments::Lookup&) override { return approve(); }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view) override {
        co_return payments::StoredCard{};
    }
    Task<Result<std::vector<payments::Settlement>>> settlements(Instant, Instant) override {
        std::vector<payments::Settlement> all{
            {.id = "b1", .state = payments::Settlement::State::paid, .settled_at = system_clock().now(), .total = {}}};
        co_return all;
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement&, std::string cursor) override {
        payments::SettlementPage answer;
        const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor), to = std::min(from + page, references.size());
        for (std::size_t i = from; i < to; ++i)
            answer.lines.push_back({.id = std::to_string(i),
                                    .kind = payments::SettlementLine::Kind::charge,
                                    .reference = references[i],
                                    .provider_id = {},
                                    .gross = *Money::of(1'000, EUR),
                                    .fee = *Money::of(30, EUR),
                                    .description = {}});
        if (to < references.size()) answer.next = std::to_string(to);
        co_return answer;
    }

    std::vector<std::string> references;
    std::size_t page = 1'000;

private:
    static Task<payments::Answer> approve() {
        co_return payments::Answer{.outcome = payments::Outcome::approved, .provider_id = "p"};
    }
};

Task<bool> fill(store::Store& store, payments::Payments& payments, std::size_t count) {
    auto make = [](store::Tx& tx) -> Result<bool> {
        const auto made = identity::create_merchant(tx, {.name = "shop", .connector = "bench"});
        if (!made) return fail(made.error());
        return true;
    };
    if (!co_await store.write(make)) co_return false;
    bool is_good = true;
    auto pay = [&](std::size_t) -> Task<void> {
        const auto paid = co_await payments.charge(
            {.merchant = shop,
             .type = payments::TransactionType::purchase,
             .guard = {},
             .connector = "bench",
             .amount = *Money::of(1'000, EUR),
             .card = payments::Card{.number = *security::Pan::from_json("4111111111111111"),
                                    .expiry_month = 12,
                                    .expiry_year = 2099,
                                    .cvv = {},
                                    .name = {}},
             .payment_method = std::nullopt,
             .billing = {},
             .customer_id = {},
             .origin = {
                 .actor = "bench", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}}});
        is_good = is_good && paid.has_value();
    };
    std::vector<std::size_t> all(count);
    co_await for_each(all, 64, pay);
    co_return is_good;
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("reconciliation_bench DIRECTORY|URL [--lines 20000] [--page 1000]\n", stderr);
        return 2;
    }
    const std::string place = argv[1];
    std::size_t lines = 20'000;
    Provider provider;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (std::string_view{argv[i]} == "--lines") lines = std::stoul(argv[i + 1]);
        if (std::string_view{argv[i]} == "--page") provider.page = std::stoul(argv[i + 1]);
    }
    const World world{system_clock(), system_random()};
    auto opened = place.starts_with("postgresql://") ? store::open_postgres({.url = place}, world)
                                                     : store::open_sqlite(place, world);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    store::Store& store = **opened;
    const auto keys = security::KeyRing::in_memory(world);
    const audit::Log audit{{}};
    const auto connector = [&](std::string_view) -> payments::Connector* { return &provider; };
    payments::Payments payments{
        {.world = world, .store = store, .keys = *keys, .audit = audit, .connector = connector, .node = "bench"}};
    cases::Cases cases{{.world = world, .store = store, .audit = audit, .wake = [] {}}};
    reconciliation::Reconciliation reconciliation{{.world = world,
                                                   .store = store,
                                                   .audit = audit,
                                                   .payments = payments,
                                                   .cases = cases,
                                                   .connector = connector,
                                                   .connectors = {"bench"},
                                                   .settings = {},
                                                   .wake = [] {}}};
    http::IoThreads threads{1};
    if (!http::run_blocking(threads, fill(store, payments, lines))) {
        std::fputs("a payment was not made\n", stderr);
        return 1;
    }
    jobs::Job job;
    job.payload = R"({"connector":"bench"})";
    const double cpu_before = cpu_seconds();
    const std::int64_t begun = now_ns();
    const auto imported = http::run_blocking(threads, reconciliation.import(job));
    const double seconds = static_cast<double>(now_ns() - begun) / 1e9, cpu = cpu_seconds() - cpu_before;
    if (!imported) {
        std::fprintf(stderr, "%s: %s\n", imported.error().code.c_str(), imported.error().message.c_str());
        return 1;
    }
    threads.stop();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"lines\":%zu,\"lines_per_second\":%.0f,\"cpu_us_per_line\":%.1f,\"peak_rss_mib\":%.1f}\n", lines,
                static_cast<double>(lines) / seconds, cpu * 1e6 / static_cast<double>(lines),
                static_cast<double>(usage.ru_maxrss) / 1024);
    return 0;
}
