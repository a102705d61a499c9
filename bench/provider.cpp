// A provider that takes no time, or always the same: answers every charge in Authorize.Net's JSON format
// with an approval, after --delay-us microseconds, and keeps every card that it is asked to.
//
//     bench_provider [--listen 8481] [--delay-us 20000]
//
// One thread, an answer made beforehand, and no JSON read: what it costs is two system calls.

#include <sys/epoll.h>

#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "support/wire.hpp"

namespace {

using florin::bench::now_ns;

struct Connection {
    int socket = -1;
    std::string in;
};

struct Due {
    std::int64_t at_ns;
    Connection* connection;
    std::string reply;
};

constexpr std::string_view before_id =
    "\xEF\xBB\xBF"
    R"({"transactionResponse":{"responseCode":"1","authCode":"A1B2C3","avsResultCode":"Y","cvvResultCode":"P",)"
    R"("cavvResultCode":"2","transId":")";
constexpr std::string_view after_id =
    R"(","refTransID":"","transHash":"","testRequest":"0","accountNumber":"XXXX1111","accountType":"Visa",)"
    R"("messages":[{"code":"1","description":"This transaction has been approved."}],"transHashSha2":"",)"
    R"("SupplementalDataQualificationIndicator":0,"networkTransId":"0TM4J2PQ9R6H3V8K1L5N7XY"},"refId":")";
constexpr std::string_view stored_before_id =
    "\xEF\xBB\xBF"
    R"({"customerProfileId":")";
constexpr std::string_view stored_after_id = R"(","customerPaymentProfileIdList":["90000000001"],"refId":")";
constexpr std::string_view after_reference =
    R"(","messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})";

class Provider {
public:
    Provider(int listener, std::int64_t delay_ns) : listener_{listener}, delay_ns_{delay_ns} {
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
        epoll_ctl(poll_, EPOLL_CTL_ADD, listener_, &event);
    }
    Provider(const Provider&) = delete;

    [[noreturn]] void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const std::int64_t until =
                due_.empty() ? 1'000'000'000 : std::max<std::int64_t>(0, due_.front().at_ns - now_ns());
            const timespec wait{until / 1'000'000'000, until % 1'000'000'000};
            const int ready = epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
            for (int i = 0; i < ready; ++i) {
                void* const whose = events[static_cast<std::size_t>(i)].data.ptr;
                if (whose == nullptr)
                    accept_all();
                else
                    receive(*static_cast<Connection*>(whose));
            }
            if (due_.empty()) continue;
            const std::int64_t now = now_ns();
            // All wait equally long, so who came first is due first.
            for (; !due_.empty() && due_.front().at_ns <= now; due_.pop_front())
                send_to(*due_.front().connection, due_.front().reply);
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
            // The object stays: an answer to it may still be due.
            if (connection.socket >= 0) ::close(connection.socket);
            connection.socket = -1;
            return;
        }
        connection.in.append(buffer.data(), static_cast<std::size_t>(got));
        const auto frame = florin::bench::frame_of(connection.in);
        if (!frame || connection.in.size() < frame->size()) return;
        reply_to(connection.in);
        if (delay_ns_ == 0)
            send_to(connection, reply_);
        else
            due_.push_back({now_ns() + delay_ns_, &connection, reply_});
        connection.in.erase(0, frame->size());
    }

    void reply_to(std::string_view request) {
        constexpr std::string_view name = R"("refId":")";
        std::string_view reference;
        if (const auto at = request.find(name); at != std::string_view::npos) {
            reference = request.substr(at + name.size());
            reference = reference.substr(0, reference.find('"'));
        }
        const std::string id = std::to_string(next_id_++);
        const bool is_card = request.find("createCustomerProfileRequest") != std::string_view::npos;
        const std::string_view before = is_card ? stored_before_id : before_id;
        const std::string_view after = is_card ? stored_after_id : after_id;
        const std::size_t size = before.size() + id.size() + after.size() + reference.size() + after_reference.size();
        reply_.assign("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ");
        reply_.append(std::to_string(size)).append("\r\n\r\n");
        reply_.append(before).append(id).append(after).append(reference).append(after_reference);
    }

    static void send_to(const Connection& connection, const std::string& reply) {
        if (connection.socket < 0) return;
        const long sent = ::send(connection.socket, reply.data(), reply.size(), MSG_NOSIGNAL);
        if (sent < 0) std::perror("send");
    }

    int listener_;
    std::int64_t delay_ns_;
    int poll_ = -1;
    std::uint64_t next_id_ = 40'000'000'000;
    std::string reply_;
    std::deque<Due> due_;
    std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int count, char** arguments) {
    const florin::bench::Flags flags{count, arguments, {{"listen", "0"}, {"delay-us", "0"}}};
    const int listener = florin::bench::listen_on_loopback(static_cast<unsigned short>(flags.count("listen")));
    Provider provider{listener, static_cast<std::int64_t>(flags.number("delay-us") * 1'000)};
    provider.run();
}
