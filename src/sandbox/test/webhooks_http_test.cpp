// The same over real HTTP: a sandbox with a server of its own, and somebody who listens on a socket.
#include <condition_variable>
#include <mutex>

#include "florin/http/server.hpp"
#include "webhook_support.hpp"

namespace florin::sandbox {
namespace {

/// Answers once `together` requests are there at the same time.
class Socket {
public:
    explicit Socket(http::IoThreads& threads, int together = 1) : together_{together} {
        auto server = http::Server::listen(threads, {}, [this](http::Request& request) { return receive(request); });
        EXPECT_TRUE(server.has_value());
        server_ = std::move(*server);
    }
    std::string url() const { return server_->origin() + "/hooks?from=sandbox"; }
    std::vector<http::Request> wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        came_.wait(lock, [&] { return received_.size() >= count; });
        return received_;
    }

private:
    Task<http::Response> receive(http::Request& request) {
        {
            const std::lock_guard lock{mutex_};
            received_.push_back(request);
            came_.notify_all();
            if (++here_ == together_) all_here_.set();
        }
        // On the I/O thread that the signal belongs to: there is only one.
        if (together_ > 1) co_await all_here_.wait_for(Millis{60'000});
        co_return http::Response{};
    }

    const int together_;
    int here_ = 0;
    Signal all_here_;
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<http::Request> received_;
    std::unique_ptr<http::Server> server_;
};

class RealBox {
public:
    RealBox() : sandbox{std::move(*Sandbox::open({}, World{system_clock(), system_random()}))} {
        sandbox->send_webhooks(threads.scheduler(0), [this]() -> http::Client& { return threads.client(0); });
    }
    ~RealBox() { threads.stop(); }
    void buy(const std::string& invoice) {
        http::Request request;
        request.method = "POST";
        request.path = "/xml/v1/request.api";
        request.body = Box::sale("12.50", invoice);
        EXPECT_EQ(sandbox->serve(request).response.status, 200);
    }
    void listen_at(const std::string& url) {
        EXPECT_TRUE(
            sandbox->change_settings(R"({"authorize_net":{"webhook_url":")" + url + R"("},"webhook_retry_ms":[50,50]})")
                .has_value());
    }

    std::unique_ptr<Sandbox> sandbox;
    http::IoThreads threads{1};
};

TEST(WebhooksOverHttp, arrive_with_the_signature_of_their_bytes) {
    RealBox box;
    Socket socket{box.threads};
    box.listen_at(socket.url());
    box.buy("INV-1");
    const auto received = socket.wait_for(1);
    EXPECT_EQ(received[0].method, "POST");
    EXPECT_EQ(received[0].path, "/hooks");
    EXPECT_EQ(received[0].query, "from=sandbox");
    EXPECT_EQ(received[0].header("content-type"), "application/json");
    EXPECT_EQ(received[0].header("x-anet-signature"), signature_of(received[0].body));
    EXPECT_EQ(received[0].header("x-request-id").size(), 36U);
    EXPECT_NE(received[0].body.find(R"("authAmount":12.5,"invoiceNumber":"INV-1")"), std::string::npos);
}

TEST(WebhooksOverHttp, fifty_copies_are_there_at_the_same_time) {  // F40
    RealBox box;
    Socket socket{box.threads, 50};
    box.listen_at(socket.url());
    EXPECT_TRUE(box.sandbox->set_faults(R"({"rules":[{"action":{"kind":"duplicate","copies":50}}]})").has_value());
    box.buy("INV-1");
    const auto received = socket.wait_for(50);
    for (const http::Request& copy : received) EXPECT_EQ(copy.body, received[0].body);
}

TEST(WebhooksOverHttp, come_later_where_nobody_listens_yet) {
    RealBox box;
    unsigned short port = 0;
    std::string url;
    {
        Socket gone{box.threads};
        url = gone.url();
        port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
    }
    ASSERT_NE(port, 0);
    EXPECT_TRUE(box.sandbox
                    ->change_settings(R"({"authorize_net":{"webhook_url":")" + url +
                                      R"("},"webhook_retry_ms":[20,40,80,160,320,640,1280,2560,5120,10240,20480]})")
                    .has_value());
    box.buy("INV-1");
    std::mutex mutex;
    std::condition_variable came;
    bool is_there = false;
    auto server = http::Server::listen(box.threads, {.port = port}, [&](http::Request&) -> Task<http::Response> {
        const std::lock_guard lock{mutex};
        is_there = true;
        came.notify_all();
        co_return http::Response{};
    });
    ASSERT_TRUE(server.has_value());
    std::unique_lock lock{mutex};
    came.wait(lock, [&] { return is_there; });
}

}  // namespace
}  // namespace florin::sandbox
