#include "write_queue.hpp"

namespace florin::store {

bool WriteQueue::push(detail::Unit& unit) {
    if (size_.fetch_add(1, std::memory_order_relaxed) >= bound_) {
        size_.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }
    detail::Unit* before = newest_.load(std::memory_order_relaxed);
    do unit.next = before;
    while (!newest_.compare_exchange_weak(before, &unit, std::memory_order_seq_cst, std::memory_order_relaxed));
    // The unit may be gone by now. Only the first one after the writer looked can find it asleep; the
    // order of this store and this load against the writer's is what `seq_cst` is for.
    if (before == nullptr && is_asleep_.load(std::memory_order_seq_cst)) wake();
    return true;
}

void WriteQueue::take(std::size_t most, std::vector<detail::Unit*>& out) {
    out.clear();
    while (out.size() < most) {
        if (oldest_ == nullptr) {
            detail::Unit* unit = newest_.exchange(nullptr, std::memory_order_acquire);
            if (unit == nullptr) break;
            while (unit != nullptr) {
                detail::Unit* older = unit->next;
                unit->next = oldest_;
                oldest_ = unit;
                unit = older;
            }
        }
        out.push_back(oldest_);
        oldest_ = oldest_->next;
    }
    size_.fetch_sub(out.size(), std::memory_order_relaxed);
}

bool WriteQueue::sleep(Millis patience) {
    std::unique_lock lock{mutex_};
    is_asleep_.store(true, std::memory_order_seq_cst);
    const auto has_reason = [&] {
        return newest_.load(std::memory_order_seq_cst) != nullptr || is_closed_.load(std::memory_order_relaxed);
    };
    const bool is_woken = oldest_ != nullptr || woken_.wait_for(lock, patience, has_reason);
    is_asleep_.store(false, std::memory_order_relaxed);
    return is_woken;
}

void WriteQueue::close() {
    is_closed_.store(true);
    wake();
}

void WriteQueue::wake() {
    // Taking the lock makes sure that the writer either waits already or looks again before it does.
    {
        const std::lock_guard lock{mutex_};
    }
    woken_.notify_one();
}

}  // namespace florin::store
