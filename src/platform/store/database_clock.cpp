#include "florin/store/database_clock.hpp"

namespace florin::store {
namespace {

// SQLite has no clock but this machine's. Not transaction time, which is when the transaction began.
const Sql read_clock{"clock.read", "SELECT 0", "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"};

constexpr Millis between_measurements{60'000}, until_believed{1'000};
/// An answer that took longer says too little about when it was given.
constexpr std::int64_t slowest_answer_ns = 500'000'000;

}  // namespace

Task<bool> DatabaseClock::measure(Store& store) {
    if (store.engine() != Engine::postgres) co_return true;
    struct Measured {
        std::int64_t database_ms = 0, own_ms = 0, took_ns = 0;
    };
    auto ask = [&](Reader& reader) -> Result<Measured> {
        const std::int64_t before_ns = own_.monotonic_ns();
        const auto database_ms = reader.first(read_clock, [](const Row& row) { return row.integer(0); });
        const std::int64_t took_ns = own_.monotonic_ns() - before_ns;
        return Measured{database_ms.value_or(0), own_.now().ms - took_ns / 2'000'000, took_ns};
    };
    const auto measured = co_await store.read(ask);
    if (!measured) co_return false;
    const bool is_believed = measured->took_ns <= slowest_answer_ns;
    // At worst it is wrong by half of what it took: until there is a better one, better than this machine's clock.
    if (!is_believed && is_believed_) co_return false;
    ahead_ms_ = measured->database_ms - measured->own_ms;
    is_believed_ = is_believed;
    co_return is_believed;
}

Task<void> DatabaseClock::follow(Store& store, Signal& stop) {
    while (!stop.is_set()) {
        co_await stop.wait_for(is_believed_ ? between_measurements : until_believed);
        if (!stop.is_set()) co_await measure(store);
    }
}

}  // namespace florin::store
