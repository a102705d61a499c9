#include "florin/smtp/smtp.hpp"

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>

#include "florin/runtime/scheduler.hpp"
#include "message.hpp"
#include "session.hpp"

namespace florin::smtp {
namespace {

using notifications::Delivery;
using notifications::Letter;
using notifications::Outcome;
using notifications::Trace;

class Smtp final : public notifications::Transport {
public:
    explicit Smtp(Settings settings) : settings_{std::move(settings)} {
        for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Smtp() override {
        {
            const std::lock_guard lock{mutex_};
            is_ending_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    std::string_view name() const override { return "smtp"; }
    Millis trace_delay() const override { return Millis{0}; }
    Task<Trace> trace(const Letter&) override { co_return Trace::impossible; }

    Task<Delivery> send(const Letter& letter) override {
        auto message = message_of(letter);
        if (!message)
            co_return Delivery{
                .outcome = Outcome::refused, .code = message.error().code, .reason = message.error().message};
        Waiting waiting{*this, {letter.from_email, letter.content.to_email, std::move(*message)}};
        co_return co_await waiting;
    }

private:
    /// A mail in the queue, and who waits for it. Lives in the waiting coroutine.
    struct Waiting {
        Smtp& smtp;
        Envelope envelope;
        Delivery delivery{.outcome = Outcome::deferred};
        Scheduler* home = nullptr;
        std::coroutine_handle<> waits = nullptr;

        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting) {
            home = &Scheduler::current();
            waits = awaiting;
            Smtp& queue = smtp;
            {
                const std::lock_guard lock{queue.mutex_};
                queue.queue_.push_back(this);
            }
            // From here on the coroutine may be running again already.
            queue.changed_.notify_one();
        }
        Delivery await_resume() { return std::move(delivery); }
    };

    void work() {
        const auto session = open_session(settings_);
        for (;;) {
            Waiting* next = nullptr;
            {
                std::unique_lock lock{mutex_};
                changed_.wait(lock, [this] { return is_ending_ || !queue_.empty(); });
                if (queue_.empty()) return;
                next = queue_.front();
                queue_.pop_front();
            }
            next->delivery = session->send(next->envelope);
            next->home->post(next->waits);
        }
    }

    Settings settings_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting*> queue_;
    bool is_ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<notifications::Transport> make_smtp(Settings settings) {
    return std::make_unique<Smtp>(std::move(settings));
}

}  // namespace florin::smtp
