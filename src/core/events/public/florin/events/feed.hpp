#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "florin/base/id.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/store/store.hpp"

namespace florin::events {

/// Lets readers wait for a merchant's next event without holding a thread or a connection to the database. While
/// anybody waits, one coroutine looks every `interval` how far the merchants concerned have come, whichever process
/// has written; while nobody does, nothing runs. Any thread.
class Feed {
public:
    static constexpr Millis interval{50};
    static constexpr std::size_t most_waiting = 256;  ///< Of one merchant.

    /// Once `is_ending` says so, nobody waits any longer. `store` outlives all who wait.
    Feed(store::Store& store, std::function<bool()> is_ending);
    ~Feed();
    Feed(const Feed&) = delete;

    /// Waits until there is an event behind `position`, or `patience` is over, or the process is about to end. Error
    /// `rate_limited` (`too_many_waiting`): the merchant has as many waiting as may.
    Task<Result<void>> wait(MerchantId merchant, std::int64_t position, Millis patience);
    bool is_ending() const;
    /// How many wait, over all merchants.
    std::size_t waiting() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace florin::events
