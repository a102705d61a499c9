#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace florin::store::test {

/// Stands between a client and a server on 127.0.0.1 and cuts the client off at a COMMIT.
class CuttingProxy {
public:
    enum class Cut {
        none,
        before_commit_arrives,  ///< The server never sees it.
        after_commit_is_done,   ///< The server has committed; the client is not told.
    };

    explicit CuttingProxy(int server_port) : server_port_{server_port}, listener_{new_socket()} {
        sockaddr_in address = local(0);
        socklen_t size = sizeof address;
        must(::bind(listener_, generic(address), size));
        must(::listen(listener_, 16));
        must(::getsockname(listener_, generic(address), &size));
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { run(); }};
    }
    ~CuttingProxy() {
        is_stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    CuttingProxy(const CuttingProxy&) = delete;

    int port() const { return port_; }
    /// The next COMMIT is cut.
    void arm(Cut cut) { cut_ = cut; }
    int cuts() const { return cuts_; }

private:
    struct Pair {
        int client;
        int server;
        bool is_committing = false;
    };

    static sockaddr_in local(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static sockaddr* generic(sockaddr_in& address) { return static_cast<sockaddr*>(static_cast<void*>(&address)); }
    static int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
    static void must(int result) {
        if (result < 0) throw std::runtime_error{"the proxy's socket fails"};
    }
    static bool forward(int to, std::string_view bytes) {
        return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }

    void run() {
        std::vector<Pair> pairs;
        while (!is_stopping_) {
            std::vector<pollfd> watched{{listener_, POLLIN, 0}};
            for (const Pair& pair : pairs) {
                watched.push_back({pair.client, POLLIN, 0});
                watched.push_back({pair.server, POLLIN, 0});
            }
            must(::poll(watched.data(), watched.size(), -1));
            std::vector<Pair> kept;
            for (std::size_t i = 0; i < pairs.size(); ++i) {
                const bool is_open = (watched[1 + 2 * i].revents == 0 || from_client(pairs[i])) &&
                                     (watched[2 + 2 * i].revents == 0 || from_server(pairs[i]));
                if (is_open) {
                    kept.push_back(pairs[i]);
                } else {
                    ::close(pairs[i].client);
                    ::close(pairs[i].server);
                }
            }
            pairs = kept;
            if (watched[0].revents != 0) accept_into(pairs);
        }
        for (const Pair& pair : pairs) {
            ::close(pair.client);
            ::close(pair.server);
        }
    }
    void accept_into(std::vector<Pair>& pairs) {
        const int client = ::accept(listener_, nullptr, nullptr);
        if (client < 0) return;
        const int server = new_socket();
        sockaddr_in address = local(server_port_);
        if (::connect(server, generic(address), sizeof address) == 0) {
            pairs.push_back({client, server});
        } else {
            ::close(client);
            ::close(server);
        }
    }
    /// False when the pair has ended.
    bool from_client(Pair& pair) {
        const ssize_t size = ::recv(pair.client, buffer_.data(), buffer_.size(), 0);
        if (size <= 0) return false;
        const std::string_view bytes{buffer_.data(), static_cast<std::size_t>(size)};
        // The prepared statement's name as a Bind message carries it, after the portal's empty one.
        using namespace std::string_view_literals;
        if (bytes.find("\0COMMIT\0"sv) != std::string_view::npos && bytes.find("\0COMMIT\0COMMIT"sv) == bytes.npos) {
            if (cut_ == Cut::before_commit_arrives) return cut();
            pair.is_committing = cut_ == Cut::after_commit_is_done;
        }
        return forward(pair.server, bytes);
    }
    bool from_server(const Pair& pair) {
        const ssize_t size = ::recv(pair.server, buffer_.data(), buffer_.size(), 0);
        if (size <= 0) return false;
        if (pair.is_committing) return cut();
        return forward(pair.client, {buffer_.data(), static_cast<std::size_t>(size)});
    }
    bool cut() {
        cut_ = Cut::none;
        ++cuts_;
        return false;
    }

    int server_port_;
    int listener_;
    int port_ = 0;
    std::atomic<Cut> cut_{Cut::none};
    std::atomic<int> cuts_{0};
    std::atomic<bool> is_stopping_{false};
    std::array<char, 65'536> buffer_{};
    std::thread thread_;
};

}  // namespace florin::store::test
