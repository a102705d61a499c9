#include <gtest/gtest.h>

#include "florin/security/card.hpp"

namespace florin::security {
namespace {

struct Case {
    const char* why;
    const char* text;
};

TEST(PanInText, a_card_number_is_found_wherever_it_stands) {  // D-PC-01, F145
    const Case cases[] = {
        {"alone", "4111111111111111"},
        {"in groups", "4111 1111 1111 1111"},
        {"with dashes", "5555-5555-5555-4444"},
        {"in a sentence", "My card is 4111111111111111, please."},
        {"behind a colon", "PAN:4111111111111111"},
        {"behind a word and a dash", "card-4111111111111111"},
        {"13 digits", "4222222222222"},
        {"15 digits", "3782 822463 10005"},
        {"19 digits", "6304000000000000000"},
        {"mastercard's newer range", "2223003122003222"},
        {"an unlisted issuer", "9792000000000003"},
        {"a number in JSON", R"({"order":7,"card":4111111111111111})"},
        {"behind a line end in JSON", R"({"note":"card\n4111111111111111"})"},
        {"before its verification value", "4111 1111 1111 1111 123"},
        {"behind another number", "12 4111 1111 1111 1111"},
        {"behind an id", "5f0c1b7e-1f9c-4b5e-9c5e-1f9c4b5e9c5e 4111111111111111"},
    };
    for (const Case& c : cases) EXPECT_TRUE(looks_like_pan(c.text)) << c.why;
}

TEST(PanInText, what_is_no_card_number_is_left_alone) {
    const Case cases[] = {
        {"nothing", ""},
        {"a wrong check digit", "4111111111111112"},
        {"12 digits", "411111111116"},
        {"20 digits", "41111111111111111111"},
        {"zeros", "0000000000000000"},
        {"a moment in milliseconds that passes Luhn", "1763705600007"},
        {"a moment in microseconds that passes Luhn", "1763705600000003"},
        {"two days that pass Luhn", "2024-01-01 2024-12-34"},
        {"an id of digits that passes Luhn in parts", "01234567-4111-1111-8111-111111111112"},
        {"a hash", "a4111111111111111f"},
        {"digits of two values", R"({"a":41111111,"b":11111111})"},
        {"two numbers apart", "41111111  11111111"},
        {"a customer's name", "customer-7"},
    };
    for (const Case& c : cases) EXPECT_FALSE(looks_like_pan(c.text)) << c.why;
}

}  // namespace
}  // namespace florin::security
