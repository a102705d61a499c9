#include "florin/http/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <mutex>

#include "channel.hpp"
#include "io_thread.hpp"
#include "request_parser.hpp"
#include "response_writer.hpp"
#include "wipe.hpp"

namespace florin::http {
namespace {

using boost::asio::ip::tcp;

/// After a refusal the client may still be sending. What comes is thrown away for a while, because
/// to close at once would take the answer away from it.
constexpr Millis linger_timeout{2'000};
constexpr std::size_t linger_bytes = 1024 * 1024;
/// Connections taken from the listener before others get their turn.
constexpr int accepts_in_a_row = 64;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

/// What a server's connections share. Outlives the server while a handler is still suspended.
struct Core {
    Core(ServerOptions the_options, Handler the_handler, IoThreads& the_threads)
        : options{std::move(the_options)}, handler{std::move(the_handler)}, threads{the_threads} {}

    const ServerOptions options;
    const Handler handler;
    IoThreads& threads;
    TlsContext tls;
    std::atomic<bool> is_draining = false;
    /// The server is gone: no handler is started any more.
    std::atomic<bool> is_over = false;

    std::mutex mutex;
    std::condition_variable none_left;
    std::atomic<std::size_t> connections = 0;
};

/// A descriptor on its way from the listener to the connection that will own it.
class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int release() { return std::exchange(number_, -1); }
    int number() const { return number_; }

private:
    int number_;
};

/// One connection's share of `Core::connections`.
class Place {
public:
    explicit Place(std::shared_ptr<Core> core) : core_{std::move(core)} { ++core_->connections; }
    Place(Place&&) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place() {
        if (!core_ || --core_->connections > 0) return;
        const std::lock_guard lock{core_->mutex};
        core_->none_left.notify_all();
    }
    Core& core() const { return *core_; }

private:
    std::shared_ptr<Core> core_;
};

class Session final : public Channel, public Timed {
public:
    enum class Phase { idle, headers, body, handling, writing, lingering };

    Session(IoThread& thread, Place place, Descriptor descriptor, std::string peer)
        : Channel{thread.poller()},
          place_{std::move(place)},
          thread_{thread},
          parser_{{core().options.max_header_bytes, core().options.max_body_bytes}} {
        adopt(descriptor.release());
        request.peer = std::move(peer);
        request.is_tls = core().tls != nullptr;
        if (request.is_tls) {
            TlsSession tls{SSL_new(core().tls.get())};
            check(tls != nullptr, "OpenSSL makes a session");
            SSL_set_accept_state(tls.get());
            use_tls(std::move(tls));
        }
        thread.sweep().add(*this);
    }

    Core& core() const { return place_.core(); }
    std::uint64_t turn() const { return thread_.turn(); }

    void begin_request() {
        parser_.begin(request);
        has_unread_ = !unread_.empty();
        has_continued_ = false;
        refusal_.reset();
        enter(has_unread_ ? Phase::headers : Phase::idle);
    }
    /// More came with the last request.
    bool has_unread() const { return has_unread_; }
    bool is_request_ready() const { return refusal_ || parser_.refusal() != nullptr || parser_.is_complete(); }
    const Refusal* refusal() const { return refusal_ ? &*refusal_ : parser_.refusal(); }
    const RequestParser& parser() const { return parser_; }

    /// Reads what has come and takes it into the request.
    Step receive() {
        if (has_unread_) {
            has_unread_ = false;
            take_unread();
            return Step::moved;
        }
        const std::span<char> scratch = thread_.scratch();
        std::size_t got = 0;
        const Step step = read(scratch, got);
        if (step != Step::moved) return step;
        const std::string_view fresh{scratch.data(), got};
        if (unread_.empty()) {
            const std::size_t taken = parser_.take(fresh);
            append_wiping(unread_, fresh.substr(taken));
        } else {
            append_wiping(unread_, fresh);
            take_unread();
        }
        // It may have held a card number.
        wipe(scratch.data(), got);
        if (phase_ == Phase::idle) enter(Phase::headers);
        if (phase_ == Phase::headers && parser_.is_header_complete()) enter(Phase::body);
        return Step::moved;
    }

    /// True once, when the client waits to be told to send its body.
    bool has_to_continue() {
        return parser_.is_header_complete() && parser_.expects_continue() && !parser_.refusal() &&
               !std::exchange(has_continued_, true) && request.body.empty();
    }

    /// Reads and forgets. False when there is no reason to go on.
    Step discard() {
        const std::span<char> scratch = thread_.scratch();
        std::size_t got = 0;
        const Step step = read(scratch, got);
        wipe(scratch.data(), got);
        discarded_ += got;
        return discarded_ > linger_bytes ? Step::closed : step;
    }

    void enter(Phase phase) {
        phase_ = phase;
        is_armed_ = false;
        thread_.sweep().clear(*this);
    }

    /// Waits, for as long as the phase allows.
    Wait until_in_time(Step step) {
        if (!is_armed_) {
            thread_.sweep().set(*this, patience());
            is_armed_ = true;
        }
        return until(step);
    }
    bool has_expired() const { return has_expired_; }

    /// A request that has begun and did not come to its end gets an answer; an idle connection none.
    bool refuse_slow_request() {
        if (!has_expired_ || (phase_ != Phase::headers && phase_ != Phase::body)) return false;
        has_expired_ = false;
        refusal_ = Refusal{408, "request_timeout", "The request did not arrive in time."};
        return true;
    }

    void close_if_idle() {
        if (phase_ == Phase::idle) cancel_wait();
    }
    bool is_unwanted() const { return phase_ == Phase::idle && core().is_draining; }

    Request request;

private:
    void take_unread() {
        const std::size_t taken = parser_.take(unread_);
        if (taken == unread_.size()) {
            wipe(unread_);
            unread_ = std::string{};
        } else if (taken > 0) {
            std::string rest = unread_.substr(taken);
            wipe(unread_);
            unread_.swap(rest);
        }
    }

    Millis patience() const {
        switch (phase_) {
            case Phase::idle:
                return core().options.idle_timeout;
            case Phase::headers:
                return core().options.header_timeout;
            case Phase::body:
                return core().options.body_timeout;
            case Phase::writing:
                return core().options.write_timeout;
            case Phase::lingering:
                return linger_timeout;
            case Phase::handling:
                break;
        }
        check(false, "a connection does not wait for its peer while a request is handled");
        return {};
    }

    void expire() override {
        has_expired_ = true;
        cancel_wait();
    }

    Place place_;
    IoThread& thread_;
    RequestParser parser_;
    /// What came and is not yet part of a request: empty nearly always.
    std::string unread_;
    std::optional<Refusal> refusal_;
    std::size_t discarded_ = 0;
    Phase phase_ = Phase::headers;
    bool is_armed_ = false;
    bool has_expired_ = false;
    bool has_unread_ = false;
    bool has_continued_ = false;
};

/// A connection from its first byte to its last.
Task<void> serve(std::shared_ptr<Session> owned) {
    using Phase = Session::Phase;
    Session& session = *owned;
    const Core& core = session.core();

    while (session.is_tls()) {
        const Step step = session.handshake();
        if (step == Step::moved) break;
        if (step == Step::closed || step == Step::failed) co_return;
        if (!co_await session.until_in_time(step) || session.has_expired()) co_return;
    }

    for (;;) {
        session.begin_request();
        // Who sends many requests at once has one answered, then lets the others have their turn.
        if (session.has_unread()) co_await others_first();
        while (!session.is_request_ready()) {
            const Step step = session.receive();
            if (step == Step::closed || step == Step::failed) co_return;
            if (step == Step::moved) {
                std::size_t put = 0;
                if (session.has_to_continue() &&
                    (session.write(continue_line, {}, put) != Step::moved || put != continue_line.size()))
                    co_return;
                continue;
            }
            if (session.is_unwanted()) co_return;
            const bool is_awake = co_await session.until_in_time(step);
            if ((!is_awake || session.has_expired()) && !session.refuse_slow_request()) co_return;
        }
        if (core.is_over) co_return;

        Response response;
        const bool is_refused = session.refusal() != nullptr;
        const std::uint64_t turn = session.turn();
        session.enter(Phase::handling);
        if (is_refused) {
            const Refusal& refusal = *session.refusal();
            response = edge_problem(refusal.status, refusal.code, refusal.message);
        } else {
            try {
                response = co_await core.handler(session.request);
            } catch (...) {
                response = edge_problem(500, "internal_error", "Something went wrong on our side.");
            }
        }
        wipe(session.request.body);
        if (response.is_dropped) co_return;

        // Who was ready in the same turn is handled first, then all are answered together: the client then wakes
        // once for many answers, and does not push this thread aside at each. What had to wait waits no longer.
        if (session.turn() == turn) co_await others_first();

        const bool is_close = is_refused || !session.parser().keeps_alive() || core.is_draining;
        const ResponseFrame frame{is_close, session.parser().is_http_one_zero()};
        // Shared by the thread's connections: what is left of it at a suspension is copied.
        static thread_local std::string shared_head;
        if (!write_head(response, frame, http_date(), shared_head)) {
            response = edge_problem(500, "internal_error", "Something went wrong on our side.");
            write_head(response, frame, http_date(), shared_head);
        }
        session.enter(Phase::writing);
        std::string own_head;
        std::string_view head = shared_head;
        std::string_view body = response.body;
        if (session.request.method == "HEAD" || response.status == 204 || response.status == 304) body = {};
        while (!head.empty() || !body.empty()) {
            std::size_t put = 0;
            const Step step = session.write(head, body, put);
            const std::size_t put_of_head = std::min(put, head.size());
            head.remove_prefix(put_of_head);
            body.remove_prefix(put - put_of_head);
            if (step == Step::moved) continue;
            // The client has gone; what was done stays done, and the next look-up tells.
            if (step == Step::closed || step == Step::failed) co_return;
            std::string rest{head};
            own_head.swap(rest);
            head = own_head;
            if (!co_await session.until_in_time(step) || session.has_expired()) co_return;
        }
        if (!is_close) continue;

        session.finish_writing();
        session.enter(Phase::lingering);
        while (is_refused) {
            const Step step = session.discard();
            if (step == Step::closed || step == Step::failed) co_return;
            if (step == Step::moved) continue;
            if (!co_await session.until_in_time(step) || session.has_expired()) co_return;
        }
        co_return;
    }
}

/// An IPv4 peer of a listener for both families is named as what it is.
std::string address_text(const sockaddr_storage& peer) {
    char text[INET6_ADDRSTRLEN] = "";
    if (peer.ss_family == AF_INET) {
        sockaddr_in address;
        std::memcpy(&address, &peer, sizeof address);
        inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
        return text;
    }
    sockaddr_in6 address;
    std::memcpy(&address, &peer, sizeof address);
    inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
    constexpr std::string_view mapped = "::ffff:";
    const std::string_view view{text};
    return std::string{view.starts_with(mapped) && view.contains('.') ? view.substr(mapped.size()) : view};
}

/// Takes connections on the first thread and deals them out to all in turn.
class Listener final : public std::enable_shared_from_this<Listener> {
public:
    using Acceptor = boost::asio::basic_socket_acceptor<tcp, boost::asio::io_context::executor_type>;

    Listener(IoThread& thread, std::shared_ptr<Core> core)
        : thread_{thread},
          core_{std::move(core)},
          acceptor_{thread.context().get_executor()},
          reserve_{open_reserve()} {}
    ~Listener() {
        if (reserve_ >= 0) ::close(reserve_);
    }

    Result<tcp::endpoint> open(const ServerOptions& options) {
        boost::system::error_code ec;
        const auto address = boost::asio::ip::make_address(options.address, ec);
        const tcp::endpoint endpoint{address, options.port};
        if (!ec) acceptor_.open(endpoint.protocol(), ec);
        if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address{true}, ec);
        // Accepted sockets inherit it.
        if (!ec) acceptor_.set_option(tcp::no_delay{true}, ec);
        if (!ec) acceptor_.bind(endpoint, ec);
        if (!ec) acceptor_.listen(4096, ec);
        if (ec)
            return fail(
                ErrorKind::unavailable, "cannot_listen",
                "Cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " + ec.message());
        return acceptor_.local_endpoint(ec);
    }

    void wait() {
        acceptor_.async_wait(Acceptor::wait_read, [self = shared_from_this()](boost::system::error_code ec) {
            if (ec || !self->acceptor_.is_open()) return;
            if (self->accept_some()) {
                self->wait();
            } else {
                // No descriptor left even for turning somebody away.
                self->thread_.call_after(Millis{50}, [self] {
                    if (self->acceptor_.is_open()) self->wait();
                });
            }
        });
    }

    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
    }

private:
    static int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

    bool accept_some() {
        for (int i = 0; i < accepts_in_a_row; ++i) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            const int number = accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (number >= 0) {
                welcome(Descriptor{number}, peer);
                continue;
            }
            if (errno == EMFILE || errno == ENFILE) {
                if (!turn_away()) return false;
                continue;
            }
            // A connection that died while it waited says nothing about the next.
            if (errno == ECONNABORTED || errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EPROTO;
        }
        return true;
    }

    /// Descriptors are used up: the one kept in reserve serves to close what waits, or it would wake
    /// us for ever (F120).
    bool turn_away() {
        if (reserve_ < 0) reserve_ = open_reserve();
        if (reserve_ < 0) return false;
        ::close(std::exchange(reserve_, -1));
        const int number = accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (number >= 0) {
            refuse(Descriptor{number});
        }
        reserve_ = open_reserve();
        return reserve_ >= 0;
    }

    void refuse(const Descriptor& descriptor) const {
        if (core_->tls != nullptr) return;
        const Response response = edge_problem(503, "too_many_connections", "Too many connections; try again soon.");
        std::string text;
        write_head(response, {.is_close = true, .is_http_one_zero = false}, http_date(), text);
        text.append(response.body);
        // Best effort: a client that does not read it sees a closed connection.
        static_cast<void>(send(descriptor.number(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
        ::shutdown(descriptor.number(), SHUT_WR);
    }

    void welcome(Descriptor descriptor, const sockaddr_storage& peer) {
        if (core_->connections >= core_->options.max_connections) return refuse(descriptor);
        auto& threads = core_->threads.impl().threads;
        IoThread& target = *threads[next_thread_++ % threads.size()];
        auto start = [&target, place = Place{core_}, descriptor = std::move(descriptor),
                      address = address_text(peer)]() mutable {
            target.spawn(
                serve(std::make_shared<Session>(target, std::move(place), std::move(descriptor), std::move(address))));
        };
        if (target.is_current())
            start();
        else
            boost::asio::post(target.context(), std::move(start));
    }

    IoThread& thread_;
    std::shared_ptr<Core> core_;
    Acceptor acceptor_;
    int reserve_;
    std::size_t next_thread_ = 0;
};

class AsioServer final : public Server {
public:
    AsioServer(std::shared_ptr<Core> core, std::weak_ptr<Listener> listener, const tcp::endpoint& endpoint)
        : core_{std::move(core)}, listener_{std::move(listener)}, port_{endpoint.port()} {
        const std::string address = endpoint.address().to_string();
        const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
        origin_ = (core_->tls ? "https://" : "http://") + host + ":" + std::to_string(port_);
    }
    ~AsioServer() override {
        core_->is_over = true;
        stop_accepting();
    }

    unsigned short port() const override { return port_; }
    std::string origin() const override { return origin_; }
    std::size_t connections() const override { return core_->connections; }

    void drain(Millis patience) override {
        stop_accepting();
        std::unique_lock lock{core_->mutex};
        core_->none_left.wait_for(lock, patience, [this] { return core_->connections == 0; });
    }

private:
    void stop_accepting() {
        core_->is_draining = true;
        const auto& threads = core_->threads.impl().threads;
        threads.front()->run_and_wait([this] {
            if (const auto listener = listener_.lock()) listener->close();
        });
        for (const auto& thread : threads)
            thread->run_and_wait([this, &thread] {
                thread->sweep().for_each([this](Timed& item) {
                    auto* session = dynamic_cast<Session*>(&item);
                    if (session != nullptr && &session->core() == core_.get()) session->close_if_idle();
                });
            });
    }

    std::shared_ptr<Core> core_;
    std::weak_ptr<Listener> listener_;
    unsigned short port_;
    std::string origin_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(IoThreads& threads, ServerOptions options, Handler handler) {
    const bool has_tls = !options.certificate_file.empty() || !options.key_file.empty();
    const auto core = std::make_shared<Core>(std::move(options), std::move(handler), threads);
    if (has_tls) {
        auto tls = tls_for_server(core->options.certificate_file, core->options.key_file);
        if (!tls) return fail(std::move(tls.error()));
        core->tls = std::move(*tls);
    }
    IoThread& first = *threads.impl().threads.front();
    const auto listener = std::make_shared<Listener>(first, core);
    const auto endpoint = listener->open(core->options);
    if (!endpoint) return fail(endpoint.error());
    auto server = std::make_unique<AsioServer>(core, listener, *endpoint);
    first.run_and_wait([&listener] { listener->wait(); });
    return server;
}

}  // namespace florin::http
