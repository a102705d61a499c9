#include "channel.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "wipe.hpp"

namespace florin::http {
namespace {

/// What is sealed together costs one record and one system call.
constexpr std::size_t largest_record = 16 * 1024;

}  // namespace

void Channel::use_tls(TlsSession session) {
    tls_ = std::move(session);
    SSL_set_fd(tls_.get(), descriptor());
}

Step Channel::step_of_tls(int result) {
    const int saved_errno = errno;
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            is_readable_ = has_hung_up_;
            return Step::needs_read;
        case SSL_ERROR_WANT_WRITE:
            return Step::needs_write;
        case SSL_ERROR_ZERO_RETURN:
            return Step::closed;
        default:
            errno = saved_errno;
            return Step::failed;
    }
}

Step Channel::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    return result == 1 ? Step::moved : step_of_tls(result);
}

Step Channel::read(std::span<char> into, std::size_t& got) {
    got = 0;
    if (!may_read()) return Step::needs_read;
    if (tls_ != nullptr) {
        ERR_clear_error();
        const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
        return result == 1 ? Step::moved : step_of_tls(result);
    }
    for (;;) {
        const ssize_t count = recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
        if (count > 0) {
            got = static_cast<std::size_t>(count);
            // Less than there was room for: the socket is empty, and what comes now makes a new edge.
            if (got < into.size()) is_readable_ = has_hung_up_;
            return Step::moved;
        }
        if (count == 0) return Step::closed;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            is_readable_ = false;
            return Step::needs_read;
        }
        if (errno != EINTR) return Step::failed;
    }
}

Step Channel::write(std::string_view head, std::string_view body, std::size_t& put) {
    put = 0;
    if (tls_ != nullptr) {
        ERR_clear_error();
        if (head.empty() || body.empty()) {
            const std::string_view all = head.empty() ? body : head;
            const int result = SSL_write_ex(tls_.get(), all.data(), all.size(), &put);
            return result == 1 ? Step::moved : step_of_tls(result);
        }
        static thread_local std::array<char, largest_record> joined;
        const std::size_t of_head = head.copy(joined.data(), joined.size());
        const std::size_t size = of_head + body.copy(joined.data() + of_head, joined.size() - of_head);
        const int result = SSL_write_ex(tls_.get(), joined.data(), size, &put);
        // It may have held a card number.
        wipe(joined.data(), size);
        return result == 1 ? Step::moved : step_of_tls(result);
    }
    // The structure is the kernel's and takes no const; it does not write.
    iovec parts[] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = body.empty() ? 1 : 2;
    for (;;) {
        const ssize_t count = sendmsg(descriptor(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            put = static_cast<std::size_t>(count);
            return Step::moved;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::needs_write;
        if (errno != EINTR) return Step::failed;
    }
}

bool Channel::is_idle() {
    char byte = 0;
    if (tls_ != nullptr) {
        // Reads session tickets on the way, which are no answer. Anything else is out of turn.
        std::size_t got = 0;
        is_readable_ = true;  // The poller may not have been asked for a while.
        return read({&byte, 1}, got) == Step::needs_read;
    }
    const ssize_t count = recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Channel::finish_writing() {
    if (tls_ != nullptr) {
        ERR_clear_error();
        SSL_shutdown(tls_.get());
    }
    ::shutdown(descriptor(), SHUT_WR);
}

void Channel::close() {
    if (descriptor_ < 0) return;
    if (is_polled_) poller_.remove(*this);
    is_polled_ = false;
    ::close(std::exchange(descriptor_, -1));
    cancel_wait();
}

void Channel::Wait::await_suspend(std::coroutine_handle<> waiting) {
    channel_.waiter_ = waiting;
    channel_.awaited_ = step_;
    channel_.is_wait_canceled_ = false;
    if (!channel_.is_polled_) channel_.is_polled_ = channel_.poller_.add(channel_);
    if (!channel_.is_polled_) channel_.cancel_wait();
}

void Channel::hear(std::uint32_t events) {
    constexpr std::uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if ((events & end) != 0) has_hung_up_ = true;
    if ((events & (EPOLLIN | end)) != 0) is_readable_ = true;
    const std::uint32_t awaited = (awaited_ == Step::needs_write ? EPOLLOUT : EPOLLIN) | end;
    if (waiter_ != nullptr && (events & awaited) != 0) std::exchange(waiter_, nullptr).resume();
}

void Channel::cancel_wait() {
    if (waiter_ == nullptr) return;
    is_wait_canceled_ = true;
    poller_.scheduler().post(std::exchange(waiter_, nullptr));
}

}  // namespace florin::http
