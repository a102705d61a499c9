#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "florin/runtime/scheduler.hpp"

namespace florin {

/// A scheduler of the calling thread, which waits in `await`: for the command line and for starting up.
class BlockingScheduler final : public Scheduler {
public:
    void post(std::coroutine_handle<> ready) override;
    /// Runs before the next coroutine once `delay` has passed.
    void call_after(Millis delay, std::move_only_function<void()> call) override;

    /// Runs `task` to its end on this thread. What it throws is thrown here.
    template <class T>
    T await(Task<T> task) {
        std::optional<T> result;
        std::exception_ptr escaped;
        spawn([](Task<T> inner, std::optional<T>& out, std::exception_ptr& thrown) -> Task<void> {
            try {
                out.emplace(co_await inner);
            } catch (...) {
                thrown = std::current_exception();
            }
        }(std::move(task), result, escaped));
        const Enter here{*this};
        while (!result && !escaped) run_next();
        if (escaped) std::rethrow_exception(escaped);
        return std::move(*result);
    }

private:
    struct Timed {
        std::int64_t due_ns;
        std::move_only_function<void()> call;
    };
    void run_next();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::coroutine_handle<>> ready_;
    std::vector<Timed> timed_;
};

}  // namespace florin
