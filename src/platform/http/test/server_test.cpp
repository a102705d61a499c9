#include "florin/http/server.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>

#include "florin/http/blocking.hpp"
#include "raw_socket.hpp"
#include "request_parser.hpp"

namespace florin::http {
namespace {

using test::RawSocket;

/// Answers with what came: `METHOD path?query body`.
Task<Response> echo(Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    co_return response;
}

class ServerTest : public testing::Test {
protected:
    void serve(Handler handler = echo, std::size_t thread_count = 1) {
        threads_ = std::make_unique<IoThreads>(thread_count);
        auto server = Server::listen(*threads_, options, std::move(handler));
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }
    RawSocket connect() const { return RawSocket::connected_to(server_->port()); }
    std::string answer_to(std::string_view text) const {
        RawSocket socket = connect();
        socket.send(text);
        return socket.read_response();
    }
    static int status_of(const std::string& response) {
        return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
    }

    ServerOptions options;
    std::unique_ptr<IoThreads> threads_;
    std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, a_get_is_answered_with_length_date_and_type) {
    serve();
    EXPECT_TRUE(answer_to("GET /%C3%A9 HTTP/1.1\r\nHost: h\r\n\r\n").ends_with("GET /\u00e9? "));
    const std::string response = answer_to("GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(response), 200);
    EXPECT_TRUE(response.contains("\r\nContent-Type: text/plain\r\n"));
    EXPECT_TRUE(response.contains("\r\nDate: "));
    EXPECT_TRUE(response.ends_with("\r\n\r\nGET /a b?x=1 "));
}

TEST_F(ServerTest, requests_sent_at_once_are_answered_in_their_order) {
    serve();
    RawSocket socket = connect();
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    socket.send(text);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(socket.read_response().ends_with("POST /" + std::to_string(i) + "? abc"));
}

TEST_F(ServerTest, who_sends_many_requests_at_once_lets_others_have_their_turn) {  // F143
    std::vector<std::string> order;
    std::optional<RawSocket> other;
    serve([&](Request& request) -> Task<Response> {
        if (request.path == "/0") other->send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
        order.push_back(request.path);
        co_return Response{};
    });
    other.emplace(connect());
    other->send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
    other->read_response();
    RawSocket socket = connect();
    std::string text;
    for (int i = 0; i < 100; ++i) text += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    socket.send(text);
    for (int i = 0; i < 100; ++i) socket.read_response();
    EXPECT_EQ(status_of(other->read_response()), 200);
    threads_->stop();
    EXPECT_LT(std::ranges::find(order, "/other"), std::ranges::find(order, "/99"));
}

TEST_F(ServerTest, a_request_may_come_byte_by_byte) {
    serve();
    RawSocket socket = connect();
    for (const char c : std::string_view{"POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                         "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"})
        socket.send({&c, 1});
    EXPECT_TRUE(socket.read_response().ends_with("POST /slow? abcde"));
    socket.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(socket.read_response().ends_with("GET /next? "));
}

TEST_F(ServerTest, an_empty_chunked_body_may_come_byte_by_byte) {  // F143
    serve();
    RawSocket socket = connect();
    socket.send("POST /empty HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    for (const char c : std::string_view{"0\r\n\r\n"}) socket.send({&c, 1});
    EXPECT_TRUE(socket.read_response().ends_with("POST /empty? "));
}

TEST(RequestParser, takes_the_same_request_wherever_it_is_cut) {  // F143
    const std::string_view requests[] = {
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nT: t\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
    };
    for (const std::string_view text : requests)
        for (std::size_t step = 1; step <= text.size(); ++step) {
            Request request;
            RequestParser parser{{}};
            parser.begin(request);
            std::string unread;
            for (std::size_t at = 0; at < text.size(); at += step) {
                unread.append(text.substr(at, step));
                unread.erase(0, parser.take(unread));
            }
            EXPECT_TRUE(parser.is_complete()) << text << " in steps of " << step;
            EXPECT_TRUE(unread.empty());
        }
}

TEST_F(ServerTest, a_client_that_expects_it_is_told_to_continue) {
    serve();
    RawSocket socket = connect();
    socket.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("ok");
    EXPECT_TRUE(socket.read_response().ends_with("POST /p? ok"));
}

TEST_F(ServerTest, head_has_the_length_but_no_body) {
    serve();
    RawSocket socket = connect();
    socket.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string response = socket.read_to_end();
    EXPECT_TRUE(response.contains("Content-Length: 8\r\n"));
    EXPECT_TRUE(response.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, http_one_zero_closes_unless_it_asks_otherwise) {
    serve();
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(socket.read_response().contains("Connection: keep-alive"));
    socket.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(socket.read_to_end().contains("Connection: close"));
}

TEST_F(ServerTest, what_could_be_read_two_ways_is_refused_and_the_connection_closed) {  // F143
    serve();
    const std::string big(20'000, 'a');
    struct Case {
        const char* why;
        std::string request;
        int status;
    };
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
    const Case cases[] = {
        {"both lengths", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"both, the other way", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
        {"two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        {"the same length twice", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"a list of lengths", post + "Content-Length: 3, 3\r\n\r\nabc", 400},
        {"a signed length", post + "Content-Length: +3\r\n\r\nabc", 400},
        {"a negative length", post + "Content-Length: -3\r\n\r\nabc", 400},
        {"a hexadecimal length", post + "Content-Length: 0x3\r\n\r\nabc", 400},
        {"an empty length", post + "Content-Length:\r\n\r\nabc", 400},
        {"a length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {"chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        {"a coding that looks alike", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
        {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"a space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
        {"a bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
        {"a bare LF after a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
        {"bare LFs at the end", "GET / HTTP/1.1\r\nHost: h\r\nX: y\n\n", 400},
        {"a bare CR in a value", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
        {"a folded line", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400},
        {"a folded first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
        {"a NUL in a value", std::string{"GET / HTTP/1.1\r\nHost: h\0i\r\n\r\n", 29}, 400},
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a chunk size that is no number", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", 400},
        {"a chunk size with a bare LF", post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400},
        {"a chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", 400},
        {"a chunk extension", post + "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 400},
        {"a length among the trailers", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n", 400},
        {"an enormous chunk", post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413},
        {"a body beyond the bound", post + "Content-Length: 300000\r\n\r\n", 413},
        {"headers beyond the bound", "GET / HTTP/1.1\r\nHost: h\r\nX: " + big + "\r\n\r\n", 431},
        {"a line beyond the bound", "GET /" + big + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
        {"a path beyond the bound", "GET /" + big.substr(0, 9'000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
        {"an unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        {"a tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        {"another expectation", post + "Expect: tea\r\nContent-Length: 1\r\n\r\n", 417},
        {"a path that climbs", "GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a path that climbs in disguise", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a slash in disguise", "GET /a%2fb HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a NUL in disguise", "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"octets that are no text", "GET /a%ff HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"half a character", "GET /a%c3 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"half a percent sign", "GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a percent sign without digits", "GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a backslash", "GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"no path", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"TLS to a plain port", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03\r\n\r\n", 400},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        RawSocket socket = connect();
        socket.send(c.request + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
        ::shutdown(socket.descriptor(), SHUT_WR);
        const std::string response = socket.read_to_end();
        EXPECT_EQ(status_of(response), c.status) << response;
        EXPECT_TRUE(response.contains("application/problem+json"));
        EXPECT_TRUE(response.contains("Connection: close"));
        EXPECT_FALSE(response.contains("smuggled")) << "what follows a refusal is never served";
    }
}

TEST_F(ServerTest, a_header_that_stops_coming_is_cut_off_with_408) {  // F143 slowloris
    options.header_timeout = Millis{60};
    serve();
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.1\r\nHost: h\r\nX-");
    EXPECT_EQ(status_of(socket.read_to_end()), 408);
}

TEST_F(ServerTest, a_header_that_trickles_is_cut_off_all_the_same) {  // F143
    options.header_timeout = Millis{60};
    serve();
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.1\r\n");
    pollfd answered{socket.descriptor(), POLLIN, 0};
    // Sends without end: only the server can end it.
    while (poll(&answered, 1, 5) == 0) socket.send("X: y\r\n");
    EXPECT_EQ(status_of(socket.read_to_end()), 408);
}

TEST_F(ServerTest, a_body_that_stops_coming_is_cut_off_with_408) {  // F143
    options.body_timeout = Millis{60};
    serve();
    RawSocket socket = connect();
    socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(status_of(socket.read_to_end()), 408);
}

TEST_F(ServerTest, an_idle_connection_is_closed_without_a_word) {
    options.idle_timeout = Millis{60};
    serve();
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(socket.read_response()), 200);
    EXPECT_EQ(socket.read_to_end(), "");
}

TEST_F(ServerTest, a_client_that_does_not_read_is_cut_off) {
    options.write_timeout = Millis{60};
    serve([](Request&) -> Task<Response> {
        Response response;
        response.body.assign(64 * 1024 * 1024, 'x');
        co_return response;
    });
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    // The answer has begun, and more of it than the socket can hold is left.
    EXPECT_TRUE(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
    server_->drain(Millis{20'000});
    EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, what_a_handler_throws_is_a_500_without_details) {  // A-RK-10
    serve([](Request& request) -> Task<Response> {
        if (request.path == "/later") co_await sleep_for(Millis{1});
        throw std::runtime_error{"a secret"};
    });
    for (const char* path : {"/now", "/later"}) {
        const std::string response = answer_to("GET " + std::string{path} + " HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(status_of(response), 500);
        EXPECT_FALSE(response.contains("secret"));
    }
}

TEST_F(ServerTest, a_header_that_would_end_its_line_is_never_sent) {  // F144
    serve([](Request&) -> Task<Response> {
        Response response;
        response.headers.emplace_back("X-Echo", "a\r\nSet-Cookie: b");
        co_return response;
    });
    const std::string response = answer_to("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(response), 500);
    EXPECT_FALSE(response.contains("Set-Cookie"));
}

TEST_F(ServerTest, a_handler_goes_on_when_its_client_leaves) {
    std::promise<void> entered;
    std::promise<void> finished;
    Signal may_go_on;
    serve([&](Request&) -> Task<Response> {
        entered.set_value();
        co_await may_go_on.wait_for(Millis{20'000});
        finished.set_value();
        co_return Response{};
    });
    {
        RawSocket socket = connect();
        socket.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        entered.get_future().wait();
        socket.reset();
    }
    threads_->scheduler(0).call_after(Millis{0}, [&] { may_go_on.set(); });
    finished.get_future().wait();
    server_->drain(Millis{20'000});
    EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, draining_finishes_what_is_under_way_and_closes_what_is_idle) {  // F121
    std::promise<void> entered;
    Signal may_go_on;
    serve([&](Request& request) -> Task<Response> {
        if (request.path == "/slow") {
            entered.set_value();
            co_await may_go_on.wait_for(Millis{20'000});
        }
        co_return Response{};
    });
    RawSocket idle = connect();
    idle.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(idle.read_response()), 200);
    RawSocket busy = connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    entered.get_future().wait();

    auto drained = std::async(std::launch::async, [&] { server_->drain(Millis{20'000}); });
    EXPECT_EQ(idle.read_to_end(), "");
    threads_->scheduler(0).call_after(Millis{0}, [&] { may_go_on.set(); });
    const std::string response = busy.read_to_end();
    EXPECT_EQ(status_of(response), 200);
    EXPECT_TRUE(response.contains("Connection: close"));
    drained.wait();
    EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, stopping_destroys_handlers_that_still_wait) {
    std::promise<void> entered;
    std::atomic<bool> is_destroyed = false;
    struct Tell {
        std::atomic<bool>& flag;
        ~Tell() { flag = true; }
    };
    serve([&](Request&) -> Task<Response> {
        const Tell tell{is_destroyed};
        entered.set_value();
        co_await sleep_for(Millis{3'600'000});
        co_return Response{};
    });
    RawSocket socket = connect();
    socket.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    entered.get_future().wait();
    threads_->stop();
    EXPECT_TRUE(is_destroyed);
    EXPECT_EQ(socket.read_to_end(), "");
}

TEST_F(ServerTest, connections_beyond_the_bound_get_503) {  // F120
    options.max_connections = 2;
    serve();
    RawSocket first = connect();
    RawSocket second = connect();
    for (RawSocket* socket : {&first, &second}) {
        socket->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(status_of(socket->read_response()), 200);
    }
    RawSocket third = connect();
    EXPECT_EQ(status_of(third.read_to_end()), 503);
}

TEST_F(ServerTest, when_descriptors_run_out_clients_are_turned_away_and_later_served_again) {  // F120
    serve();
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // Room for this end of the connection, which took the lowest number free, but not for the other.
    const rlimit tight{static_cast<rlim_t>(descriptor) + 1, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    const sockaddr_in address = RawSocket::loopback(server_->port());
    ASSERT_EQ(::connect(descriptor, RawSocket::as_sockaddr(&address), sizeof address), 0);
    RawSocket socket{descriptor};
    EXPECT_EQ(status_of(socket.read_to_end()), 503);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(status_of(answer_to("GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
}

TEST_F(ServerTest, connections_are_dealt_out_evenly_to_the_threads) {
    std::mutex mutex;
    std::map<Scheduler*, int> seen;
    serve(
        [&](Request&) -> Task<Response> {
            const std::lock_guard lock{mutex};
            ++seen[&Scheduler::current()];
            co_return Response{};
        },
        3);
    for (int i = 0; i < 30; ++i) answer_to("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(seen.size(), 3u);
    for (const auto& [scheduler, count] : seen) EXPECT_EQ(count, 10);
}

TEST_F(ServerTest, a_port_that_is_taken_is_an_error) {
    serve();
    ServerOptions taken;
    taken.port = server_->port();
    const auto second = Server::listen(*threads_, taken, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "cannot_listen");
}

TEST(IoThreads, posts_from_other_threads_all_arrive_and_in_order) {
    IoThreads threads{1};
    Scheduler& scheduler = threads.scheduler(0);
    constexpr int posters = 4;
    constexpr int posts = 5'000;
    std::vector<int> arrived;
    std::latch all{posters * posts};
    // Each poster hands over handles of coroutines that count themselves.
    struct Counter {
        struct promise_type {
            Counter get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
            std::suspend_always initial_suspend() noexcept { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() {}
            void unhandled_exception() { std::terminate(); }
        };
        std::coroutine_handle<promise_type> handle;
    };
    auto count = [](std::vector<int>& out, int who, std::latch& latch) -> Counter {
        out.push_back(who);
        latch.count_down();
        co_return;
    };
    std::vector<std::thread> workers;
    for (int who = 0; who < posters; ++who)
        workers.emplace_back([&, who] {
            for (int i = 0; i < posts; ++i) scheduler.post(count(arrived, who * posts + i, all).handle);
        });
    for (auto& worker : workers) worker.join();
    all.wait();
    threads.stop();
    std::vector<int> last(posters, -1);
    for (const int value : arrived) {
        EXPECT_LT(last[static_cast<std::size_t>(value / posts)], value);
        last[static_cast<std::size_t>(value / posts)] = value;
    }
}

TEST(IoThreads, timers_fire_in_the_order_of_their_time) {
    IoThreads threads{1};
    std::vector<int> order;
    std::latch all{3};
    auto note = [&](int number) {
        return [&, number] {
            order.push_back(number);
            all.count_down();
        };
    };
    threads.scheduler(0).call_after(Millis{30}, note(3));
    threads.scheduler(0).call_after(Millis{10}, note(2));
    threads.scheduler(0).call_after(Millis{0}, note(1));
    all.wait();
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(IoThreads, a_blocking_run_returns_the_result_or_throws_what_was_thrown) {
    IoThreads threads{1};
    auto three = [](IoThreads& of) -> Task<int> {
        co_await sleep_for(Millis{1});
        static_cast<void>(of.current_client());
        co_return 3;
    };
    EXPECT_EQ(run_blocking(threads, three(threads)), 3);
    auto broken = []() -> Task<void> {
        co_await sleep_for(Millis{1});
        throw std::runtime_error{"broken"};
    };
    EXPECT_THROW(run_blocking(threads, broken()), std::runtime_error);
}

}  // namespace
}  // namespace florin::http
