#include "florin/authorize_net/webhook.hpp"

#include <gtest/gtest.h>

#include <string>

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::authorize_net {
namespace {

std::string key() {
    std::string text;
    for (int i = 0; i < 8; ++i) text += "0123456789ABCDEF";
    return text;
}

// The published vector of the provider's notes, section 8.
const std::string event_body =
    R"({"notificationId":"5f3c1f0e-8a55-4c4c-9d57-6f3f0a9e1b11","eventType":"net.authorize.payment.authcapture.created",)"
    R"("eventDate":"2026-11-20T10:15:30.1234567Z","webhookId":"2b8e3d6a-1111-4222-8333-444455556666","payload":{"responseCode":1,)"
    R"("merchantReferenceId":"ord-000017","authCode":"A1B2C3","avsResponse":"Y","authAmount":12.5,"invoiceNumber":"INV-17",)"
    R"("entityName":"transaction","id":"40000000017"}})";
const std::string signature =
    "sha512="
    "289F3008EBC35CA5302400273C040EFFA5DEC9CAF000E37318A9712729FFC577E57ED8B0C747C6027AC056C1F5E15EA124F6DCBFC9390AA1"
    "1BB1D94CE54725F4";

std::string sign(std::string_view text) { return "sha512=" + security::to_hex(security::hmac_sha512(key(), text)); }

TEST(Webhook, a_genuine_delivery_is_told_by_the_published_vector) {  // F45, D-AP-12
    ASSERT_EQ(event_body.size(), 398U);
    EXPECT_TRUE(is_signed(event_body, signature, key()));
    std::string lower = signature;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_TRUE(is_signed(event_body, lower, key()));
}

TEST(Webhook, agrees_with_others_who_compute_the_same_signature) {  // F45
    using namespace std::string_view_literals;
    struct Case {
        std::string_view why;
        std::string key;
        std::string_view text, digest;
    };
    // The first is RFC 4231's second case; the others are by `openssl dgst -sha512 -hmac KEY`, and Python's hmac
    // agrees.
    const Case cases[] = {
        {"RFC 4231", "Jefe", "what do ya want for nothing?"sv,
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6"
         "b4b636e"
         "070a38bce737"sv},
        {"an empty body", key(), ""sv,
         "c228d1fb61f5a24c4e5c09bcf35d50f3c6b742e590abc674f2135ee5f5e14a83daea470b8b1c549a88d5e1d8c840b7a90b5b06a36739d"
         "bcf6ac8"
         "c955cdf23bef"sv},
        {"UTF-8", key(), "{\"id\":\"Caf\303\251 \342\202\254\"}"sv,
         "2d85ed3021601a20b8189aeeb7d3b7acf2d110685de657545d1d4d71b6e3c2fc7ae6686ef3cdf4cc0cc16cc26bbdc8fb5868280e3b5c7"
         "cb84fbf"
         "05ee1caf6233"sv},
        {"the octets as they are, also NUL", "short", "x\0y"sv,
         "724a57182efe072e3c807128b0791a6c0093f1ac2946957812d0e33224a98077be822eb61675a240c69c0734e31a895413aa465499cfc"
         "2fd0a1c"
         "3e769bdc0ba6"sv},
    };
    for (const Case& each : cases)
        EXPECT_TRUE(is_signed(each.text, "sha512=" + std::string{each.digest}, each.key)) << each.why;
}

TEST(Webhook, the_key_is_its_text_and_not_the_octets_that_the_text_stands_for) {  // F45
    const auto octets = security::from_hex(key());
    ASSERT_TRUE(octets);
    const std::string decoded{octets->begin(), octets->end()};
    EXPECT_FALSE(is_signed(event_body, signature, decoded));
    EXPECT_FALSE(
        is_signed(event_body, "sha512=" + security::to_hex(security::hmac_sha512(decoded, event_body)), key()));
}

TEST(Webhook, one_changed_byte_is_refused) {  // F45
    for (std::size_t i = 0; i < event_body.size(); i += 7) {
        std::string changed = event_body;
        changed[i] ^= 1;
        EXPECT_FALSE(is_signed(changed, signature, key())) << "byte " << i;
    }
    EXPECT_FALSE(is_signed(event_body, signature.substr(0, 100), key()));
    EXPECT_FALSE(is_signed(event_body, "", key()));
    EXPECT_FALSE(is_signed(event_body, signature, ""));
    EXPECT_FALSE(is_signed(event_body, signature, key().substr(1) + "0"));
}

TEST(Webhook, an_amount_signed_with_two_decimals_is_tried_in_that_rendering_only) {  // F46
    std::string signed_as = event_body;
    signed_as.replace(signed_as.find("12.5,"), 4, "12.50");
    EXPECT_TRUE(is_signed(event_body, sign(signed_as), key()));
    std::string three = event_body;
    three.replace(three.find("12.5,"), 4, "12.500");
    EXPECT_FALSE(is_signed(event_body, sign(three), key()));
}

class WebhooksOfAConnector : public testing::Test {
protected:
    std::unique_ptr<payments::Connector> make(std::string_view now, std::string_view before = "") {
        Settings settings;
        settings.signature_key.assign(now);
        settings.previous_signature_key.assign(before);
        return make_authorize_net(std::move(settings), World{clock, random}, [] -> http::Client& { std::abort(); });
    }
    std::string read(const payments::Connector& connector, std::string text, std::string header) {
        http::Request request{
            .method = "POST", .path = {}, .query = {}, .headers = {}, .body = std::move(text), .peer = {}};
        request.headers.emplace_back("x-anet-signature", std::move(header));
        const auto notice = connector.read_webhook(request, Instant{});
        return notice ? notice->event_id + " " + notice->event_type + " " + notice->reference : notice.error().code;
    }
    SimClock clock;
    SimRandom random{7};
};

TEST_F(WebhooksOfAConnector, name_their_event_and_our_reference) {  // D-AP-12
    EXPECT_EQ(read(*make(key()), event_body, signature),
              "5f3c1f0e-8a55-4c4c-9d57-6f3f0a9e1b11 net.authorize.payment.authcapture.created ord-000017");
    const std::string without = R"({"notificationId":"n","eventType":"t","payload":{"invoiceNumber":"INV-17"}})";
    EXPECT_EQ(read(*make(key()), without, sign(without)), "n t INV-17");
    const std::string bare = R"({"notificationId":"n","eventType":"t"})";
    EXPECT_EQ(read(*make(key()), bare, sign(bare)), "n t ");
    EXPECT_EQ(read(*make(key()), "[1]", sign("[1]")), "webhook_unreadable");
}

TEST_F(WebhooksOfAConnector, are_taken_under_the_key_before_as_long_as_it_is_known) {  // F53
    const std::string new_key(128, 'A');
    EXPECT_EQ(read(*make(new_key), event_body, signature), "webhook_not_genuine");
    EXPECT_NE(read(*make(new_key, key()), event_body, signature), "webhook_not_genuine");
    EXPECT_EQ(read(*make(new_key, key()), event_body + " ", signature), "webhook_not_genuine");
    EXPECT_EQ(read(*make(""), event_body, signature), "webhooks_not_configured");
}

}  // namespace
}  // namespace florin::authorize_net
