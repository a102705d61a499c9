#pragma once

#include <atomic>

#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::store {

/// The wall clock that processes over one database share: the database's own, as measured (F79). Leases, due
/// times and expiries of one process are read by the others, so their clocks must not disagree. With an embedded
/// database there is one process, and it is that one's. Intervals are this machine's. Any thread.
class DatabaseClock final : public Clock {
public:
    explicit DatabaseClock(Clock& own) : own_{own} {}
    Instant now() override { return own_.now() + Millis{ahead_ms_.load(std::memory_order_relaxed)}; }
    std::int64_t monotonic_ns() override { return own_.monotonic_ns(); }
    /// How far the database's clock was ahead of this machine's when last measured.
    Millis ahead() const { return Millis{ahead_ms_.load(std::memory_order_relaxed)}; }

    /// Asks the database for its time. False when it cannot be asked or was too slow to be believed; what it said
    /// then is gone by only until there is something better.
    Task<bool> measure(Store& store);
    /// Measures every minute until `stop`, and every second until the first time is believed.
    Task<void> follow(Store& store, Signal& stop);

private:
    Clock& own_;
    std::atomic<std::int64_t> ahead_ms_{0};
    std::atomic<bool> is_believed_ = false;
};

}  // namespace florin::store
