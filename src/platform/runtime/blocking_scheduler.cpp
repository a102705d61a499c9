#include "florin/runtime/blocking_scheduler.hpp"

#include <algorithm>
#include <chrono>

#include "florin/runtime/world.hpp"

namespace florin {

void BlockingScheduler::post(std::coroutine_handle<> ready) {
    const std::lock_guard lock{mutex_};
    ready_.push_back(ready);
    changed_.notify_one();
}

void BlockingScheduler::call_after(Millis delay, std::move_only_function<void()> call) {
    const std::lock_guard lock{mutex_};
    timed_.push_back({system_clock().monotonic_ns() + delay.count() * 1'000'000, std::move(call)});
    changed_.notify_one();
}

void BlockingScheduler::run_next() {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (!ready_.empty()) {
            const auto handle = ready_.front();
            ready_.pop_front();
            lock.unlock();
            handle.resume();
            return;
        }
        const auto first = std::ranges::min_element(timed_, {}, &Timed::due_ns);
        if (first == timed_.end()) {
            changed_.wait(lock);
            continue;
        }
        const std::int64_t wait_ns = first->due_ns - system_clock().monotonic_ns();
        if (wait_ns > 0) {
            changed_.wait_for(lock, std::chrono::nanoseconds{wait_ns});
            continue;
        }
        auto call = std::move(first->call);
        timed_.erase(first);
        lock.unlock();
        call();
        return;
    }
}

}  // namespace florin
