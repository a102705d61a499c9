#include "florin/telemetry/scrubber.hpp"

#include <gtest/gtest.h>

#include <string>

namespace florin::telemetry {
namespace {

TEST(Scrubber, masks_card_numbers_in_every_dress) {  // F145
    const std::string texts[] = {
        "4242424242424242",
        "card 4242 4242 4242 4242 refused",
        "4242-4242-4242-4242",
        "4242  4242 - 4242 4242",
        "number=4242+4242+4242+4242&x=1",
        "number=4242%204242%204242%204242",
        "pan:4242424242424242,",
        "{\"n\":\"4242424242424242\"}",
        "{\"n\":4242424242424242}",
        "4242424242424242 1227 123",
        "17 4242424242424242",
        "%B4242424242424242^DOE/JANE^2712",
        ";4242424242424242=2712101",
        "<n>4242424242424242</n>",
        "x4242424242424242y",
        "378282246310005",
        "3782 822463 10005",
        "4222222222222",
        "6304000000000000",
        "6759649826438453",
        "30569309025904",
        "6200000000000000000",
        "two: 4242424242424242 and 5555555555554444",
        "4242424242424242-01a20011-3260-7272-94fc-1c821f060a7c",
        "01a20011-3260-7272-94fc-1c821f060a7c 4242424242424242",
        "01a20011-3260-7272-94fc-1c821f060a7c4242424242424242",
    };
    for (const std::string& text : texts) {
        const std::string clean = scrub(text);
        EXPECT_NE(clean, text);
        for (const char* digits : {"42424242", "4242 4242", "82246", "5555", "59649", "0569309", "222222222"}) {
            EXPECT_EQ(clean.find(digits), std::string::npos) << clean;
        }
    }
}

TEST(Scrubber, leaves_what_is_no_secret) {
    for (const char* text : {
             "",
             "purchase of 12.50 EUR",
             "4242424242424241",
             "1795000000000",
             "1795000000008",
             "123456789012",
             "2026-11-20T10:15:30.123Z",
             "019aa30b-26a8-7bcd-8123-456789abcdef",
             "01a20011-3260-7272-94fc-1c821f060a7c",
             "pm_01a20011-3260-7272-94fc-1c821f060a7c",
             "of 01a20011-3260-7272-94fc-1c821f060a7c: not found",
             "127.0.0.1:8080",
             "last4 4242",
             "in 20 ms, 300 of 4000",
             "a key was rotated",
             "company: 7",
             "pan-european",
             "cvv was wrong",
             "basically fine",
         }) {
        EXPECT_EQ(scrub(text), text);
    }
}

TEST(Scrubber, masks_keys_and_credentials) {
    const char* const texts[] = {
        "Authorization: Bearer canary-0001",
        "authorization=canary-0001",
        "bearer canary-0001",
        "used fk_live_canary-0001 again",
        "fk_test_canary-0001",
        "\"Basic canary-0001\"",
        "Authorization: Basic canary-0001",
        "{\"password\":\"canary-0001\"}",
        "{\"transactionKey\": \"canary-0001\"}",
        "X-Api-Key: canary-0001",
        "client_secret=canary-0001&a=b",
    };
    for (const char* text : texts) {
        EXPECT_EQ(scrub(text).find("canary"), std::string::npos) << scrub(text);
    }
    EXPECT_EQ(scrub("used fk_live_abc again"), "used fk_live_[hidden] again");
}

TEST(Scrubber, masks_verification_values_by_their_names) {  // F145, F146
    const char* const texts[] = {
        R"({"cvv":"987"})", R"({"cvv":987})",        R"({"cvc2" : "987"})",
        "cvv=987&a=1",      R"({"cardCode":"987"})", R"({\"cvv\":\"987\"})",
        "CVV: 987",         "security-code = 987",   "<cardCode>987</cardCode>",
        "{'cvv': '987'}",   "card[cvc]=987",
    };
    for (const char* text : texts) EXPECT_EQ(scrub(text).find("987"), std::string::npos) << scrub(text);
    EXPECT_EQ(scrub(R"({"cvv":"987","amount":12})"), R"({"cvv":"[hidden]","amount":12})");
}

TEST(Scrubber, scrubbing_twice_changes_no_more) {
    for (const char* text :
         {"Authorization: Bearer abc", R"({"cvv":"987"})", "4242 4242 4242 4242", "fk_live_x", "<cvv>1</cvv>"}) {
        EXPECT_EQ(scrub(scrub(text)), scrub(text));
    }
}

TEST(Scrubber, knows_secret_names_in_every_spelling) {
    for (const char* name :
         {"cvv", "CVV", "card_code", "cardCode", "Card-Number", "authorization", "api_key", "X-Api-Key"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const char* name : {"", "amount", "payment_id", "card", "key_id", "currency"})
        EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Scrubber, survives_any_text) {
    const std::string alphabet = "4242 -%20+\"'\\:=<>cvv&fk_live_bearer \xff\n";
    std::uint64_t state = 7;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (int i = 0; i < round % 60; ++i) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            text.push_back(alphabet[state / 65'536 % alphabet.size()]);
        }
        scrub(text);
    }
}

}  // namespace
}  // namespace florin::telemetry
