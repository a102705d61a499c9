#include "florin/runtime/scheduler.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace florin {
namespace {
thread_local Scheduler* current_scheduler = nullptr;
}

/// The frame that holds a spawned task. It destroys itself at its end.
struct Scheduler::Root {
    struct promise_type {
        Scheduler& scheduler;
        promise_type(Scheduler& owner, Task<void>&) : scheduler{owner} {
            scheduler.roots_.insert(std::coroutine_handle<promise_type>::from_promise(*this).address());
        }
        ~promise_type() { scheduler.roots_.erase(std::coroutine_handle<promise_type>::from_promise(*this).address()); }
        Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        [[noreturn]] void unhandled_exception() {
            try {
                throw;
            } catch (const std::exception& failure) {
                std::fprintf(stderr, "check failed: a spawned task let an exception escape: %s\n", failure.what());
            } catch (...) {
                std::fprintf(stderr, "check failed: a spawned task let an unknown exception escape\n");
            }
            std::abort();
        }
    };
    std::coroutine_handle<promise_type> handle;
};

Scheduler::~Scheduler() = default;

void Scheduler::post_all(std::span<const std::coroutine_handle<>> ready) {
    for (const auto handle : ready) post(handle);
}

Scheduler::Root Scheduler::run_root(Scheduler&, Task<void> task) { co_await task; }

void Scheduler::spawn(Task<void> task) { post(run_root(*this, std::move(task)).handle); }

void Scheduler::abandon() {
    const Enter here{*this};
    while (!roots_.empty()) std::coroutine_handle<>::from_address(*roots_.begin()).destroy();
}

Scheduler& Scheduler::current() {
    check(current_scheduler != nullptr, "coroutines run on a scheduler's thread");
    return *current_scheduler;
}

Scheduler::Enter::Enter(Scheduler& scheduler) : before_{std::exchange(current_scheduler, &scheduler)} {}
Scheduler::Enter::~Enter() { current_scheduler = before_; }

void SleepFor::await_suspend(std::coroutine_handle<> awaiting) {
    Scheduler::current().call_after(delay, [awaiting] { awaiting.resume(); });
}

struct Signal::State {
    bool is_set = false;
    struct Waiter {
        std::coroutine_handle<> handle;
        bool is_done = false;
    };
    std::vector<std::shared_ptr<Waiter>> waiters;
};

Signal::Signal() : state_{std::make_shared<State>()} {}

void Signal::set() {
    state_->is_set = true;
    for (const auto& waiter : std::exchange(state_->waiters, {}))
        if (!std::exchange(waiter->is_done, true)) Scheduler::current().post(waiter->handle);
}
void Signal::reset() { state_->is_set = false; }
bool Signal::is_set() const { return state_->is_set; }

Task<bool> Signal::wait_for(Millis delay) {
    if (state_->is_set) co_return true;
    auto waiter = std::make_shared<State::Waiter>();
    struct Wait {
        State& state;
        std::shared_ptr<State::Waiter> waiter;
        Millis delay;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting) {
            waiter->handle = awaiting;
            state.waiters.push_back(waiter);
            Scheduler::current().call_after(delay, [waiter = waiter] {
                if (!std::exchange(waiter->is_done, true)) waiter->handle.resume();
            });
        }
        void await_resume() const noexcept {}
        // A frame that is destroyed while it waits must not be resumed by the timer.
        ~Wait() { waiter->is_done = true; }
    };
    Wait wait{*state_, waiter, delay};
    co_await wait;
    std::erase(state_->waiters, waiter);
    co_return state_->is_set;
}

}  // namespace florin
