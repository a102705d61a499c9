#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "florin/runtime/scheduler.hpp"

namespace florin::store::test {

/// A scheduler on a thread of its own, as the server's are: what threads do to the store is tested with it.
class LoopScheduler final : public Scheduler {
public:
    LoopScheduler() : thread_{[this] { run(); }} {}
    ~LoopScheduler() override { stop(); }

    void post(std::coroutine_handle<> ready) override {
        call([ready] { ready.resume(); });
    }
    void post_all(std::span<const std::coroutine_handle<>> ready) override {
        {
            const std::lock_guard lock{mutex_};
            for (const auto handle : ready) calls_.emplace_back([handle] { handle.resume(); });
        }
        woken_.notify_one();
    }
    /// Without timers: the store asks for none.
    void call_after(Millis, std::move_only_function<void()> call_later) override { call(std::move(call_later)); }

    void call(std::move_only_function<void()> next) {
        {
            const std::lock_guard lock{mutex_};
            calls_.push_back(std::move(next));
        }
        woken_.notify_one();
    }
    /// Runs `task` here and waits, on the calling thread, until it has ended.
    void finish(std::function<Task<void>()> task) {
        std::mutex mutex;
        std::condition_variable ended;
        bool has_ended = false;
        call([&] {
            spawn([](std::function<Task<void>()> work, std::function<void()> end) -> Task<void> {
                co_await work();
                end();
            }(task, [&] {
                      const std::lock_guard lock{mutex};
                      has_ended = true;
                      ended.notify_one();
                  }));
        });
        std::unique_lock lock{mutex};
        ended.wait(lock, [&] { return has_ended; });
    }
    /// Finishes what is ready, then ends the thread.
    void stop() {
        {
            const std::lock_guard lock{mutex_};
            is_stopping_ = true;
        }
        woken_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

private:
    void run() {
        const Enter here{*this};
        std::unique_lock lock{mutex_};
        for (;;) {
            woken_.wait(lock, [&] { return !calls_.empty() || is_stopping_; });
            if (calls_.empty()) return;
            auto batch = std::exchange(calls_, {});
            lock.unlock();
            for (auto& next : batch) next();
            lock.lock();
        }
    }
    std::mutex mutex_;
    std::condition_variable woken_;
    std::deque<std::move_only_function<void()>> calls_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace florin::store::test
