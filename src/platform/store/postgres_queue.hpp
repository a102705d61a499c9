#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "florin/store/store.hpp"

namespace florin::store {

/// Units that wait, and the threads that serve them. Wakes as few threads as it can: one that takes
/// many units at once is worth more than many that take one each.
class UnitQueue {
public:
    struct Limits {
        /// Beyond this many waiting units a new one is refused (F115).
        std::size_t waiting = 2'048;
        /// So many threads work at the same time; not counting those that a slow server holds up.
        std::size_t at_once = 2;
        /// A further thread joins once so many units wait, or at once while transactions are shared by few:
        /// then there is time enough, and nobody has to wait for a commit that is not his own.
        std::size_t join_at = 1;
    };
    /// One thread's place at the queue.
    struct Worker {
        std::condition_variable wake;
        bool is_woken = false;
        bool is_working = false;
        bool is_slow = false;
    };

    explicit UnitQueue(Limits limits) : limits_{limits} {}

    /// False when the queue is full or closed. Any thread.
    bool push(detail::Unit& unit);
    /// Waits for work and moves up to `most` units to `taken`. False once the queue is closed.
    bool take(Worker& worker, std::size_t most, std::vector<detail::Unit*>& taken);
    /// The worker is being held up: another may take over meanwhile.
    void held_up(Worker& worker);
    /// Wakes everybody for good and returns the units that nobody has taken.
    std::vector<detail::Unit*> close();

private:
    bool has_room_for_one_more() const;
    void wake_one();

    const Limits limits_;
    std::mutex mutex_;
    detail::Unit* first_ = nullptr;
    detail::Unit* last_ = nullptr;
    std::size_t waiting_ = 0;
    /// Woken or working, and not held up.
    std::size_t working_ = 0;
    /// How many units were taken in the last so many takes, fading.
    static constexpr std::size_t recent_takes = 16;
    std::size_t recent_taken_ = 0;
    /// Last in, first out: the same connections stay warm.
    std::vector<Worker*> idle_;
    bool is_closed_ = false;
};

}  // namespace florin::store
