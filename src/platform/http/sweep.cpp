#include "sweep.hpp"

#include <algorithm>
#include <utility>

#include "florin/runtime/world.hpp"

namespace florin::http {
namespace {
/// How long at most until the list is looked over again: then a new deadline seldom needs a new timer.
constexpr std::int64_t longest_wait_ns = 1'000'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;
}  // namespace

Timed::~Timed() { unlink(); }

void Timed::unlink() {
    if (sweep_ == nullptr) return;
    if (sweep_->cursor_ == this) sweep_->cursor_ = after_;
    if (sweep_->first_ == this) sweep_->first_ = after_;
    if (before_ != nullptr) before_->after_ = after_;
    if (after_ != nullptr) after_->before_ = before_;
    before_ = after_ = nullptr;
    sweep_ = nullptr;
}

Sweep::Sweep(Scheduler& scheduler) : scheduler_{scheduler}, self_{std::make_shared<Sweep*>(this)} {}

Sweep::~Sweep() {
    *self_ = nullptr;
    while (first_ != nullptr) first_->unlink();
}

void Sweep::add(Timed& item) {
    item.sweep_ = this;
    item.after_ = first_;
    if (first_ != nullptr) first_->before_ = &item;
    first_ = &item;
}

void Sweep::set(Timed& item, Millis from_now) {
    const std::int64_t now_ns = system_clock().monotonic_ns();
    item.deadline_ns_ = now_ns + from_now.count() * ns_per_ms;
    const std::int64_t look_ns = std::min(item.deadline_ns_, now_ns + longest_wait_ns);
    if (look_ns + slack.count() * ns_per_ms < next_look_ns_) wake_at(look_ns);
}

void Sweep::wake_at(std::int64_t when_ns) {
    next_look_ns_ = when_ns;
    const std::int64_t wait_ns = std::max<std::int64_t>(when_ns - system_clock().monotonic_ns(), 0);
    scheduler_.call_after(Millis{(wait_ns + ns_per_ms - 1) / ns_per_ms}, [self = self_, when_ns] {
        if (*self != nullptr && (*self)->next_look_ns_ == when_ns) (*self)->look();
    });
}

void Sweep::look() {
    next_look_ns_ = Timed::never;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    for_each([now_ns](Timed& item) {
        if (item.deadline_ns_ > now_ns) return;
        item.deadline_ns_ = Timed::never;
        item.expire();
    });
    std::int64_t earliest_ns = Timed::never;
    for (const Timed* item = first_; item != nullptr; item = item->after_)
        earliest_ns = std::min(earliest_ns, item->deadline_ns_);
    if (earliest_ns == Timed::never) return;
    const std::int64_t look_ns = std::clamp(earliest_ns, now_ns + slack.count() * ns_per_ms, now_ns + longest_wait_ns);
    if (look_ns < next_look_ns_) wake_at(look_ns);
}

}  // namespace florin::http
