#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "desk.hpp"
#include "florin/runtime/scheduler.hpp"

namespace florin::sandbox {

/// What happens at simulated providers later, when the world's clock says so: a debit that ends, a customer who
/// disputes. Nothing of it is stored: a provider plans anew what its objects wait for when it reads them.
///
/// Everything happens under the sandbox's lock.
class Timetable {
public:
    Timetable(Desk& desk, std::mutex& lock) : desk_{desk}, lock_{lock} {}
    Timetable(const Timetable&) = delete;

    /// From now on it runs by itself, on `scheduler`; until then by `run_due` alone. Takes the lock.
    void start(Scheduler& scheduler);
    /// Once the clock says `due_at`. `work` has to see for itself whether it is still wanted.
    void plan(Instant due_at, std::function<void()> work);
    /// All that is due, in its order: before each call, so that nobody reads what is over.
    void run_due();

private:
    void wake();
    Desk& desk_;
    std::mutex& lock_;
    std::multimap<std::int64_t, std::function<void()>> works_;
    Scheduler* scheduler_ = nullptr;
    std::optional<std::int64_t> planned_at_;
    /// Callbacks that come after the timetable is gone find it expired.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace florin::sandbox
