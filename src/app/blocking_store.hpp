#pragma once

#include <future>
#include <optional>

#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// One unit of work from a thread that has nothing else to do: the command line and the start.
template <class F>
auto write_blocking(store::Store& store, F& unit) {
    BlockingScheduler scheduler;
    using R = std::invoke_result_t<F&, store::Tx&>;
    auto run = [](store::Store& s, F& f) -> Task<R> { co_return co_await s.write(f); };
    return scheduler.await(run(store, unit));
}

/// For as long as it takes.
template <class F>
auto examine_blocking(store::Store& store, F& view) {
    BlockingScheduler scheduler;
    using R = std::invoke_result_t<F&, store::Reader&>;
    auto run = [](store::Store& s, F& f) -> Task<R> { co_return co_await s.examine(f); };
    return scheduler.await(run(store, view));
}

template <class F>
auto read_blocking(store::Store& store, F& view) {
    BlockingScheduler scheduler;
    using R = std::invoke_result_t<F&, store::Reader&>;
    auto run = [](store::Store& s, F& f) -> Task<R> { co_return co_await s.read(f); };
    return scheduler.await(run(store, view));
}

}  // namespace florin::app
