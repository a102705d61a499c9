#include "florin/http/egress.hpp"

#include <gtest/gtest.h>

#include "florin/http/blocking.hpp"
#include "florin/http/client.hpp"
#include "florin/http/server.hpp"

namespace florin::http {
namespace {

bool is_allowed(const Egress& egress, std::string_view text) {
    const auto address = parse_ip_address(text);
    EXPECT_TRUE(address) << text;
    return address && egress.allows(*address);
}

// Judged alike by another implementation of the registries (Python's `ipaddress`), where it is not stricter here.
TEST(Egress, takes_public_unicast_addresses_alone) {  // F142
    const Egress egress;
    for (const std::string_view open : {"1.1.1.1",
                                        "8.8.8.8",
                                        "9.255.255.255",
                                        "11.0.0.0",
                                        "100.63.255.255",
                                        "100.128.0.0",
                                        "126.255.255.255",
                                        "128.0.0.0",
                                        "169.253.255.255",
                                        "169.255.0.0",
                                        "172.15.255.255",
                                        "172.32.0.0",
                                        "191.255.255.255",
                                        "192.0.1.0",
                                        "192.0.3.0",
                                        "192.169.0.0",
                                        "192.167.255.255",
                                        "198.17.255.255",
                                        "198.20.0.0",
                                        "198.51.99.255",
                                        "198.51.101.0",
                                        "203.0.114.0",
                                        "203.0.112.255",
                                        "223.255.255.255",
                                        "2001:200::1",
                                        "2a00:1450::1",
                                        "2606:4700::1111",
                                        "3fff:1000::1",
                                        "2001:4860:4860::8888",
                                        "::ffff:8.8.8.8"})
        EXPECT_TRUE(is_allowed(egress, open)) << open;
    for (const std::string_view shut : {"0.0.0.0",
                                        "0.1.2.3",
                                        "10.0.0.0",
                                        "10.255.255.255",
                                        "100.64.0.0",
                                        "100.127.255.255",
                                        "127.0.0.1",
                                        "127.255.255.255",
                                        "169.254.0.0",
                                        "169.254.169.254",
                                        "172.16.0.0",
                                        "172.31.255.255",
                                        "192.0.0.1",
                                        "192.0.2.0",
                                        "192.0.2.255",
                                        "192.168.0.0",
                                        "192.168.255.255",
                                        "192.88.99.1",
                                        "198.18.0.0",
                                        "198.19.255.255",
                                        "198.51.100.0",
                                        "203.0.113.7",
                                        "224.0.0.1",
                                        "239.255.255.255",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::2",
                                        "fe80::1",
                                        "febf::1",
                                        "fec0::1",
                                        "fc00::1",
                                        "fd12:3456::1",
                                        "ff02::1",
                                        "100::1",
                                        "2001:db8::1",
                                        "2001::1",
                                        "2001:1ff::1",
                                        "2002:7f00:1::",
                                        "64:ff9b::7f00:1",
                                        "::ffff:10.0.0.1",
                                        "::ffff:127.0.0.1",
                                        "::ffff:169.254.169.254",
                                        "3fff:fff::1",
                                        "4000::1",
                                        "1fff::1",
                                        "::7f00:1"})
        EXPECT_FALSE(is_allowed(egress, shut)) << shut;
}

TEST(Egress, takes_the_networks_that_an_operator_has_named_and_no_more) {
    const auto egress = Egress::allowing({"10.1.0.0/16", "fd00:1::/32", "192.168.7.9", "127.0.0.1/32"});
    ASSERT_TRUE(egress);
    for (const std::string_view open : {"10.1.0.0", "10.1.255.255", "fd00:1::5", "192.168.7.9", "127.0.0.1", "8.8.8.8"})
        EXPECT_TRUE(is_allowed(*egress, open)) << open;
    for (const std::string_view shut : {"10.0.255.255", "10.2.0.0", "fd00:2::5", "192.168.7.8", "127.0.0.2", "::1"})
        EXPECT_FALSE(is_allowed(*egress, shut)) << shut;
    for (const std::string& wrong : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129",
                                     "10.1/16", "example.org", "0177.0.0.1/8"}) {
        const auto refused = Egress::allowing({wrong});
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code, "invalid_network");
    }
}

class GuardedCall : public testing::Test {
protected:
    std::string call(const std::string& url, const Egress* egress, std::size_t max_reply_bytes = 0) {
        Call call;
        call.url = url;
        call.timeout = Millis{20'000};
        call.egress = egress;
        call.max_reply_bytes = max_reply_bytes;
        const auto reply = run_blocking(threads, send(std::move(call)));
        return reply ? std::to_string(reply->status) : reply.error().code;
    }
    Task<Result<Reply>> send(Call call) { co_return co_await threads.current_client().send(std::move(call)); }
    static Task<Response> answer(Request&) { co_return Response{.body = std::string(1'000, 'x')}; }

    IoThreads threads{1};
    std::unique_ptr<Server> server = std::move(*Server::listen(threads, {}, answer));
    std::string port = ":" + std::to_string(server->port()) + "/";
};

TEST_F(GuardedCall, does_not_reach_this_machine_however_its_address_is_written) {  // F142
    const Egress egress;
    ASSERT_EQ(call("http://127.0.0.1" + port, nullptr), "200");
    for (const std::string host :
         {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "[::1]",
          "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]"}) {
        const std::string refused = call("http://" + host + port, &egress);
        EXPECT_TRUE(refused == "address_refused" || refused == "bad_url" || refused == "not_connected")
            << host << ": " << refused;
    }
    EXPECT_EQ(call("http://127.0.0.1" + port, &egress), "address_refused") << "also where a connection is kept already";
    EXPECT_EQ(call("http://somebody@127.0.0.1" + port, &egress), "bad_url");
}

TEST_F(GuardedCall, reaches_a_network_that_was_named) {
    const auto egress = Egress::allowing({"127.0.0.0/8"});
    EXPECT_EQ(call("http://127.0.0.1" + port, &*egress), "200");
    EXPECT_EQ(call("http://127.1" + port, &*egress), "200");
}

TEST_F(GuardedCall, reads_no_more_of_an_answer_than_it_wants) {  // F126
    EXPECT_EQ(call("http://127.0.0.1" + port, nullptr, 999), "no_answer");
    EXPECT_EQ(call("http://127.0.0.1" + port, nullptr, 1'000), "200");
}

}  // namespace
}  // namespace florin::http
