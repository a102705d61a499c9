#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "florin/base/check.hpp"

namespace florin::http::test {

/// A plain blocking socket: what a peer that keeps to no rules would use. Reads give up after 20 s,
/// so that a broken server ends a test instead of hanging it.
class RawSocket {
public:
    explicit RawSocket(int descriptor) : descriptor_{descriptor} {
        const timeval patience{20, 0};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    RawSocket(RawSocket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    static RawSocket connected_to(unsigned short port) {
        RawSocket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const sockaddr_in address = loopback(port);
        check(::connect(socket.descriptor_, as_sockaddr(&address), sizeof address) == 0, "the test connects");
        return socket;
    }

    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t put = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            // The peer may have closed already: what it answered is what counts.
            if (put <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    /// Reads until `text` has come, or the end.
    std::string read_until(std::string_view text) {
        while (!read_.contains(text) && read_some()) {
        }
        const std::size_t at = read_.find(text);
        const std::size_t size = at == std::string::npos ? read_.size() : at + text.size();
        std::string found = read_.substr(0, size);
        read_.erase(0, size);
        return found;
    }
    std::string read_to_end() {
        while (read_some()) {
        }
        return std::exchange(read_, {});
    }
    /// One response with a Content-Length, or what came before the end.
    std::string read_response() {
        std::string head = read_until("\r\n\r\n");
        const std::size_t at = head.find("Content-Length: ");
        const std::size_t size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        while (read_.size() < size && read_some()) {
        }
        head.append(read_.substr(0, size));
        read_.erase(0, std::min(size, read_.size()));
        return head;
    }
    /// Closes with a reset instead of an end.
    void reset() {
        const linger now{1, 0};
        setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(std::exchange(descriptor_, -1));
    }
    int descriptor() const { return descriptor_; }

    static sockaddr_in loopback(unsigned short port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static const sockaddr* as_sockaddr(const sockaddr_in* address) {
        return static_cast<const sockaddr*>(static_cast<const void*>(address));
    }

private:
    bool read_some() {
        char bytes[4096];
        const ssize_t got = recv(descriptor_, bytes, sizeof bytes, 0);
        if (got <= 0) return false;
        read_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }
    int descriptor_;
    std::string read_;
};

/// A listener that does what the test tells it to.
class RawListener {
public:
    RawListener() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        const sockaddr_in address = RawSocket::loopback(0);
        check(::bind(descriptor_, RawSocket::as_sockaddr(&address), sizeof address) == 0, "the test binds");
        check(::listen(descriptor_, 16) == 0, "the test listens");
    }
    RawListener(const RawListener&) = delete;
    ~RawListener() { ::close(descriptor_); }
    unsigned short port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        getsockname(descriptor_, static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
        return ntohs(address.sin_port);
    }
    std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }
    RawSocket accept() const { return RawSocket{::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC)}; }

private:
    int descriptor_;
};

}  // namespace florin::http::test
