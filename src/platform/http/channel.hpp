#pragma once

#include <coroutine>
#include <cstdint>
#include <span>
#include <string_view>

#include "poller.hpp"
#include "tls.hpp"

namespace florin::http {

/// What became of an attempt to move bytes without waiting.
enum class Step {
    moved,        ///< Some bytes went; there may be more to do.
    needs_read,   ///< Wait until the socket is readable, then try again.
    needs_write,  ///< Wait until it is writable.
    closed,       ///< The peer has finished sending, in good order.
    failed,       ///< The connection is dead.
};

/// A connected socket, with TLS or without. Attempts never block; waiting is a separate act that
/// holds no buffer, so an idle connection costs little more than its socket. One waiter at a time.
class Channel {
public:
    explicit Channel(Poller& poller) : poller_{poller} {}
    virtual ~Channel() { close(); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Takes over a socket that does not block. It may be connected after this, before the first wait.
    void adopt(int descriptor) { descriptor_ = descriptor; }
    /// From here on everything is sealed by `session`; `handshake` comes first.
    void use_tls(TlsSession session);
    bool is_tls() const { return tls_ != nullptr; }
    int descriptor() const { return descriptor_; }

    /// `moved` once the handshake is done.
    Step handshake();
    Step read(std::span<char> into, std::size_t& got);
    /// One gathered write of `head`, then `body`.
    Step write(std::string_view head, std::string_view body, std::size_t& put);
    /// True when an idle connection is still open and silent.
    bool is_idle();
    void finish_writing();
    void close();

    /// `co_await channel.until(step)`: false when the wait was canceled or the socket closed.
    class Wait {
    public:
        Wait(Channel& channel, Step step) : channel_{channel}, step_{step} {}
        Wait(const Wait&) = delete;
        ~Wait() { channel_.waiter_ = nullptr; }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiting);
        bool await_resume() const noexcept { return !channel_.is_wait_canceled_; }

    private:
        Channel& channel_;
        Step step_;
    };
    Wait until(Step step) { return {*this, step}; }
    /// Ends the wait, if any, soon.
    void cancel_wait();
    /// The poller's word on the socket: resumes who waited for it, after which this object may be gone.
    void hear(std::uint32_t events);

private:
    Step step_of_tls(int result);
    /// Whether an attempt to read can bring anything: nothing comes without the poller saying so.
    bool may_read() const { return is_readable_ || (tls_ != nullptr && SSL_has_pending(tls_.get()) == 1); }

    Poller& poller_;
    int descriptor_ = -1;
    TlsSession tls_;
    std::coroutine_handle<> waiter_;
    Step awaited_ = Step::needs_read;
    bool is_polled_ = false;
    bool is_readable_ = true;
    bool has_hung_up_ = false;
    bool is_wait_canceled_ = false;
};

}  // namespace florin::http
