#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What the programs of the benchmark share: as little HTTP as can be, and flags.
namespace florin::bench {

/// Nanoseconds that only ever rise.
inline std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] inline void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

/// How long an HTTP/1.1 message is.
struct Frame {
    std::size_t head = 0;
    std::size_t body = 0;
    std::size_t size() const { return head + body; }
};

/// Of a message that is framed by Content-Length, or has no body; none as long as its head is not whole.
inline std::optional<Frame> frame_of(std::string_view text) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    Frame frame{.head = end + 4};
    constexpr std::string_view name = "content-length:";
    for (std::size_t at = text.find("\r\n"); at < end; at = text.find("\r\n", at + 2)) {
        const std::string_view line = text.substr(at + 2, end - at - 2);
        if (line.size() < name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
        const std::size_t digits = line.find_first_not_of(' ', name.size());
        if (digits != std::string_view::npos)
            std::from_chars(line.data() + digits, line.data() + line.size(), frame.body);
        break;
    }
    return frame;
}

inline sockaddr_in loopback(unsigned short port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline void send_at_once(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// A listening, non-blocking socket on 127.0.0.1; port 0: any. Says on standard output where it listens.
inline int listen_on_loopback(unsigned short port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address = loopback(port);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("bind");
    if (listen(listener, 4096) != 0) give_up("listen");
    socklen_t size = sizeof address;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("listening on http://127.0.0.1:%d\n", static_cast<int>(ntohs(address.sin_port)));
    std::fflush(stdout);
    return listener;
}

/// `--name value` and `--name=value`. An unknown name ends the program.
class Flags {
public:
    Flags(int count, char** arguments, std::map<std::string, std::string> defaults) : values_{std::move(defaults)} {
        for (int i = 1; i < count; ++i) {
            std::string name{arguments[i]};
            std::string value;
            if (const auto equals = name.find('='); equals != std::string::npos) {
                value = name.substr(equals + 1);
                name.resize(equals);
            } else if (i + 1 < count) {
                value = arguments[++i];
            }
            if (!name.starts_with("--") || !values_.contains(name.substr(2))) {
                std::fprintf(stderr, "%s: no such flag: %s\n", arguments[0], name.c_str());
                std::exit(2);
            }
            values_[name.substr(2)] = value;
        }
    }
    const std::string& text(const std::string& name) const { return values_.at(name); }
    double number(const std::string& name) const { return std::strtod(text(name).c_str(), nullptr); }
    std::size_t count(const std::string& name) const { return static_cast<std::size_t>(number(name)); }

private:
    std::map<std::string, std::string> values_;
};

}  // namespace florin::bench
