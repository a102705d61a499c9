#include "florin/runtime/simulation.hpp"

#include <algorithm>

namespace florin {

void SimRandom::fill(std::span<std::byte> out) {
    std::size_t at = 0;
    while (at < out.size()) {
        // SplitMix64.
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        z ^= z >> 31;
        for (int i = 0; i < 8 && at < out.size(); ++i, z >>= 8) out[at++] = static_cast<std::byte>(z & 0xff);
    }
}

SimScheduler::~SimScheduler() { crash(); }

void SimScheduler::post(std::coroutine_handle<> ready) {
    ready_.emplace_back([ready] { ready.resume(); });
}

void SimScheduler::call_after(Millis delay, std::move_only_function<void()> call) {
    const std::int64_t due_ns = clock_.monotonic_ns() + std::max<std::int64_t>(delay.count(), 0) * 1'000'000;
    timers_.emplace(std::pair{due_ns, next_timer_++}, std::move(call));
}

bool SimScheduler::step(Millis limit_left) {
    if (!ready_.empty()) {
        auto call = std::move(ready_.front());
        ready_.pop_front();
        call();
        return true;
    }
    if (timers_.empty()) return false;
    auto first = timers_.begin();
    const std::int64_t wait_ns = std::max<std::int64_t>(first->first.first - clock_.monotonic_ns(), 0);
    if (wait_ns / 1'000'000 > limit_left.count()) return false;
    clock_.advance(Millis{wait_ns / 1'000'000});
    auto call = std::move(first->second);
    timers_.erase(first);
    call();
    return true;
}

bool SimScheduler::run(Millis limit) {
    const Enter here{*this};
    const std::int64_t end_ns = clock_.monotonic_ns() + limit.count() * 1'000'000;
    while (step(Millis{(end_ns - clock_.monotonic_ns()) / 1'000'000})) {
    }
    return ready_.empty() && timers_.empty();
}

void SimScheduler::crash() {
    ready_.clear();
    timers_.clear();
    abandon();
}

}  // namespace florin
