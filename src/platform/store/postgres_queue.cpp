#include "postgres_queue.hpp"

namespace florin::store {

bool UnitQueue::has_room_for_one_more() const {
    if (waiting_ == 0) return false;
    if (working_ == 0) return true;
    if (working_ == limits_.at_once) return false;
    const bool is_calm = recent_taken_ / recent_takes < limits_.join_at / 2;
    return is_calm || waiting_ >= limits_.join_at;
}

void UnitQueue::wake_one() {
    if (idle_.empty() || !has_room_for_one_more()) return;
    Worker& worker = *idle_.back();
    idle_.pop_back();
    worker.is_woken = true;
    worker.is_working = true;
    ++working_;
    worker.wake.notify_one();
}

bool UnitQueue::push(detail::Unit& unit) {
    const std::lock_guard lock{mutex_};
    if (is_closed_ || waiting_ >= limits_.waiting) return false;
    unit.next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = &unit;
    last_ = &unit;
    ++waiting_;
    wake_one();
    return true;
}

bool UnitQueue::take(Worker& worker, std::size_t most, std::vector<detail::Unit*>& taken) {
    taken.clear();
    std::unique_lock lock{mutex_};
    if (worker.is_working && !worker.is_slow) --working_;
    worker.is_working = worker.is_slow = false;
    while (!is_closed_) {
        if (!worker.is_working && has_room_for_one_more()) {
            worker.is_working = true;
            ++working_;
        }
        if (worker.is_working) {
            while (first_ != nullptr && taken.size() < most) {
                taken.push_back(first_);
                first_ = first_->next;
                --waiting_;
            }
            if (first_ == nullptr) last_ = nullptr;
            if (!taken.empty()) recent_taken_ += taken.size() - recent_taken_ / recent_takes;
            wake_one();
            if (!taken.empty()) return true;
            --working_;
            worker.is_working = false;
        }
        worker.is_woken = false;
        idle_.push_back(&worker);
        worker.wake.wait(lock, [&] { return worker.is_woken || is_closed_; });
    }
    return false;
}

void UnitQueue::held_up(Worker& worker) {
    const std::lock_guard lock{mutex_};
    if (!worker.is_working || worker.is_slow) return;
    worker.is_slow = true;
    --working_;
    wake_one();
}

std::vector<detail::Unit*> UnitQueue::close() {
    const std::lock_guard lock{mutex_};
    is_closed_ = true;
    for (Worker* worker : idle_) worker->wake.notify_one();
    std::vector<detail::Unit*> left;
    for (; first_ != nullptr; first_ = first_->next) left.push_back(first_);
    last_ = nullptr;
    waiting_ = 0;
    return left;
}

}  // namespace florin::store
