#pragma once

#include <mutex>
#include <unordered_map>

#include "florin/runtime/world.hpp"
#include "in_flight.hpp"

namespace florin::payments {

/// Since when each transaction is known not to be at the provider. By the monotonic clock, because the time that
/// a request may still be on its way has to pass really, whatever the wall clock does (F7, F77). What a process
/// has seen it forgets when it ends; the next one takes its own time. Any thread.
class Absences {
public:
    explicit Absences(Clock& clock) : clock_{clock} {}

    /// It was looked for and not found. `is_first`: the look before found it, got no answer, or came before it
    /// was sent again. Returns how long this process has been finding nothing.
    Millis note(const Uuid& id, bool is_first) {
        const std::lock_guard lock{mutex_};
        const std::int64_t now = clock_.monotonic_ns();
        // Others record what we have looked for too, so not everything that is begun here ends here.
        if (seen_.size() > most)
            std::erase_if(seen_, [&](const auto& one) { return now - one.second.last_ns > forgotten_ns; });
        const auto [found, is_new] = seen_.try_emplace(id, Seen{now, now});
        if (is_first) found->second.first_ns = now;
        found->second.last_ns = now;
        return Millis{(now - found->second.first_ns) / 1'000'000};
    }

private:
    struct Seen {
        std::int64_t first_ns, last_ns;
    };
    static constexpr std::size_t most = 1'000;
    static constexpr std::int64_t forgotten_ns = 600'000'000'000;
    Clock& clock_;
    std::mutex mutex_;
    std::unordered_map<Uuid, Seen, HashOfId> seen_;
};

}  // namespace florin::payments
