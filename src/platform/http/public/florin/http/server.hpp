#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "florin/http/client.hpp"
#include "florin/http/message.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"

namespace florin::http {

/// I/O threads, each a Scheduler with its own event loop and its own way out.
class IoThreads {
public:
    explicit IoThreads(std::size_t count, ClientOptions client_options = {});
    ~IoThreads();  ///< Stops and joins.
    IoThreads(const IoThreads&) = delete;

    std::size_t size() const;
    Scheduler& scheduler(std::size_t thread);
    /// The client of that thread; use it only from coroutines on its scheduler.
    Client& client(std::size_t thread);
    /// The client of the I/O thread that calls.
    Client& current_client();
    /// How many calls of all clients are at their servers just now; those that wait for a connection
    /// are not. Any thread.
    std::size_t calls_out() const;
    /// Stops the loops and joins the threads. What still waits is destroyed.
    void stop();

    struct Impl;
    Impl& impl() { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    unsigned short port = 0;       ///< 0: any free port.
    std::string certificate_file;  ///< PEM chain; with `key_file` the server speaks TLS 1.3 only.
    std::string key_file;
    std::size_t max_body_bytes = 256 * 1024;
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_connections = 20'000;
    Millis header_timeout{10'000};  ///< From the first byte of a request to the end of its headers.
    Millis body_timeout{20'000};    ///< To the end of the body.
    Millis idle_timeout{75'000};    ///< Between requests of a connection.
    Millis write_timeout{20'000};
};

/// Answers one request. Called on the I/O thread that owns the connection; may suspend. What it
/// throws becomes a 500 without details.
using Handler = std::function<Task<Response>(Request&)>;

class Server {
public:
    /// Binds and listens at once. Error `unavailable`/`cannot_listen`, `invalid`/`bad_certificate`.
    static Result<std::unique_ptr<Server>> listen(IoThreads& threads, ServerOptions options, Handler handler);
    virtual ~Server() = default;

    virtual unsigned short port() const = 0;
    /// `http://ADDR:PORT` or `https://…`.
    virtual std::string origin() const = 0;
    /// Stops accepting, lets requests in flight finish (answering them with `Connection: close`)
    /// and closes idle connections. Returns when none is left or `patience` is over. Any thread that
    /// is not an I/O thread.
    virtual void drain(Millis patience) = 0;
    virtual std::size_t connections() const = 0;
};

/// When the certificate ends that a server would show with these PEM files. Error `invalid`/`bad_certificate`
/// where it could not start with them.
Result<Instant> certificate_ends_at(const std::string& certificate_file, const std::string& key_file);

}  // namespace florin::http
