#include "masking.hpp"

#include <gtest/gtest.h>

namespace florin::dead_letters {
namespace {

TEST(Masking, secrets_and_what_belongs_to_a_person_are_not_shown) {  // F145, F149
    struct Case {
        std::string_view why, payload, shown;
    };
    const Case cases[] = {
        {"ids are needed", R"({"endpoint":"01a1fcd3-917b-7b1b-9415-338a6d11ee9d","n":7})",
         R"({"endpoint":"01a1fcd3-917b-7b1b-9415-338a6d11ee9d","n":7})"},
        {"a person", R"({"customer":{"name":"Ada","phone":49301234}})",
         R"({"customer":{"name":"[redacted]","phone":"[redacted]"}})"},
        {"all within", R"({"address":{"line":["A","B"],"floor":2}})",
         R"({"address":{"line":["[redacted]","[redacted]"],"floor":"[redacted]"}})"},
        {"an address in a text", R"({"note":"from ada.l+x@example.co.uk, please"})",
         R"({"note":"from [redacted], please"})"},
        {"several", R"({"note":"a@b.c d@e.f"})", R"({"note":"[redacted] [redacted]"})"},
        {"a secret", R"({"api_key":"abc","password":"x"})", R"({"api_key":"[redacted]","password":"[redacted]"})"},
        {"a card number", R"({"note":"4111 1111 1111 1111"})", R"({"note":"**** **** **** ****"})"},
        {"no object", R"("ada@example.com")", R"("[redacted]")"},
        {"no JSON", "ada@example.com {", R"("[redacted] {")"},
    };
    for (const Case& one : cases) EXPECT_EQ(masked_json(one.payload), one.shown) << one.why;
}

TEST(Masking, what_was_hidden_and_left_so_stays_what_it_is) {
    const std::string original = R"({"name":"Ada","to":"ada@example.com","list":[{"email":"a@b.c"},2],"n":1})";
    const std::string shown = masked_json(original);
    EXPECT_EQ(*unmasked(shown, original), original);
    EXPECT_EQ(*unmasked(R"({"name":"[redacted]","n":2})", original), R"({"name":"Ada","n":2})");
    EXPECT_EQ(*unmasked(R"({"name":"Grace","list":[{"email":"[redacted]"}]})", original),
              R"({"name":"Grace","list":[{"email":"a@b.c"}]})");
    // Elsewhere it is nobody's mask.
    EXPECT_EQ(*unmasked(R"({"other":"[redacted]"})", original), R"({"other":"[redacted]"})");
    EXPECT_FALSE(unmasked("{", original));
}

}  // namespace
}  // namespace florin::dead_letters
