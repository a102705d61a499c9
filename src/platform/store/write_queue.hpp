#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/store/store.hpp"

namespace florin::store {

/// Units of work on their way from any thread to one writing thread, oldest first. Pushing takes no
/// lock unless the writer sleeps.
class WriteQueue {
public:
    explicit WriteQueue(std::size_t bound) : bound_{bound} {}

    /// False when the queue is full. Any thread.
    [[nodiscard]] bool push(detail::Unit& unit);
    /// Moves up to `most` waiting units to `out`. The writer's thread.
    void take(std::size_t most, std::vector<detail::Unit*>& out);
    /// Sleeps until something waits or `close` was called; false when `patience` passed instead. The
    /// writer's thread.
    bool sleep(Millis patience);
    /// Nothing is pushed after this. Any thread.
    void close();
    bool is_closed() const { return is_closed_.load(); }

private:
    void wake();

    const std::size_t bound_;
    std::atomic<std::size_t> size_{0};
    /// The newest unit; `Unit::next` leads to the older ones.
    std::atomic<detail::Unit*> newest_{nullptr};
    /// Already in order, the writer's own.
    detail::Unit* oldest_ = nullptr;

    std::atomic<bool> is_asleep_{false};
    std::atomic<bool> is_closed_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
};

}  // namespace florin::store
