#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "florin/runtime/world.hpp"

namespace florin::payments {

/// A circuit breaker per connector: opens when at least half of the last calls (twenty or more within
/// a minute) got no answer, stays open for a minute, and closes again when a look-up is answered; a
/// charge is never the probe (F35). Any thread.
///
/// Source: requirements D-DE-05.
class Breakers {
public:
    explicit Breakers(Clock& clock) : clock_{clock} {}
    /// Whether a new operation may be started.
    bool allows(std::string_view connector);
    void note(std::string_view connector, bool was_answered);
    bool is_open(std::string_view connector);

private:
    struct State {
        std::deque<std::pair<std::int64_t, bool>> calls;
        std::size_t failures = 0;
        std::int64_t open_until_ns = 0;
    };
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, State, std::less<>> states_;
};

}  // namespace florin::payments
