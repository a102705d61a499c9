#pragma once

#include <future>
#include <type_traits>
#include <utility>

#include "florin/http/server.hpp"

namespace florin::http {

/// Runs `task` on an I/O thread and waits for its result: for the command line and for tests. What the
/// task throws is thrown here; `std::future_error` when the threads stop first. Any thread but theirs.
template <class T>
T run_blocking(IoThreads& threads, Task<T> task, std::size_t thread = 0) {
    std::promise<T> promise;
    auto result = promise.get_future();
    Scheduler& scheduler = threads.scheduler(thread);
    auto drive = [](Task<T> inner, std::promise<T> out) -> Task<void> {
        try {
            if constexpr (std::is_void_v<T>) {
                co_await inner;
                out.set_value();
            } else {
                out.set_value(co_await inner);
            }
        } catch (...) {
            out.set_exception(std::current_exception());
        }
    };
    auto start = [&scheduler, driven = drive(std::move(task), std::move(promise))]() mutable {
        scheduler.spawn(std::move(driven));
    };
    scheduler.call_after(Millis{0}, std::move(start));
    return result.get();
}

}  // namespace florin::http
