#include "timeline.hpp"

#include <algorithm>

namespace florin::sim {

void Timeline::add(Lane& lane, Millis delay, std::move_only_function<void()> call) {
    const std::int64_t due_ns = clock_.monotonic_ns() + std::max<std::int64_t>(delay.count(), 0) * 1'000'000;
    events_.emplace(std::pair{due_ns, next_event_++}, Event{&lane, std::move(call)});
}

bool Timeline::run_until(const std::function<bool()>& is_done, Millis limit) {
    const std::int64_t end_ns = clock_.monotonic_ns() + limit.count() * 1'000'000;
    while (!is_done()) {
        if (events_.empty() || events_.begin()->first.first > end_ns) {
            clock_.advance(Millis{(end_ns - clock_.monotonic_ns()) / 1'000'000});
            return false;
        }
        const auto next = events_.begin();
        clock_.advance(Millis{(next->first.first - clock_.monotonic_ns()) / 1'000'000});
        Event event = std::move(next->second);
        events_.erase(next);
        {
            const Scheduler::Enter here{*event.lane};
            event.call();
        }
        if (between) between();
    }
    return true;
}

void Lane::post(std::coroutine_handle<> ready) {
    timeline_.add(*this, Millis{0}, [ready] { ready.resume(); });
}

void Lane::call_after(Millis delay, std::move_only_function<void()> call) {
    timeline_.add(*this, delay, std::move(call));
}

void Lane::kill() {
    std::erase_if(timeline_.events_, [this](const auto& event) { return event.second.lane == this; });
    abandon();
}

}  // namespace florin::sim
