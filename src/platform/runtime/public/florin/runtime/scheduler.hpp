#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_set>

#include "florin/base/instant.hpp"
#include "florin/runtime/task.hpp"

namespace florin {

/// Runs coroutines on one thread: an I/O thread of the server, or the whole of a simulation. A
/// coroutine stays on the scheduler on which it was spawned.
class Scheduler {
public:
    virtual ~Scheduler();

    /// Resumes `ready` soon, in the order of the calls. Any thread.
    virtual void post(std::coroutine_handle<> ready) = 0;
    /// As `post` for many, waking the scheduler's thread once. Any thread.
    virtual void post_all(std::span<const std::coroutine_handle<>> ready);
    /// Calls `call` on the scheduler's thread after `delay`. Any thread.
    virtual void call_after(Millis delay, std::move_only_function<void()> call) = 0;

    /// Starts `task` and owns it until it ends, or until the scheduler is told to `abandon` all.
    /// An exception that leaves a spawned task stops the process. On the scheduler's own thread.
    void spawn(Task<void> task);
    /// Destroys every spawned task that has not ended, wherever it stands: how a simulated crash,
    /// and the end of a shutdown's patience, take work away. On the scheduler's own thread, after
    /// everything that could still resume them has been stopped.
    void abandon();
    std::size_t spawned() const { return roots_.size(); }

    /// The scheduler of this thread. There is one whenever a coroutine runs.
    static Scheduler& current();
    /// Makes `scheduler` this thread's own for the life of the object.
    class Enter {
    public:
        explicit Enter(Scheduler& scheduler);
        ~Enter();
        Enter(const Enter&) = delete;

    private:
        Scheduler* before_;
    };

private:
    struct Root;
    static Root run_root(Scheduler& scheduler, Task<void> task);
    std::unordered_set<void*> roots_;
};

/// Waits on the current scheduler.
struct SleepFor {
    Millis delay;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting);
    void await_resume() const noexcept {}
};
inline SleepFor sleep_for(Millis delay) { return {delay}; }

/// Goes on, on the current scheduler, after all that is ready now.
struct OthersFirst {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) { Scheduler::current().post(awaiting); }
    void await_resume() const noexcept {}
};
inline OthersFirst others_first() { return {}; }

/// A latch that background loops wait for: `wait_for` returns at once when it is set, else when it
/// becomes set or `delay` has passed. All on one scheduler.
class Signal {
public:
    Signal();
    /// Wakes every waiter once (a latch stays set until `reset`).
    void set();
    void reset();
    bool is_set() const;
    /// True when the signal was set, false when the time passed.
    Task<bool> wait_for(Millis delay);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace florin
