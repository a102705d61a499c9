#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "florin/payments/payments.hpp"
#include "florin/runtime/world.hpp"

namespace florin::payments {

/// A circuit breaker per connector: opens when at least half of the last calls (twenty or more within
/// a minute) got no answer, and closes when one is answered. While it is open nothing new is started;
/// after a minute, and every minute from then on, one caller is told to probe with a look-up first: a
/// charge is never the probe (F35). Any thread.
///
/// Source: requirements D-DE-05.
class Breakers {
public:
    enum class Verdict { go, wait, probe };

    explicit Breakers(Clock& clock) : clock_{clock} {}
    /// Whether a new operation may be started. `probe` is said to one caller, who notes what became of it.
    Verdict ask(std::string_view connector);
    void note(std::string_view connector, bool was_answered);
    bool is_open(std::string_view connector);
    BreakerState state(std::string_view connector);
    bool is_any_open() const { return open_.load(std::memory_order_relaxed) > 0; }

private:
    struct State {
        std::deque<std::pair<std::int64_t, bool>> calls;
        std::size_t failures = 0;
        bool is_open = false;
        std::int64_t probe_at_ns = 0;
        std::optional<Instant> changed_at;
    };
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, State, std::less<>> states_;
    std::atomic<int> open_ = 0;
};

}  // namespace florin::payments
