// A merchant's endpoint: takes every message at once and counts it. What is sent to a path that begins with /hang is
// read and never answered.
//
//     bench_sink [--listen 8482]
//
// `GET /count` tells how many were answered, and when the first and the last of them, in nanoseconds of the monotonic
// clock; `GET /forget` counts anew.

#include <sys/epoll.h>

#include <array>
#include <memory>
#include <vector>

#include "support/wire.hpp"

namespace {

struct Connection {
    int socket = -1;
    std::string in;
};

class Sink {
public:
    explicit Sink(int listener) : listener_{listener} {
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
        epoll_ctl(poll_, EPOLL_CTL_ADD, listener_, &event);
    }
    Sink(const Sink&) = delete;

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < ready; ++i) {
                void* const whose = events[static_cast<std::size_t>(i)].data.ptr;
                if (whose == nullptr)
                    accept_all();
                else
                    receive(*static_cast<Connection*>(whose));
            }
        }
    }

private:
    void accept_all() {
        for (;;) {
            const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            florin::bench::send_at_once(socket);
            connections_.push_back(std::make_unique<Connection>(Connection{.socket = socket, .in = {}}));
            epoll_event event{.events = EPOLLIN, .data = {.ptr = connections_.back().get()}};
            epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event);
        }
    }

    void receive(Connection& connection) {
        std::array<char, 16 * 1024> buffer;
        const long got = recv(connection.socket, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            ::close(connection.socket);
            std::erase_if(connections_, [&](const auto& one) { return one.get() == &connection; });
            return;
        }
        connection.in.append(buffer.data(), static_cast<std::size_t>(got));
        const auto frame = florin::bench::frame_of(connection.in);
        if (!frame || connection.in.size() < frame->size()) return;
        answer(connection);
        connection.in.erase(0, frame->size());
    }

    void answer(const Connection& connection) {
        const std::string_view request = connection.in;
        const std::string_view path = request.substr(request.find(' ') + 1);
        std::string body;
        if (path.starts_with("/hang")) return;
        if (path.starts_with("/count")) {
            body = "{\"taken\":" + std::to_string(taken_) + ",\"first_ns\":" + std::to_string(first_ns_) +
                   ",\"last_ns\":" + std::to_string(last_ns_) + "}";
        } else if (path.starts_with("/forget")) {
            taken_ = first_ns_ = last_ns_ = 0;
        } else {
            last_ns_ = florin::bench::now_ns();
            if (taken_++ == 0) first_ns_ = last_ns_;
        }
        const std::string reply =
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        if (::send(connection.socket, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) std::perror("send");
    }

    int listener_;
    int poll_ = -1;
    std::int64_t taken_ = 0, first_ns_ = 0, last_ns_ = 0;
    std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int count, char** arguments) {
    const florin::bench::Flags flags{count, arguments, {{"listen", "0"}}};
    Sink sink{florin::bench::listen_on_loopback(static_cast<unsigned short>(flags.count("listen")))};
    sink.run();
}
