#include "florin/authorize_net/webhook.hpp"

#include <gtest/gtest.h>

#include <string>

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
const std::string body =
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
    ASSERT_EQ(body.size(), 398U);
    EXPECT_TRUE(is_signed(body, signature, key()));
    std::string lower = signature;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_TRUE(is_signed(body, lower, key()));
}

TEST(Webhook, one_changed_byte_is_refused) {  // F45
    for (std::size_t i = 0; i < body.size(); i += 7) {
        std::string changed = body;
        changed[i] ^= 1;
        EXPECT_FALSE(is_signed(changed, signature, key())) << "byte " << i;
    }
    EXPECT_FALSE(is_signed(body, signature.substr(0, 100), key()));
    EXPECT_FALSE(is_signed(body, "", key()));
    EXPECT_FALSE(is_signed(body, signature, ""));
    EXPECT_FALSE(is_signed(body, signature, key().substr(1) + "0"));
}

TEST(Webhook, an_amount_signed_with_two_decimals_is_tried_in_that_rendering_only) {  // F46
    std::string signed_as = body;
    signed_as.replace(signed_as.find("12.5,"), 4, "12.50");
    EXPECT_TRUE(is_signed(body, sign(signed_as), key()));
    std::string three = body;
    three.replace(three.find("12.5,"), 4, "12.500");
    EXPECT_FALSE(is_signed(body, sign(three), key()));
}

}  // namespace
}  // namespace florin::authorize_net
