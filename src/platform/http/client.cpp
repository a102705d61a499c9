#include "florin/http/client.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <deque>
#include <unordered_map>

#include "channel.hpp"
#include "io_thread.hpp"
#include "reply_parser.hpp"
#include "target.hpp"
#include "wipe.hpp"

namespace florin::http {
namespace {

using boost::asio::ip::tcp;
using Resolver = boost::asio::ip::basic_resolver<tcp, boost::asio::io_context::executor_type>;

class AsioClient;
struct Origin;

/// A connection, in use by one call or kept for the next.
class Connection final : public Channel, public Timed {
public:
    Connection(Poller& poller, Origin& the_origin) : Channel{poller}, origin{the_origin} {}
    Origin& origin;

private:
    /// Only a connection that is kept has a deadline.
    void expire() override;
};

class OutgoingCall;

struct Origin {
    explicit Origin(std::size_t most_open) : most{most_open} {}

    /// Whether one more call may have a connection, kept or new, besides those that have been promised one.
    bool has_room() const { return idle.size() + most - open > promised; }
    /// Lets the call that waits longest have its turn, if there is room.
    void pass_on();

    const std::size_t most;
    std::vector<std::shared_ptr<Connection>> idle;
    std::size_t open = 0;      ///< In use or idle.
    std::size_t promised = 0;  ///< Turns that were given and not yet taken.
    std::deque<OutgoingCall*> waiting;
};

void Connection::expire() {
    // Erasing it destroys this object.
    --origin.open;
    std::erase_if(origin.idle, [this](const auto& kept) { return kept.get() == this; });
}

/// A name being looked up. The resolver may finish after the one who asked is gone.
struct Resolution {
    std::coroutine_handle<> waiter;
    boost::system::error_code error;
    std::vector<tcp::endpoint> endpoints;
};

/// One call under way: its deadline and what it is waiting for just now.
class OutgoingCall final : public Timed {
public:
    OutgoingCall(IoThread& thread, Origin& the_origin) : origin{the_origin}, thread_{thread} {
        thread.sweep().add(*this);
    }
    ~OutgoingCall() override { std::erase(origin.waiting, this); }

    bool has_expired() const { return has_expired_; }
    /// Lets the call that waits for a connection go on.
    void give_turn() {
        is_promised_ = true;
        ++origin.promised;
        wake();
    }

    /// Waits until a connection may be had, behind those who asked before: false when the time is over first.
    struct Turn {
        OutgoingCall& exchange;
        bool await_ready() const noexcept { return exchange.origin.has_room(); }
        void await_suspend(std::coroutine_handle<> waiting) {
            exchange.turn_ = waiting;
            exchange.origin.waiting.push_back(&exchange);
        }
        bool await_resume() const {
            if (std::exchange(exchange.is_promised_, false)) --exchange.origin.promised;
            if (!exchange.has_expired_) return true;
            exchange.origin.pass_on();
            return false;
        }
    };
    Turn turn() { return {*this}; }

    Origin& origin;
    std::shared_ptr<Connection> connection;
    std::shared_ptr<Resolution> resolution;

private:
    void wake() {
        if (const auto waiter = std::exchange(turn_, nullptr)) thread_.post(waiter);
    }
    void expire() override {
        has_expired_ = true;
        std::erase(origin.waiting, this);
        wake();
        if (connection) connection->cancel_wait();
        if (resolution)
            if (const auto waiter = std::exchange(resolution->waiter, nullptr)) thread_.post(waiter);
    }

    IoThread& thread_;
    std::coroutine_handle<> turn_;
    bool is_promised_ = false;
    bool has_expired_ = false;
};

void Origin::pass_on() {
    if (waiting.empty() || !has_room()) return;
    OutgoingCall* next = waiting.front();
    waiting.pop_front();
    next->give_turn();
}

struct Resolve {
    Resolver& resolver;
    const Target& target;
    std::shared_ptr<Resolution> resolution;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        resolution->waiter = waiting;
        resolver.async_resolve(target.host, target.port,
                               [resolution = resolution](boost::system::error_code error, const auto& results) {
                                   resolution->error = error;
                                   for (const auto& result : results)
                                       resolution->endpoints.push_back(result.endpoint());
                                   if (const auto waiter = std::exchange(resolution->waiter, nullptr)) waiter.resume();
                               });
    }
    void await_resume() const noexcept {}
    Resolve(Resolver& the_resolver, const Target& the_target, std::shared_ptr<Resolution> the_resolution)
        : resolver{the_resolver}, target{the_target}, resolution{std::move(the_resolution)} {}
    Resolve(const Resolve&) = delete;
    // Whoever is destroyed while it waits must not be resumed.
    ~Resolve() { resolution->waiter = nullptr; }
};

std::unexpected<Error> not_connected(const Target& target, const std::string& why) {
    return fail(ErrorKind::unavailable, "not_connected",
                "No connection to " + target.host + ":" + target.port + ": " + why);
}
std::unexpected<Error> no_answer(const Target& target, const std::string& why) {
    return fail(ErrorKind::outcome_unknown, "no_answer",
                "No answer from " + target.host + ":" + target.port + ": " + why);
}
IpAddress address_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    return address.is_v6() ? address.to_v6().to_bytes()
                           : boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}
std::string errno_text(int number) { return std::generic_category().message(number); }

/// The right to one of an origin's connections. Gives it up, closed, unless it was kept.
class Lease {
public:
    Lease(OutgoingCall& exchange, std::atomic<std::size_t>& calls_out) : exchange_{exchange}, calls_out_{calls_out} {}
    Lease(const Lease&) = delete;
    ~Lease() { give_up(); }

    void hold() {
        ++exchange_.origin.open;
        begin();
    }
    void reuse(std::shared_ptr<Connection> idle) {
        exchange_.connection = std::move(idle);
        begin();
    }
    void give_up() {
        if (exchange_.connection) exchange_.connection->close();
        exchange_.connection = nullptr;
        if (!is_held_) return;
        end();
        --exchange_.origin.open;
        exchange_.origin.pass_on();
    }
    void keep(Sweep& sweep, Millis idle_timeout) {
        sweep.set(*exchange_.connection, idle_timeout);
        exchange_.origin.idle.push_back(std::exchange(exchange_.connection, nullptr));
        end();
        exchange_.origin.pass_on();
    }

private:
    void begin() {
        is_held_ = true;
        calls_out_.fetch_add(1, std::memory_order_relaxed);
    }
    void end() {
        is_held_ = false;
        calls_out_.fetch_sub(1, std::memory_order_relaxed);
    }

    OutgoingCall& exchange_;
    std::atomic<std::size_t>& calls_out_;
    bool is_held_ = false;
};

class AsioClient final : public Client {
public:
    AsioClient(IoThread& thread, const ClientOptions& options)
        : thread_{thread}, options_{options}, resolver_{thread.context().get_executor()} {}

    Task<Result<Reply>> send(Call call) override;

private:
    /// A new connection in `exchange.connection`. Errors: `not_connected`, `address_refused`.
    Task<Result<void>> connect(OutgoingCall& exchange, const Target& target, const Egress* egress);
    Task<Result<void>> handshake(OutgoingCall& exchange, const Target& target);
    std::shared_ptr<Connection> take_idle(Origin& origin);
    /// Reads what has come. `unread` holds what the parser wants to see again.
    Step receive(Connection& connection, ReplyParser& parser, std::string& unread, bool& has_begun);

    IoThread& thread_;
    const ClientOptions options_;
    Resolver resolver_;
    /// Made at the first https call: reading the system's store takes time and memory.
    TlsContext tls_;
    std::unordered_map<std::string, Origin> origins_;
};

std::shared_ptr<Connection> AsioClient::take_idle(Origin& origin) {
    while (!origin.idle.empty()) {
        auto connection = std::move(origin.idle.back());
        origin.idle.pop_back();
        thread_.sweep().clear(*connection);
        if (connection->is_idle()) return connection;
        --origin.open;
    }
    return nullptr;
}

Task<Result<void>> AsioClient::connect(OutgoingCall& exchange, const Target& target, const Egress* egress) {
    std::vector<tcp::endpoint> endpoints;
    boost::system::error_code ec;
    const auto numeric = boost::asio::ip::make_address(target.host, ec);
    if (!ec) {
        endpoints.emplace_back(numeric, static_cast<unsigned short>(std::stoi(target.port)));
    } else {
        exchange.resolution = std::make_shared<Resolution>();
        Resolve resolve{resolver_, target, exchange.resolution};
        co_await resolve;
        if (exchange.has_expired()) co_return not_connected(target, "its name was not found in time");
        if (exchange.resolution->error) co_return not_connected(target, exchange.resolution->error.message());
        endpoints = std::move(exchange.resolution->endpoints);
        exchange.resolution = nullptr;
    }

    // What was resolved is what is connected to, so a name cannot mean something else in between.
    const auto is_refused = [&](const tcp::endpoint& endpoint) { return !egress->allows(address_of(endpoint)); };
    if (egress != nullptr && std::erase_if(endpoints, is_refused) > 0 && endpoints.empty())
        co_return fail(ErrorKind::forbidden, "address_refused", "The address of " + target.host + " is not public.");

    std::string why = "it has no address";
    for (const tcp::endpoint& endpoint : endpoints) {
        const bool is_v6 = endpoint.address().is_v6();
        const int descriptor = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) co_return not_connected(target, errno_text(errno));
        exchange.connection = std::make_shared<Connection>(thread_.poller(), exchange.origin);
        exchange.connection->adopt(descriptor);
        thread_.sweep().add(*exchange.connection);
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

        int error = ::connect(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ? 0 : errno;
        if (error == EINPROGRESS) {
            const bool is_awake = co_await exchange.connection->until(Step::needs_write);
            if (!is_awake || exchange.has_expired()) co_return not_connected(target, "it did not accept in time");
            socklen_t size = sizeof error;
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        if (error == 0) {
            if (!target.is_tls) co_return Result<void>{};
            co_return co_await handshake(exchange, target);
        }
        why = errno_text(error);
        exchange.connection->close();
    }
    co_return not_connected(target, why);
}

Task<Result<void>> AsioClient::handshake(OutgoingCall& exchange, const Target& target) {
    if (tls_ == nullptr) {
        auto made = tls_for_client(options_.authority_file);
        if (!made) co_return not_connected(target, made.error().message);
        tls_ = std::move(*made);
    }
    exchange.connection->use_tls(tls_session_to(*tls_, target.host));
    for (;;) {
        const Step step = exchange.connection->handshake();
        if (step == Step::moved) co_return Result<void>{};
        if (step == Step::closed || step == Step::failed) co_return not_connected(target, tls_failure());
        const bool is_awake = co_await exchange.connection->until(step);
        if (!is_awake || exchange.has_expired()) co_return not_connected(target, "TLS was not agreed upon in time");
    }
}

Step AsioClient::receive(Connection& connection, ReplyParser& parser, std::string& unread, bool& has_begun) {
    const std::span<char> scratch = thread_.scratch();
    std::size_t got = 0;
    const Step step = connection.read(scratch, got);
    if (step == Step::closed) parser.take_end();
    if (step != Step::moved) return step;
    has_begun = true;
    append_wiping(unread, {scratch.data(), got});
    wipe(scratch.data(), got);
    const std::size_t taken = parser.take(unread);
    std::string rest = unread.substr(taken);
    wipe(unread);
    unread.swap(rest);
    return step;
}

Task<Result<Reply>> AsioClient::send(Call call) {
    check(thread_.is_current(), "a client is used on its own thread");
    const auto target = parse_url(call.url);
    if (!target) co_return fail(target.error());
    auto head = request_head(call, *target);
    if (!head) co_return fail(head.error());
    // What is sent may be a card number, and must not be found here later.
    struct Wiped {
        std::string& text;
        ~Wiped() { wipe(text); }
    };
    const Wiped wiped_head{*head};
    const Wiped wiped_body{call.body};

    // A connection to anywhere is not for those who may not go everywhere.
    const std::string key = target->origin() + (call.egress != nullptr ? " guarded" : "");
    Origin& origin = origins_.try_emplace(key, options_.max_connections).first->second;
    OutgoingCall exchange{thread_, origin};
    thread_.sweep().set(exchange, call.timeout);

    const std::size_t max_reply_bytes = call.max_reply_bytes > 0 ? call.max_reply_bytes : options_.max_reply_bytes;
    // What a connection that broke was given may have arrived, whatever becomes of the next one.
    bool may_have_arrived = false;
    const auto not_sent = [&](const std::string& reason) {
        return may_have_arrived ? no_answer(*target, "the connection broke, and " + reason)
                                : not_connected(*target, reason);
    };
    for (bool may_reuse = true;; may_reuse = false) {
        Lease lease{exchange, thread_.calls_out()};
        if (!co_await exchange.turn()) co_return not_sent("all connections were in use");
        auto idle = take_idle(origin);
        const bool is_reused = may_reuse && idle != nullptr;
        if (is_reused) {
            lease.reuse(std::move(idle));
        } else {
            // Where a kept connection has just failed, the others are not trusted either.
            if (idle != nullptr) --origin.open;
            lease.hold();
            const auto connected = co_await connect(exchange, *target, call.egress);
            if (!connected && may_have_arrived) co_return not_sent(connected.error().message);
            if (!connected) co_return fail(connected.error());
        }
        Connection& connection = *exchange.connection;

        bool has_sent = false;
        bool has_begun = false;
        std::string why;
        std::string_view head_left = *head;
        std::string_view body_left = call.body;
        while (!head_left.empty() || !body_left.empty()) {
            std::size_t put = 0;
            const Step step = connection.write(head_left, body_left, put);
            // A record that TLS could not write whole may have left in part.
            has_sent |= put > 0 || connection.is_tls();
            const std::size_t put_of_head = std::min(put, head_left.size());
            head_left.remove_prefix(put_of_head);
            body_left.remove_prefix(put - put_of_head);
            if (step == Step::moved) continue;
            // A peer that closes may have answered before it did: that is looked for below.
            if (step == Step::closed || step == Step::failed) break;
            const bool is_awake = co_await connection.until(step);
            if (!is_awake || exchange.has_expired()) {
                if (!has_sent) co_return not_sent("the call could not be sent in time");
                co_return no_answer(*target, "the call could not be sent whole in time");
            }
        }

        Reply reply;
        std::string unread;
        ReplyParser parser{reply, call.method == "HEAD", max_reply_bytes};
        while (has_sent && !parser.is_complete() && why.empty()) {
            const Step step = receive(connection, parser, unread, has_begun);
            if (parser.has_failed()) {
                why = has_begun ? "the answer is cut short or not HTTP" : "it closed the connection";
            } else if (step == Step::failed) {
                why = "the connection broke";
            } else if (step == Step::needs_read || step == Step::needs_write) {
                const bool is_awake = co_await connection.until(step);
                if (!is_awake || exchange.has_expired()) co_return no_answer(*target, "the time is over");
            }
        }
        if (has_sent && parser.is_complete()) {
            const bool is_clean = head_left.empty() && body_left.empty() && unread.empty() && parser.keeps_alive();
            if (is_clean) lease.keep(thread_.sweep(), options_.idle_timeout);
            co_return reply;
        }
        // A connection that was kept may have been closed at the far end at this very moment.
        const bool is_harmless = !has_sent || (call.is_repeatable && !has_begun);
        if (is_reused && is_harmless) {
            may_have_arrived = has_sent;
            continue;
        }
        if (!has_sent) co_return not_sent("the connection broke before anything was sent");
        co_return no_answer(*target, why);
    }
}

}  // namespace

Result<bool> uses_tls(std::string_view url) {
    const auto target = parse_url(url);
    if (!target) return fail(target.error());
    return target->is_tls;
}

std::string_view Reply::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_case_name) return value;
    return {};
}

std::unique_ptr<Client> make_client(IoThread& thread, const ClientOptions& options) {
    return std::make_unique<AsioClient>(thread, options);
}

}  // namespace florin::http
