#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "florin/http/server.hpp"
#include "poller.hpp"
#include "sweep.hpp"

namespace florin::http {

/// One thread, its event loop, its coroutines and its way out.
class IoThread final : public Scheduler {
public:
    explicit IoThread(const ClientOptions& client_options);
    ~IoThread() override;

    void post(std::coroutine_handle<> ready) override;
    void post_all(std::span<const std::coroutine_handle<>> ready) override;
    void call_after(Millis delay, std::move_only_function<void()> call) override;

    void start();
    /// Ends the loop, destroys what still waits, joins. Any thread but this one.
    void stop();
    /// Runs `call` on this thread and returns when it has run; at once, without running it, when the
    /// thread has stopped. Any other thread.
    void run_and_wait(const std::function<void()>& call);
    bool is_current() const;
    static IoThread* current();

    boost::asio::io_context& context() { return context_; }
    Poller& poller() { return poller_; }
    Sweep& sweep() { return sweep_; }
    Client& client() { return *client_; }
    /// Calls of the client that have a connection and wait for their answer. Any thread.
    std::atomic<std::size_t>& calls_out() { return calls_out_; }
    /// Where sockets are read into; used within one call, never across a suspension. Whoever reads
    /// into it wipes what was read.
    std::span<char> scratch() { return scratch_; }
    /// Rises with each round of the loop: the same as before when nothing was waited for meanwhile.
    std::uint64_t turn() const { return turn_; }

private:
    struct Timer {
        std::int64_t due_ns;
        std::uint64_t order;
        std::move_only_function<void()> call;
        bool operator<(const Timer& other) const {
            return due_ns != other.due_ns ? due_ns > other.due_ns : order > other.order;
        }
    };
    void run();
    void take_foreign();
    void run_ready();
    void run_due();
    /// Asio wakes when the poller has something to tell.
    void watch_poller();
    /// Waits for whatever comes first, but no longer than until the next timer.
    void wait();
    void wake();

    boost::asio::io_context context_{1};
    Poller poller_{*this};
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> poller_signal_{
        context_.get_executor(), poller_.descriptor()};
    bool is_poller_watched_ = false;
    std::uint64_t turn_ = 0;
    std::vector<std::coroutine_handle<>> ready_;
    std::vector<std::coroutine_handle<>> batch_;
    std::vector<Timer> timers_;  ///< A heap, the next due in front.
    std::uint64_t next_timer_ = 0;
    std::vector<char> scratch_;

    /// What other threads left for this one.
    std::mutex mutex_;
    std::vector<std::coroutine_handle<>> foreign_ready_;
    std::vector<Timer> foreign_timers_;
    bool has_stopped_ = false;
    std::atomic<bool> has_foreign_ = false;
    std::atomic<bool> is_stopping_ = false;

    Sweep sweep_{*this};
    std::atomic<std::size_t> calls_out_ = 0;
    std::unique_ptr<Client> client_;
    std::thread thread_;
};

struct IoThreads::Impl {
    std::vector<std::unique_ptr<IoThread>> threads;
};

/// Made by client.cpp.
std::unique_ptr<Client> make_client(IoThread& thread, const ClientOptions& options);

}  // namespace florin::http
