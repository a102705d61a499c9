#include "florin/stripe/webhook.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::stripe {
namespace {

using namespace test;

// Computed by the vendor's own library: providers' notes on Stripe, section 10.
constexpr std::string_view secret = "whsec_test_secret";
constexpr std::string_view event_body = R"({"id":"evt_test","object":"event"})";
constexpr std::string_view digest = "8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724";
constexpr Instant signed_at{1'700'000'000'000};

std::string header(std::string_view digests, std::string_view moment = "1700000000") {
    return "t=" + std::string{moment} + "," + std::string{digests};
}
const std::string good = header("v1=" + std::string{digest});

TEST(Signatures, are_those_that_the_vendors_own_library_makes) {  // F46
    EXPECT_TRUE(is_signed(event_body, good, secret, signed_at));
    const std::string_view event =
        R"({"id":"evt_0001","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_0001","object":"payment_intent","amount":1099,"currency":"eur","status":"succeeded"}}})";
    EXPECT_TRUE(is_signed(event, "t=1763640000,v1=4c2315a43c9b481d3a142c3e06bddb39f1781f163865d512a7acc4f13294b632",
                          "whsec_localtestsecret", Instant{1'763'640'000'000}));
}

TEST(Signatures, hold_for_five_minutes) {  // F47
    EXPECT_TRUE(is_signed(event_body, good, secret, signed_at + Millis{300'000}));
    EXPECT_FALSE(is_signed(event_body, good, secret, signed_at + Millis{300'001}));
    EXPECT_TRUE(is_signed(event_body, good, secret, signed_at - Millis{60'000})) << "our clock may be slow";
    EXPECT_TRUE(is_signed(event_body, good, secret, signed_at + Millis{900'000}, Millis{1'000'000}));
}

TEST(Signatures, are_several_while_a_secret_is_being_changed) {  // F53
    const std::string other(64, 'a'), ours{digest};
    EXPECT_TRUE(is_signed(event_body, header("v1=" + other + ",v1=" + ours), secret, signed_at));
    EXPECT_TRUE(is_signed(event_body, header("v1=" + ours + ",v1=" + other), secret, signed_at));
    EXPECT_TRUE(is_signed(event_body, header("v0=" + other + ",v1=" + ours + ",v2=x"), secret, signed_at));
}

TEST(Signatures, that_are_anything_else_are_none) {  // F45
    const std::string ours{digest};
    std::string upper = ours;
    for (char& c : upper)
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
    const std::string headers[] = {"",
                                   "v1=" + ours,
                                   "t=1700000000",
                                   header("v0=" + ours),
                                   header("v1=" + ours.substr(1)),
                                   header("v1=" + ours + "0"),
                                   header("v1=" + upper),
                                   header("v1= " + ours.substr(1)),
                                   header("v1=" + ours, "1700000001"),
                                   header("v1=" + ours, "01700000000"),
                                   header("v1=" + ours, ""),
                                   header("v1=" + ours, "17000000000000000000000"),
                                   header("v1=" + ours, "1700000000x"),
                                   header("t=1700000000,v1=" + ours),
                                   "t=1700000000;v1=" + ours};
    for (const std::string& each : headers) EXPECT_FALSE(is_signed(event_body, each, secret, signed_at)) << each;
    EXPECT_FALSE(is_signed(std::string{event_body} + " ", good, secret, signed_at));
    EXPECT_FALSE(is_signed(event_body, good, "whsec_test_secreT", signed_at));
    EXPECT_FALSE(is_signed(event_body, good, "test_secret", signed_at)) << "the whole text is the key";
    EXPECT_FALSE(is_signed(event_body, good, "", signed_at));
}

TEST(Notices, say_what_an_event_is_about) {
    const auto notice = read_notice(
        R"({"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","metadata":{"reference":"P17"}}}})");
    ASSERT_TRUE(notice);
    EXPECT_EQ(notice->event_id, "evt_1");
    EXPECT_EQ(notice->event_type, "payment_intent.succeeded");
    EXPECT_EQ(notice->reference, "P17");
    EXPECT_EQ(read_notice(R"({"id":"evt_1","type":"customer.created"})")->reference, "");
    EXPECT_EQ(read_notice(R"({"id":"evt_1","type":"x","data":[{"object":1}]})")->reference, "");
    // What stored a card carries our reference, and is about no payment.
    for (const std::string_view what : {"customer", "setup_intent", "payment_method", "mandate"}) {
        const std::string event = R"({"id":"evt_1","type":"x","data":{"object":{"id":"o_1","object":")" +
                                  std::string{what} + R"(","metadata":{"reference":"M17"}}}})";
        EXPECT_EQ(read_notice(event)->reference, "") << what;
    }
    for (const std::string_view wrong :
         {"", "[]", "{}", R"({"id":"evt_1"})", R"({"type":"x"})", R"({"id":1,"type":"x"})"})
        EXPECT_EQ(read_notice(wrong).error().code, "webhook_unreadable") << wrong;
}

TEST(Notices, are_taken_only_with_the_signature_of_the_new_secret_or_of_the_one_before) {  // F45, F53
    // Made with the vendor's library for `{"id":"evt_1","type":"x"}` at 1700000000.
    http::Request request;
    request.body = R"({"id":"evt_1","type":"x"})";
    Bench bench;
    const auto read = [&](std::string header) {
        request.headers = {{"stripe-signature", std::move(header)}};
        return bench.connector->read_webhook(request, signed_at);
    };
    const auto by_new = read("t=1700000000,v1=8a53b84673cafdaa3a6e7bc247d422c3bb721ed426a4565f6ba697636ab227ef");
    ASSERT_TRUE(by_new) << by_new.error().message;
    EXPECT_EQ(by_new->event_id, "evt_1");
    EXPECT_TRUE(read("t=1700000000,v1=fdeab3c1aab01f3aaa564c20bba563cbaf85864588222688c5dcfafbc7962018"));
    EXPECT_EQ(read("t=1700000000,v1=" + std::string(64, '0')).error().code, "webhook_not_genuine");
    request.headers.clear();
    EXPECT_EQ(bench.connector->read_webhook(request, signed_at).error().code, "webhook_not_genuine");
}

TEST(StripeNotices, name_the_payment_that_they_are_about) {
    const struct {
        std::string_view event, reference, provider_id;
        bool may_be_reversal;
    } cases[] = {
        {R"({"id":"evt_1","type":"payment_intent.processing","data":{"object":{"id":"pi_1","object":"payment_intent",
            "metadata":{"reference":"R1"}}}})",
         "R1", "pi_1", false},
        {R"({"id":"evt_1","type":"charge.failed","data":{"object":{"id":"py_1","object":"charge","payment_intent":"pi_1",
            "metadata":{"reference":"R1"}}}})",
         "R1", "pi_1", false},
        // A dispute's metadata are its own.
        {R"({"id":"evt_1","type":"charge.dispute.created","data":{"object":{"id":"du_1","object":"dispute",
            "payment_intent":"pi_1","metadata":{}}}})",
         "", "pi_1", true},
        {R"({"id":"evt_1","type":"charge.dispute.funds_reinstated","data":{"object":{"id":"du_1","object":"dispute",
            "payment_intent":"pi_1"}}})",
         "", "pi_1", true},
        {R"({"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1","object":"customer"}}})", "", "",
         false},
    };
    for (const auto& one : cases) {
        const auto notice = read_notice(one.event);
        ASSERT_TRUE(notice) << one.event;
        EXPECT_EQ(notice->reference, one.reference) << one.event;
        EXPECT_EQ(notice->provider_id, one.provider_id) << one.event;
        EXPECT_EQ(notice->may_be_reversal, one.may_be_reversal) << one.event;
    }
}

}  // namespace
}  // namespace florin::stripe
