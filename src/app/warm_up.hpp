#pragma once

#include <atomic>
#include <thread>

#include "florin/store/store.hpp"

namespace florin::app {

/// Reads, after a start, what every purchase needs and no order keeps together, so that it lies in memory: on a thread
/// of its own that gives way to all others. On SQLite; a server of PostgreSQL has its own ways.
class WarmUp {
public:
    /// `store` outlives it.
    explicit WarmUp(store::Store& store);
    /// Waits for the page that is being read.
    ~WarmUp();
    WarmUp(const WarmUp&) = delete;

private:
    void run(store::Store& store);
    std::atomic<bool> is_stopping_ = false;
    std::thread thread_;
};

}  // namespace florin::app
