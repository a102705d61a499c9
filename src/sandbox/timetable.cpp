#include "timetable.hpp"

#include <algorithm>
#include <utility>

namespace florin::sandbox {

void Timetable::start(Scheduler& scheduler) {
    const std::lock_guard lock{lock_};
    desk_.now = desk_.world.clock.now();
    scheduler_ = &scheduler;
    wake();
}

void Timetable::plan(Instant due_at, std::function<void()> work) {
    works_.emplace(due_at.ms, std::move(work));
    wake();
}

void Timetable::run_due() {
    while (!works_.empty() && works_.begin()->first <= desk_.now.ms) {
        const std::function<void()> work = std::move(works_.extract(works_.begin()).mapped());
        work();
    }
}

void Timetable::wake() {
    if (scheduler_ == nullptr || works_.empty()) return;
    const std::int64_t due_at = works_.begin()->first;
    if (planned_at_ && *planned_at_ <= due_at) return;
    planned_at_ = due_at;
    const Millis until{std::max<std::int64_t>(due_at - desk_.now.ms, 0)};
    scheduler_->call_after(until, [this, due_at, alive = std::weak_ptr<bool>{alive_}] {
        if (alive.expired()) return;
        const std::lock_guard lock{lock_};
        if (planned_at_ == due_at) planned_at_.reset();
        desk_.now = desk_.world.clock.now();
        run_due();
        desk_.records.commit();
        // A clock that was put back has brought us here too early.
        wake();
    });
}

}  // namespace florin::sandbox
