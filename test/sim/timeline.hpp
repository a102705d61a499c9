#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/simulation.hpp"

namespace florin::sim {

class Lane;

/// Everything that is going to happen, in one order: virtual time moves to the next event when nothing
/// is left to do now.
class Timeline {
public:
    explicit Timeline(SimClock& clock) : clock_{clock} {}

    /// Runs until `is_done`, nothing is left to happen, or `limit` of virtual time has passed. True
    /// when `is_done`.
    bool run_until(const std::function<bool()>& is_done, Millis limit);
    /// Called between two events, where nothing runs and everything may be torn down.
    std::function<void()> between;

private:
    friend class Lane;
    struct Event {
        Lane* lane;
        std::move_only_function<void()> call;
    };
    void add(Lane& lane, Millis delay, std::move_only_function<void()> call);

    SimClock& clock_;
    std::map<std::pair<std::int64_t, std::uint64_t>, Event> events_;
    std::uint64_t next_event_ = 0;
};

/// One process' share of the timeline: it can die without the others noticing.
class Lane final : public Scheduler {
public:
    explicit Lane(Timeline& timeline) : timeline_{timeline} {}
    ~Lane() override { kill(); }
    void post(std::coroutine_handle<> ready) override;
    void call_after(Millis delay, std::move_only_function<void()> call) override;
    /// Nothing of the lane happens any more, and what it was doing is gone. Between two events only.
    void kill();

private:
    Timeline& timeline_;
};

}  // namespace florin::sim
