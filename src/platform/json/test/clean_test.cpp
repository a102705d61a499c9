#include "florin/json/clean.hpp"

#include <gtest/gtest.h>

#include "florin/json/value.hpp"

namespace florin::json {
namespace {

TEST(CleanText, what_nobody_should_see_is_replaced_and_all_else_stays) {  // F26, F149
    using namespace std::string_view_literals;
    struct Case {
        std::string_view why, text, clean;
    };
    const Case cases[] = {
        {"plain text", "Declined."sv, "Declined."},
        {"nothing", ""sv, ""},
        {"well-formed UTF-8", "Crédit 银行 €𝄞"sv, "Crédit 银行 €𝄞"},
        {"NUL, which PostgreSQL does not store", "a\0b"sv, "a b"},
        {"C0 and DEL", "a\x01\x1b[31mb\r\n\tc\x7f"sv, "a  [31mb   c "},
        {"C1",
         "a\xC2\x85"
         "b\xC2\x9F"
         "c"sv,
         "a b c"},
        {"a no-break space is none of them",
         "a\xC2\xA0"
         "b"sv,
         "a\xC2\xA0"
         "b"},
        {"line and paragraph separators",
         "a\xE2\x80\xA8"
         "b\xE2\x80\xA9"sv,
         "a b "},
        {"what turns the direction of text",
         "a\xE2\x80\xAE"
         "b\xE2\x81\xA6"
         "c"sv,
         "a b c"},
        {"Latin-1",
         "Cr\xE9"
         "dit"sv,
         "Cr\xEF\xBF\xBD"
         "dit"},
        {"a character cut off", "a\xE2\x82"sv, "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"an overlong form", "\xC0\xAF"sv, "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a surrogate", "\xED\xA0\x80"sv, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"beyond the last character", "\xF4\x90\x80\x80"sv, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"octets that UTF-8 does not have", "\xFE\xFF"sv, "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (const Case& each : cases) EXPECT_EQ(clean_text(each.text), each.clean) << each.why;
}

TEST(CleanText, is_cut_between_characters) {
    EXPECT_EQ(clean_text("Declined.", 9), "Declined.");
    EXPECT_EQ(clean_text("Declined.", 8), "Decline…");
    EXPECT_EQ(clean_text("éééé", 4), "éééé");
    EXPECT_EQ(clean_text("ééééé", 4), "ééé…");
    EXPECT_EQ(clean_text("ab", 1), "…");
    EXPECT_EQ(clean_text("ab", 0), "");
    EXPECT_EQ(clean_text(std::string(100'000, '\xE9'), 3), "\xEF\xBF\xBD\xEF\xBF\xBD…");
}

TEST(CleanText, makes_of_any_octets_a_text_that_json_can_carry_and_cleaning_again_changes_nothing) {
    for (unsigned first = 0; first < 256; ++first)
        for (unsigned second = 0; second < 256; ++second) {
            const char octets[] = {static_cast<char>(first), static_cast<char>(second), 'x'};
            const std::string clean = clean_text({octets, sizeof octets});
            EXPECT_EQ(clean_text(clean), clean);
            std::string quoted = "\"";
            for (const char c : clean) {
                if (c == '"' || c == '\\') quoted += '\\';
                quoted += c;
            }
            EXPECT_TRUE(parse(quoted + "\"")) << first << " " << second;
        }
}

TEST(CleanText, lets_a_careless_document_be_read) {
    const std::string careless =
        "{\"reason\":\"Cr\xE9"
        "dit\nrefus\xE9\",\n\t\"code\":\"05\"}";
    ASSERT_FALSE(parse(careless));
    const auto read = parse(clean_text(careless));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->find("code")->text(), "05");
    EXPECT_EQ(read->find("reason")->text(),
              "Cr\xEF\xBF\xBD"
              "dit refus\xEF\xBF\xBD");
}

}  // namespace
}  // namespace florin::json
