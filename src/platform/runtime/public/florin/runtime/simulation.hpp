#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"

namespace florin {

/// Time that moves only when everybody waits.
class SimClock final : public Clock {
public:
    Instant now() override { return wall_; }
    std::int64_t monotonic_ns() override { return monotonic_ns_; }
    void advance(Millis by) {
        wall_ = wall_ + by;
        monotonic_ns_ += by.count() * 1'000'000;
    }
    /// Moves the wall clock alone, either way (F77, F78).
    void jump(Millis by) { wall_ = wall_ + by; }

private:
    Instant wall_{1'795'000'000'000};  // 2026-11-18
    std::int64_t monotonic_ns_ = 0;
};

/// Chance that repeats itself: the same seed, the same bytes. Not for production.
class SimRandom final : public Random {
public:
    explicit SimRandom(std::uint64_t seed) : state_{seed} {}
    void fill(std::span<std::byte> out) override;

private:
    std::uint64_t state_;
};

/// A whole platform's scheduler on one thread and virtual time. Ready coroutines run in the order in
/// which they became ready; when none is left, the clock moves to the next timer.
class SimScheduler final : public Scheduler {
public:
    explicit SimScheduler(SimClock& clock) : clock_{clock} {}
    ~SimScheduler() override;
    void post(std::coroutine_handle<> ready) override;
    void call_after(Millis delay, std::move_only_function<void()> call) override;

    /// Runs until nothing is ready and no timer is left or `limit` of virtual time has passed.
    /// True when all came to rest.
    bool run(Millis limit = Millis{3'600'000});
    /// Runs `task` to its end, moving time as needed; stops the process if it never ends.
    template <class T>
    T await(Task<T> task);
    /// Forgets everything that is ready or timed, then abandons all spawned tasks: a crash. Callable
    /// from within an event that is running on this scheduler only via `call_after` or a store's hook
    /// that does not return into a coroutine.
    void crash();

private:
    bool step(Millis limit_left);
    SimClock& clock_;
    std::deque<std::move_only_function<void()>> ready_;
    std::multimap<std::pair<std::int64_t, std::uint64_t>, std::move_only_function<void()>> timers_;
    std::uint64_t next_timer_ = 0;
};

template <class T>
T SimScheduler::await(Task<T> task) {
    if constexpr (std::is_void_v<T>) {
        bool is_done = false;
        spawn([](Task<void> inner, bool& done) -> Task<void> {
            co_await inner;
            done = true;
        }(std::move(task), is_done));
        const Enter here{*this};
        while (!is_done && step(Millis::max())) {
        }
        check(is_done, "the awaited task ends");
    } else {
        std::optional<T> result;
        spawn([](Task<T> inner, std::optional<T>& out) -> Task<void> { out.emplace(co_await inner); }(std::move(task),
                                                                                                      result));
        const Enter here{*this};
        while (!result && step(Millis::max())) {
        }
        check(result.has_value(), "the awaited task ends");
        return std::move(*result);
    }
}

}  // namespace florin
