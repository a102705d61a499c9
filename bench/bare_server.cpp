// The yardstick for reading: a bare Beast server, with callbacks and keep-alive, that answers every request
// with the same 600 bytes of JSON.
//
//     bench_bare_server [--listen 8482] [--threads 1] [--certificate FILE --key FILE]

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "support/wire.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Plain = tcp::socket;
using Tls = asio::ssl::stream<tcp::socket>;

const std::string& body() {
    static const std::string text = R"({"id":"0198a7c0-0000-7000-8000-000000000000","state":"captured","filling":")" +
                                    std::string(525, 'x') + R"("})";
    return text;
}

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    explicit Session(Stream stream) : stream_{std::move(stream)} {}

    void start() {
        if constexpr (std::is_same_v<Stream, Tls>) {
            stream_.async_handshake(asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](beast::error_code error) {
                                        if (!error) self->read();
                                    });
        } else {
            read();
        }
    }

private:
    void read() {
        request_ = {};
        http::async_read(stream_, buffer_, request_,
                         [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->write();
                         });
    }
    void write() {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::content_type, "application/json");
        response_.keep_alive(request_.keep_alive());
        response_.body() = body();
        response_.prepare_payload();
        http::async_write(stream_, response_, [self = this->shared_from_this()](beast::error_code error, std::size_t) {
            if (!error && self->response_.keep_alive()) self->read();
        });
    }

    Stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

class Listener {
public:
    Listener(asio::io_context& context, unsigned short port, asio::ssl::context* tls)
        : context_{context}, acceptor_{context}, tls_{tls} {
        acceptor_.open(tcp::v4());
        acceptor_.set_option(tcp::acceptor::reuse_address{true});
        const int on = 1;
        setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        acceptor_.bind({asio::ip::address_v4::loopback(), port});
        acceptor_.listen();
    }
    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    void accept() {
        acceptor_.async_accept(context_, [this](beast::error_code error, tcp::socket socket) {
            if (!error) {
                socket.set_option(tcp::no_delay{true});
                if (tls_ != nullptr)
                    std::make_shared<Session<Tls>>(Tls{std::move(socket), *tls_})->start();
                else
                    std::make_shared<Session<Plain>>(std::move(socket))->start();
            }
            accept();
        });
    }

private:
    asio::io_context& context_;
    tcp::acceptor acceptor_;
    asio::ssl::context* tls_;
};

}  // namespace

int main(int count, char** arguments) {
    const florin::bench::Flags flags{
        count, arguments, {{"listen", "0"}, {"threads", "1"}, {"certificate", ""}, {"key", ""}}};
    std::unique_ptr<asio::ssl::context> tls;
    if (!flags.text("certificate").empty()) {
        tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tlsv13_server);
        tls->use_certificate_chain_file(flags.text("certificate"));
        tls->use_private_key_file(flags.text("key"), asio::ssl::context::pem);
    }
    // A loop for each thread; the kernel spreads the connections.
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    std::vector<std::unique_ptr<Listener>> listeners;
    auto port = static_cast<unsigned short>(flags.count("listen"));
    for (std::size_t i = 0; i < std::max<std::size_t>(1, flags.count("threads")); ++i) {
        contexts.push_back(std::make_unique<asio::io_context>(1));
        listeners.push_back(std::make_unique<Listener>(*contexts.back(), port, tls.get()));
        port = listeners.back()->port();
        listeners.back()->accept();
    }
    std::printf("listening on %s://127.0.0.1:%d\n", tls ? "https" : "http", static_cast<int>(port));
    std::fflush(stdout);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < contexts.size(); ++i) threads.emplace_back([&, i] { contexts[i]->run(); });
    contexts[0]->run();
    return 0;
}
