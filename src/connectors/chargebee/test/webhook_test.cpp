#include "florin/chargebee/webhook.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::chargebee {
namespace {

using namespace test;

// `florin:new:password` and `florin:old password`, as `base64` writes them.
constexpr std::string_view by_new = "Basic ZmxvcmluOm5ldzpwYXNzd29yZA==";
constexpr std::string_view by_old = "Basic ZmxvcmluOm9sZCBwYXNzd29yZA==";

TEST(Credentials, are_the_user_and_the_password_and_nothing_else) {  // F45
    EXPECT_TRUE(is_from_site(by_new, "florin", "new:password"));
    EXPECT_FALSE(is_from_site(by_new, "florin", "new:passworD"));
    EXPECT_FALSE(is_from_site(by_new, "florin", "new:passwor"));
    EXPECT_FALSE(is_from_site(by_new, "Florin", "new:password"));
    EXPECT_FALSE(is_from_site(by_new, "", "new:password"));
    for (const std::string_view wrong : {"", "Basic", "Basic ", "Basic ???", "basic ZmxvcmluOm5ldzpwYXNzd29yZA==",
                                         "Bearer ZmxvcmluOm5ldzpwYXNzd29yZA==", "Basic ZmxvcmluOm5ldzpwYXNzd29yZA",
                                         "Basic  ZmxvcmluOm5ldzpwYXNzd29yZA==", "ZmxvcmluOm5ldzpwYXNzd29yZA=="})
        EXPECT_FALSE(is_from_site(wrong, "florin", "new:password")) << wrong;
    // `florin:`: without a password nobody is let in.
    EXPECT_FALSE(is_from_site("Basic ZmxvcmluOg==", "florin", ""));
}

TEST(Notices, say_what_an_event_is_about) {
    const auto notice = read_notice(
        R"({"id":"ev_1","object":"event","event_type":"payment_succeeded","content":{"transaction":{"id":"txn_1","object":"transaction"},)"
        R"("invoice":{"id":"17","object":"invoice","po_number":"P17"}}})");
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->event_id, "ev_1");
    EXPECT_EQ(notice->event_type, "payment_succeeded");
    EXPECT_EQ(notice->reference, "P17");
    EXPECT_FALSE(notice->may_be_reversal);
    const std::string_view others[] = {R"({"id":"ev_1","object":"event","event_type":"customer_created","content":{}})",
                                       R"({"id":"ev_1","object":"event","event_type":"x"})",
                                       R"({"id":"ev_1","object":"event","event_type":"x","content":[1]})",
                                       R"({"id":"ev_1","object":"event","event_type":"x","content":{"invoice":7}})"};
    for (const std::string_view other : others) EXPECT_EQ(read_notice(other)->reference, "") << other;
    for (const std::string_view wrong :
         {"", "[]", "{}", R"({"id":"ev_1","event_type":"x"})", R"({"id":"ev_1","object":"event"})",
          R"({"object":"event","event_type":"x"})", R"({"id":1,"object":"event","event_type":"x"})"})
        EXPECT_EQ(read_notice(wrong).error().code, "webhook_unreadable") << wrong;
}

TEST(Notices, are_taken_only_with_the_new_password_or_with_the_one_before) {  // F45, F53
    http::Request request;
    request.body = R"({"id":"ev_1","object":"event","event_type":"x","content":{}})";
    Bench bench;
    const auto read = [&](std::string_view header) {
        request.headers = {{"authorization", std::string{header}}};
        return bench.connector->read_webhook(request, bench.clock.now());
    };
    ASSERT_TRUE(read(by_new));
    EXPECT_EQ(read(by_new)->event_id, "ev_1");
    EXPECT_TRUE(read(by_old));
    EXPECT_EQ(read("Basic ZmxvcmluOm90aGVy").error().code, "webhook_not_genuine");
    request.headers.clear();
    EXPECT_EQ(bench.connector->read_webhook(request, bench.clock.now()).error().code, "webhook_not_genuine");

    Settings none = Bench::settings();
    none.webhook_password.wipe();
    const auto silent = make_chargebee(std::move(none), World{bench.clock, bench.random},
                                       [&]() -> http::Client& { return bench.client; });
    request.headers = {{"authorization", std::string{by_old}}};
    EXPECT_EQ(silent->read_webhook(request, bench.clock.now()).error().code, "webhooks_not_configured");
}

}  // namespace
}  // namespace florin::chargebee
