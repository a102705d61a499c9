#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "florin/runtime/scheduler.hpp"

namespace florin {

namespace detail {
template <class Item, class Work>
struct Each {
    std::vector<Item> items;
    Work work;
    std::size_t next = 0;
    std::size_t running = 0;
    Signal done;
};

template <class Item, class Work>
Task<void> run_each(std::shared_ptr<Each<Item, Work>> all) {
    while (all->next < all->items.size()) {
        Item item = std::move(all->items[all->next++]);
        co_await all->work(std::move(item));
    }
    if (--all->running == 0) all->done.set();
}
}  // namespace detail

/// Awaits `work(item)`, a `Task<void>`, of all items, at most `width` at a time, on the current scheduler.
/// What `work` refers to must outlive the scheduler's tasks.
template <class Item, class Work>
Task<void> for_each(std::vector<Item> items, std::size_t width, Work work) {
    if (items.empty()) co_return;
    const std::size_t count = std::min(width, items.size());
    auto all = std::make_shared<detail::Each<Item, Work>>(std::move(items), std::move(work));
    all->running = count;
    for (std::size_t i = 0; i < count; ++i) Scheduler::current().spawn(detail::run_each(all));
    while (!all->done.is_set()) co_await all->done.wait_for(Millis{60'000});
}

}  // namespace florin
