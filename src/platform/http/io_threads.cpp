#include <pthread.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>

#include "florin/runtime/world.hpp"
#include "io_thread.hpp"

namespace florin::http {
namespace {
thread_local IoThread* current_thread = nullptr;
constexpr std::size_t scratch_bytes = 64 * 1024;

/// A write to a socket whose peer has gone must be an error, not the end of the process.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}
}  // namespace

IoThread::IoThread(const ClientOptions& client_options)
    : scratch_(scratch_bytes), client_{make_client(*this, client_options)} {}

IoThread::~IoThread() {
    stop();
    poller_signal_.release();
}

bool IoThread::is_current() const { return current_thread == this; }
IoThread* IoThread::current() { return current_thread; }

void IoThread::post(std::coroutine_handle<> ready) {
    if (is_current()) {
        ready_.push_back(ready);
        return;
    }
    post_all({&ready, 1});
}

void IoThread::post_all(std::span<const std::coroutine_handle<>> ready) {
    if (is_current()) {
        ready_.insert(ready_.end(), ready.begin(), ready.end());
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        if (has_stopped_) return;
        foreign_ready_.insert(foreign_ready_.end(), ready.begin(), ready.end());
    }
    wake();
}

void IoThread::call_after(Millis delay, std::move_only_function<void()> call) {
    const std::int64_t due_ns = system_clock().monotonic_ns() + std::max<std::int64_t>(delay.count(), 0) * 1'000'000;
    if (is_current()) {
        timers_.push_back({due_ns, next_timer_++, std::move(call)});
        std::push_heap(timers_.begin(), timers_.end());
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        if (has_stopped_) return;
        foreign_timers_.push_back({due_ns, 0, std::move(call)});
    }
    wake();
}

void IoThread::wake() {
    // Whoever finds the flag set can rely on the wake of whoever set it: the loop clears it before
    // it looks into the queues.
    if (!has_foreign_.exchange(true)) boost::asio::post(context_, [] {});
}

void IoThread::take_foreign() {
    if (!has_foreign_.load(std::memory_order_relaxed)) return;
    has_foreign_.exchange(false);
    const std::lock_guard lock{mutex_};
    ready_.insert(ready_.end(), foreign_ready_.begin(), foreign_ready_.end());
    foreign_ready_.clear();
    for (Timer& timer : foreign_timers_) {
        timer.order = next_timer_++;
        timers_.push_back(std::move(timer));
        std::push_heap(timers_.begin(), timers_.end());
    }
    foreign_timers_.clear();
}

void IoThread::run_ready() {
    batch_.swap(ready_);
    for (const auto handle : batch_) handle.resume();
    batch_.clear();
}

void IoThread::run_due() {
    if (timers_.empty()) return;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    while (!timers_.empty() && timers_.front().due_ns <= now_ns) {
        std::pop_heap(timers_.begin(), timers_.end());
        const auto due = std::make_unique<Timer>(std::move(timers_.back()));
        timers_.pop_back();
        due->call();
    }
}

void IoThread::watch_poller() {
    if (std::exchange(is_poller_watched_, true)) return;
    poller_signal_.async_wait(poller_signal_.wait_read,
                              [this](boost::system::error_code) { is_poller_watched_ = false; });
}

void IoThread::wait() {
    watch_poller();
    if (timers_.empty()) {
        context_.run_one();
        return;
    }
    const std::int64_t wait_ns = timers_.front().due_ns - system_clock().monotonic_ns();
    if (wait_ns > 0)
        context_.run_one_for(std::chrono::nanoseconds{wait_ns});
    else
        context_.poll_one();
}

void IoThread::run() {
    current_thread = this;
    const Enter here{*this};
    block_sigpipe();
    const auto work = boost::asio::make_work_guard(context_);
    while (!is_stopping_.load(std::memory_order_relaxed)) {
        ++turn_;
        take_foreign();
        run_ready();
        run_due();
        if (poller_.poll() || !ready_.empty() || has_foreign_.load(std::memory_order_relaxed))
            context_.poll_one();
        else
            wait();
    }
    std::vector<Timer> unheard;
    {
        const std::lock_guard lock{mutex_};
        has_stopped_ = true;
        foreign_ready_.clear();
        unheard.swap(foreign_timers_);
    }
    // Nothing resumes them any more: the loop has ended and posts are dropped.
    ready_.clear();
    timers_.clear();
    unheard.clear();
    abandon();
    client_.reset();
    current_thread = nullptr;
}

void IoThread::start() {
    thread_ = std::thread{[this] { run(); }};
}

void IoThread::stop() {
    if (!thread_.joinable()) return;
    is_stopping_ = true;
    boost::asio::post(context_, [] {});
    thread_.join();
}

void IoThread::run_and_wait(const std::function<void()>& call) {
    check(!is_current(), "a thread does not wait for itself");
    auto done = std::make_shared<std::promise<void>>();
    auto result = done->get_future();
    call_after(Millis{0}, [&call, done = std::move(done)] {
        call();
        done->set_value();
    });
    // A thread that stops meanwhile drops the call and with it the promise, which ends the wait.
    result.wait();
}

IoThreads::IoThreads(std::size_t count, ClientOptions client_options) : impl_{std::make_unique<Impl>()} {
    check(count > 0, "there is at least one I/O thread");
    for (std::size_t i = 0; i < count; ++i) impl_->threads.push_back(std::make_unique<IoThread>(client_options));
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): there is one, see the check.
    for (const auto& thread : impl_->threads) thread->start();
}

IoThreads::~IoThreads() { stop(); }

std::size_t IoThreads::size() const { return impl_->threads.size(); }
Scheduler& IoThreads::scheduler(std::size_t thread) { return *impl_->threads.at(thread); }
Client& IoThreads::client(std::size_t thread) { return impl_->threads.at(thread)->client(); }

Client& IoThreads::current_client() {
    IoThread* thread = IoThread::current();
    check(thread != nullptr, "only an I/O thread has a client");
    return thread->client();  // NOLINT(clang-analyzer-core.CallAndMessage): see the check.
}

std::size_t IoThreads::calls_out() const {
    std::size_t sum = 0;
    for (const auto& thread : impl_->threads) sum += thread->calls_out().load(std::memory_order_relaxed);
    return sum;
}

void IoThreads::stop() {
    for (const auto& thread : impl_->threads) thread->stop();
}

}  // namespace florin::http
