#include "florin/http/client.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <future>
#include <latch>
#include <optional>

#include "certificate.hpp"
#include "florin/http/blocking.hpp"
#include "florin/http/server.hpp"
#include "raw_socket.hpp"
#include "target.hpp"

namespace florin::http {
namespace {

using test::RawListener;
using test::RawSocket;

/// Answers with what came: `METHOD path?query body`, and its header `x-sent` as `X-Seen`.
Task<Response> echo_with_header(Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    response.headers.emplace_back("X-Seen", request.header("x-sent"));
    co_return response;
}

/// What is expected of a call that ends badly: its code.
std::string code_of(const Result<Reply>& result) { return result ? "answered" : result.error().code; }

class ClientTest : public testing::Test {
protected:
    Result<Reply> send(Call call) { return run_blocking(threads, send_on_thread(std::move(call))); }
    /// The same while the test plays the other side.
    std::future<Result<Reply>> send_meanwhile(Call call) {
        return std::async(std::launch::async,
                          [this, call = std::move(call)]() mutable { return send(std::move(call)); });
    }
    Task<Result<Reply>> send_on_thread(Call call) { co_return co_await threads.current_client().send(std::move(call)); }

    static Call call_to(const std::string& origin, std::string body = "hello") {
        Call call;
        call.url = origin + "/path?q=1";
        call.body = std::move(body);
        call.timeout = Millis{20'000};
        return call;
    }
    static std::string read_request(RawSocket& socket) {
        return socket.read_until("\r\n\r\n") + socket.read_until("hello");
    }

    IoThreads threads{1};
};

constexpr std::string_view plain_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(ClientTest, a_call_is_answered_and_its_connection_used_again) {
    auto server = Server::listen(threads, {}, echo_with_header);
    ASSERT_TRUE(server);
    for (int i = 0; i < 5; ++i) {
        Call call = call_to((*server)->origin());
        call.headers.emplace_back("X-Sent", "seen");
        const auto reply = send(std::move(call));
        ASSERT_TRUE(reply) << reply.error().message;
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(reply->body, "POST /path?q=1 hello");
        EXPECT_EQ(reply->header("x-seen"), "seen");
        EXPECT_EQ((*server)->connections(), 1u);
    }
}

TEST_F(ClientTest, a_name_is_looked_up) {
    auto server = Server::listen(threads, {}, echo_with_header);
    ASSERT_TRUE(server);
    const auto reply = send(call_to("http://localhost:" + std::to_string((*server)->port())));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
}

TEST_F(ClientTest, a_refused_port_is_not_connected) {  // F1: nothing was sent
    std::string origin;
    {
        const RawListener listener;
        origin = listener.origin();
    }
    const auto reply = send(call_to(origin));
    EXPECT_EQ(code_of(reply), "not_connected");
    EXPECT_EQ(reply.error().kind, ErrorKind::unavailable);
}

TEST_F(ClientTest, a_reset_after_the_request_was_read_is_no_answer) {
    const RawListener listener;
    auto reply = send_meanwhile(call_to(listener.origin()));
    RawSocket peer = listener.accept();
    EXPECT_TRUE(read_request(peer).starts_with("POST /path?q=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
    peer.reset();
    const auto result = reply.get();
    EXPECT_EQ(code_of(result), "no_answer");
    EXPECT_EQ(result.error().kind, ErrorKind::outcome_unknown);
}

TEST_F(ClientTest, a_repeatable_call_on_a_fresh_connection_is_not_sent_twice) {
    const RawListener listener;
    Call call = call_to(listener.origin());
    call.is_repeatable = true;
    auto reply = send_meanwhile(std::move(call));
    RawSocket peer = listener.accept();
    read_request(peer);
    peer.reset();
    EXPECT_EQ(code_of(reply.get()), "no_answer");
}

TEST_F(ClientTest, what_is_not_a_whole_answer_is_no_answer) {
    struct Case {
        const char* why;
        std::string bytes;
    };
    const Case cases[] = {
        {"nothing", ""},
        {"garbage", "hello there\r\n\r\n"},
        {"half a header", "HTTP/1.1 200 OK\r\nContent-"},
        {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
        {"half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"},
        {"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"a coding that was not asked for", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok"},
        {"another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
        {"more than is read", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"},
        {"an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const RawListener listener;
        auto reply = send_meanwhile(call_to(listener.origin()));
        RawSocket peer = listener.accept();
        read_request(peer);
        peer.send(c.bytes);
        ::shutdown(peer.descriptor(), SHUT_WR);
        EXPECT_EQ(code_of(reply.get()), "no_answer");
    }
}

TEST_F(ClientTest, answers_come_in_many_forms) {
    struct Case {
        const char* why;
        std::string bytes;
        int status;
        std::string body;
    };
    const Case cases[] = {
        {"with its length", std::string{plain_answer}, 200, "ok"},
        {"in chunks", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 201,
         "abc"},
        {"to the end of the connection", "HTTP/1.0 200 OK\r\n\r\nwhole", 200, "whole"},
        {"after an interim one", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 402 No\r\nContent-Length: 1\r\n\r\nx", 402,
         "x"},
        {"without a body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"a redirect, which is not followed", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302,
         ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const RawListener listener;
        auto reply = send_meanwhile(call_to(listener.origin()));
        RawSocket peer = listener.accept();
        read_request(peer);
        peer.send(c.bytes);
        ::shutdown(peer.descriptor(), SHUT_WR);
        const auto result = reply.get();
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(result->status, c.status);
        EXPECT_EQ(result->body, c.body);
    }
}

TEST_F(ClientTest, a_silent_peer_is_no_answer_when_the_time_is_over) {
    const RawListener listener;
    Call call = call_to(listener.origin());
    call.timeout = Millis{50};
    // The kernel accepts in the listener's place: the request leaves this machine's hands.
    EXPECT_EQ(code_of(send(std::move(call))), "no_answer");
}

TEST_F(ClientTest, a_kept_connection_that_was_closed_meanwhile_is_replaced_before_anything_is_sent) {
    const RawListener listener;
    auto first = send_meanwhile(call_to(listener.origin()));
    {
        RawSocket peer = listener.accept();
        read_request(peer);
        peer.send(plain_answer);
        ASSERT_TRUE(first.get());
    }
    // Not repeatable: only because the closed connection is noticed first may it be sent at all.
    auto second = send_meanwhile(call_to(listener.origin()));
    RawSocket peer = listener.accept();
    read_request(peer);
    peer.send(plain_answer);
    EXPECT_EQ(code_of(second.get()), "answered");
}

TEST_F(ClientTest, a_kept_connection_that_dies_under_the_call_is_replaced_once_if_the_call_may_be_repeated) {
    for (const bool is_repeatable : {true, false}) {
        const RawListener listener;
        auto first = send_meanwhile(call_to(listener.origin()));
        RawSocket peer = listener.accept();
        read_request(peer);
        peer.send(plain_answer);
        ASSERT_TRUE(first.get());

        Call call = call_to(listener.origin());
        call.is_repeatable = is_repeatable;
        auto second = send_meanwhile(std::move(call));
        read_request(peer);
        peer.reset();
        if (!is_repeatable) {
            EXPECT_EQ(code_of(second.get()), "no_answer");
            continue;
        }
        RawSocket fresh = listener.accept();
        read_request(fresh);
        fresh.send(plain_answer);
        EXPECT_EQ(code_of(second.get()), "answered");
    }
}

// Whoever is told `not_connected` does it again, elsewhere even: it must be certain that nothing arrived.
TEST_F(ClientTest, what_a_broken_connection_was_given_may_have_arrived_though_nobody_accepts_the_next_one) {  // F4, F36
    std::optional<RawListener> listener{std::in_place};
    const std::string origin = listener->origin();
    auto first = send_meanwhile(call_to(origin));
    RawSocket peer = listener->accept();
    read_request(peer);
    peer.send(plain_answer);
    ASSERT_TRUE(first.get());

    Call call = call_to(origin);
    call.is_repeatable = true;
    auto second = send_meanwhile(std::move(call));
    read_request(peer);
    listener.reset();
    peer.reset();
    EXPECT_EQ(code_of(second.get()), "no_answer");
}

TEST_F(ClientTest, an_answer_that_comes_unasked_is_never_taken_for_the_next_one) {
    const RawListener listener;
    auto first = send_meanwhile(call_to(listener.origin()));
    RawSocket peer = listener.accept();
    read_request(peer);
    peer.send(std::string{plain_answer} + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    ASSERT_TRUE(first.get());
    auto second = send_meanwhile(call_to(listener.origin()));
    RawSocket fresh = listener.accept();
    read_request(fresh);
    fresh.send(plain_answer);
    const auto reply = second.get();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "ok");
}

TEST_F(ClientTest, calls_beyond_the_bound_of_connections_wait_their_turn) {
    IoThreads narrow{1, ClientOptions{.max_connections = 2}};
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    auto server = Server::listen(threads, {}, [&](Request&) -> Task<Response> {
        most = std::max(most.load(), ++at_once);
        co_await sleep_for(Millis{2});
        --at_once;
        co_return Response{};
    });
    ASSERT_TRUE(server);
    constexpr int count = 20;
    std::latch all{count};
    auto one = [&](Call call) -> Task<void> {
        const auto reply = co_await narrow.current_client().send(std::move(call));
        EXPECT_EQ(code_of(reply), "answered");
        all.count_down();
    };
    narrow.scheduler(0).call_after(Millis{0}, [&] {
        for (int i = 0; i < count; ++i) narrow.scheduler(0).spawn(one(call_to((*server)->origin())));
    });
    all.wait();
    EXPECT_EQ(most, 2);
    narrow.stop();
}

TEST_F(ClientTest, who_waits_for_a_connection_is_not_overtaken) {
    IoThreads narrow{1, ClientOptions{.max_connections = 1}};
    std::vector<std::string> order;
    auto server = Server::listen(threads, {}, [&](Request& request) -> Task<Response> {
        order.push_back(request.body);
        co_return Response{};
    });
    ASSERT_TRUE(server);
    std::latch all{2};
    auto send_each = [&](std::vector<std::string> bodies) -> Task<void> {
        for (const std::string& body : bodies) {
            Call call = call_to((*server)->origin(), body);
            const auto reply = co_await narrow.current_client().send(std::move(call));
            EXPECT_EQ(code_of(reply), "answered");
        }
        all.count_down();
    };
    narrow.scheduler(0).call_after(Millis{0}, [&] {
        narrow.scheduler(0).spawn(send_each({"first", "third", "fourth"}));
        narrow.scheduler(0).spawn(send_each({"second"}));
    });
    all.wait();
    narrow.stop();
    threads.stop();
    EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "third", "fourth"}));
}

TEST_F(ClientTest, a_call_whose_turn_never_comes_is_not_connected) {
    IoThreads narrow{1, ClientOptions{.max_connections = 1}};
    const RawListener listener;
    auto send_narrow = [&](Call call) -> Task<Result<Reply>> {
        co_return co_await narrow.current_client().send(std::move(call));
    };
    auto first =
        std::async(std::launch::async, [&] { return run_blocking(narrow, send_narrow(call_to(listener.origin()))); });
    RawSocket peer = listener.accept();
    read_request(peer);
    Call call = call_to(listener.origin());
    call.timeout = Millis{30};
    EXPECT_EQ(code_of(run_blocking(narrow, send_narrow(std::move(call)))), "not_connected");
    peer.send(plain_answer);
    EXPECT_EQ(code_of(first.get()), "answered");
}

TEST_F(ClientTest, a_call_that_cannot_be_sent_as_it_is_is_refused_here) {  // F144
    Call bad_header = call_to("http://127.0.0.1:1");
    bad_header.headers.emplace_back("X-A", "b\r\nX-C: d");
    EXPECT_EQ(code_of(send(std::move(bad_header))), "bad_header");
    for (const char* url : {"", "ftp://a/", "http://", "http://a:0/", "http://a:70000/", "http://u@h/", "http://a/ b",
                            "http://[::1/", "http://a/\r\nX: y", "http://a/#b"}) {
        Call call;
        call.url = url;
        EXPECT_EQ(code_of(send(std::move(call))), "bad_url") << url;
    }
    const auto bracketed = parse_url("https://[::1]:8443?x=1");
    ASSERT_TRUE(bracketed);
    EXPECT_EQ(bracketed->host, "::1");
    EXPECT_EQ(bracketed->port, "8443");
    EXPECT_EQ(bracketed->path_and_query, "/?x=1");
}

class TlsTest : public ClientTest {
protected:
    void SetUp() override {
        ServerOptions options;
        options.certificate_file = certificate.certificate_file();
        options.key_file = certificate.key_file();
        auto listening = Server::listen(threads, options, [](Request& request) -> Task<Response> {
            Response response;
            response.body = request.body + (request.is_tls ? " sealed" : " open");
            co_return response;
        });
        ASSERT_TRUE(listening) << listening.error().message;
        server = std::move(*listening);
    }
    const test::Certificate certificate;
    std::unique_ptr<Server> server;
};

TEST_F(TlsTest, a_client_that_trusts_the_certificate_is_served_and_its_connection_kept) {
    IoThreads trusting{1, ClientOptions{.authority_file = certificate.certificate_file()}};
    auto send_trusting = [&](Call call) -> Task<Result<Reply>> {
        co_return co_await trusting.current_client().send(std::move(call));
    };
    // From a few bytes to many records.
    for (const std::size_t size : {5u, 5u, 20'000u, 200'000u}) {
        const auto reply = run_blocking(trusting, send_trusting(call_to(server->origin(), std::string(size, 'x'))));
        ASSERT_TRUE(reply) << reply.error().message;
        EXPECT_EQ(reply->body.size(), size + 7);
        EXPECT_EQ(server->connections(), 1u);
    }
}

TEST_F(TlsTest, a_client_that_does_not_trust_it_sends_nothing) {
    EXPECT_EQ(code_of(send(call_to(server->origin()))), "not_connected");
}

TEST_F(TlsTest, a_certificate_for_another_name_is_not_trusted) {
    IoThreads trusting{1, ClientOptions{.authority_file = certificate.certificate_file()}};
    auto send_trusting = [&](Call call) -> Task<Result<Reply>> {
        co_return co_await trusting.current_client().send(std::move(call));
    };
    const std::string origin = "https://localhost:" + std::to_string(server->port());
    EXPECT_EQ(code_of(run_blocking(trusting, send_trusting(call_to(origin)))), "not_connected");
}

TEST_F(TlsTest, nothing_older_than_version_one_three_is_spoken) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
        SSL_CTX_set_max_proto_version(context.get(), version);
        const RawSocket socket = RawSocket::connected_to(server->port());
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context.get()), SSL_free};
        SSL_set_fd(ssl.get(), socket.descriptor());
        EXPECT_EQ(SSL_connect(ssl.get()) == 1, version == TLS1_3_VERSION);
    }
}

TEST_F(TlsTest, a_certificate_that_is_none_is_an_error) {
    ServerOptions options;
    options.certificate_file = certificate.key_file();
    options.key_file = certificate.key_file();
    const auto listening = Server::listen(threads, options, echo_with_header);
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().code, "bad_certificate");
}

}  // namespace
}  // namespace florin::http
