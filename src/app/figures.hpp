#pragma once

#include <atomic>

#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// What the database says of the work that is open, as gauges (docs/reference/metrics.md). Any thread.
class Figures {
public:
    /// Both outlive it.
    Figures(store::Store& store, Clock& clock) : store_{store}, clock_{clock} {}
    /// Reads them anew, at most once a second: the port may be anybody's to ask. While the database
    /// cannot be read they stay as they were.
    Task<void> refresh();

private:
    store::Store& store_;
    Clock& clock_;
    std::atomic<std::int64_t> next_at_ns_{INT64_MIN};
};

}  // namespace florin::app
