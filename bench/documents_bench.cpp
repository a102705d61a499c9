// How many receipts per second Florin issues, and draws as PDF on one core. Prints one JSON object.
//
//     documents_bench DIRECTORY|URL [--documents 5000] [--callers 64] [--seconds 5]
//
// DIRECTORY is for SQLite, URL of PostgreSQL; commits are durable. Two parts: issue (each receipt in a unit of work of
// its own, `callers` at once, all in one series) and draw (one caller asks for the PDF of one receipt after another:
// read, opened with the person's key, every letter set anew).

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "florin/documents/documents.hpp"
#include "florin/http/blocking.hpp"
#include "florin/runtime/each.hpp"
#include "florin/store/open.hpp"
#include "support/wire.hpp"

namespace {

using namespace florin;
using bench::now_ns;

constexpr MerchantId merchant{1};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

merchants::Profile profile_of(store::Reader&, MerchantId of) {
    return {.merchant = of,
            .name = "Nordlicht",
            .default_currency = *Currency::of("EUR"),
            .legal_name = "Nordlicht Kontor GmbH",
            .address_lines = {"Speicherstraße 12", "20457 Hamburg", "Germany"},
            .tax_line = "VAT DE123456789",
            .support_email = "help@nordlicht.example",
            .logo_png = {},
            .version = 1};
}

std::optional<documents::Party> party_of(store::Reader&, MerchantId, std::string_view id) {
    return documents::Party{.name = "Ada Lovelace " + std::string{id},
                            .address_lines = {"12 St James Square", "London SW1Y 4JH", "United Kingdom"},
                            .locale = "en-GB"};
}

struct Bench {
    World world;
    store::Store& store;
    const documents::Documents& documents;
    std::vector<documents::DocumentId> ids = {};
    std::int64_t drawn = 0, bytes = 0;
};

Task<void> issue_one(Bench& bench, int number) {
    const std::string cause = "charge:" + bench.world.new_id<Bench>().text();
    const Money amount = *Money::of(10'000 + number, *Currency::of("EUR"));
    const documents::NewDocument wanted{
        .merchant = merchant,
        .cause = cause,
        .customer_id = "customer-" + std::to_string(number % 100),
        .issued_on = {std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{20}},
        .lines = {{.description = "Instalment " + std::to_string(number) + " of your plan", .amount = amount}},
        .total = amount,
        .subject = "Instalment " + std::to_string(number),
        .payment_words = "Visa ending in 1111"};
    auto unit = [&](store::Tx& tx) -> Result<documents::DocumentId> { return bench.documents.issue(tx, wanted).id; };
    const auto issued = co_await bench.store.write(unit);
    if (!issued) {
        std::fprintf(stderr, "%s\n", issued.error().message.c_str());
        std::exit(1);
    }
    bench.ids.push_back(*issued);
}

Task<void> issue_all(Bench& bench, int count, std::size_t callers) {
    std::vector<int> numbers;
    for (int i = 1; i <= count; ++i) numbers.push_back(i);
    auto one = [&bench](int number) { return issue_one(bench, number); };
    co_await for_each(std::move(numbers), callers, one);
}

Task<void> draw_for(Bench& bench, std::int64_t until_ns) {
    while (now_ns() < until_ns) {
        const auto id = bench.ids[static_cast<std::size_t>(bench.drawn) % bench.ids.size()];
        const auto pdf = co_await bench.documents.pdf(merchant, id);
        if (!pdf) {
            std::fprintf(stderr, "%s\n", pdf.error().message.c_str());
            std::exit(1);
        }
        ++bench.drawn;
        bench.bytes += static_cast<std::int64_t>(pdf->size());
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: documents_bench DIRECTORY|URL [--documents 5000] …\n");
        return 2;
    }
    const std::string database{arguments[1]};
    const bench::Flags flags{count - 1, arguments + 1, {{"documents", "5000"}, {"callers", "64"}, {"seconds", "5"}}};
    const World world{system_clock(), system_random()};
    auto store = database.starts_with("postgresql:") ? store::open_postgres({.url = database}, world)
                                                     : store::open_sqlite(database, world);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        return 1;
    }
    const auto keys = security::KeyRing::in_memory(world);
    const audit::Log audit{{}};
    const documents::Documents documents{{.world = world,
                                          .store = **store,
                                          .keys = *keys,
                                          .audit = audit,
                                          .profile = profile_of,
                                          .find_party = party_of,
                                          .public_url = [] { return std::string{}; }}};
    http::IoThreads threads{1};
    Bench bench{.world = world, .store = **store, .documents = documents};

    const auto wanted = static_cast<int>(flags.number("documents"));
    const std::int64_t issue_from_ns = now_ns();
    http::run_blocking(threads, issue_all(bench, wanted, flags.count("callers")));
    const double issue_s = static_cast<double>(now_ns() - issue_from_ns) / 1e9;

    const double cpu_from = cpu_seconds();
    const std::int64_t draw_from_ns = now_ns();
    http::run_blocking(threads,
                       draw_for(bench, draw_from_ns + static_cast<std::int64_t>(flags.number("seconds") * 1e9)));
    const double draw_s = static_cast<double>(now_ns() - draw_from_ns) / 1e9;
    const double draw_cpu_s = cpu_seconds() - cpu_from;
    threads.stop();
    store->reset();
    std::printf(
        "{\"issued_per_s\":%.0f,\"drawn_per_s\":%.0f,\"drawn_per_core_s\":%.0f,\"draw_cpu_us\":%.0f,\"bytes\":%lld}\n",
        static_cast<double>(wanted) / issue_s, static_cast<double>(bench.drawn) / draw_s,
        static_cast<double>(bench.drawn) / draw_cpu_s, draw_cpu_s * 1e6 / static_cast<double>(bench.drawn),
        static_cast<long long>(bench.bytes / std::max<std::int64_t>(bench.drawn, 1)));
}
