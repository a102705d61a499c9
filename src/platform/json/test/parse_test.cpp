#include <gtest/gtest.h>

#include "florin/json/value.hpp"

namespace florin::json {
namespace {

std::string code_of(std::string_view text, const Limits& limits = {}) {
    const auto value = parse(text, limits);
    return value ? "" : value.error().code;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(part);
    return out;
}

TEST(Parse, what_is_not_json_is_refused) {  // F143
    struct Case {
        const char* why;
        std::string_view text;
    };
    const Case cases[] = {
        {"nothing", ""},
        {"only spaces", "  \n"},
        {"a byte order mark", "\xef\xbb\xbf{}"},
        {"something behind the value", "{} x"},
        {"a second value", "{}{}"},
        {"a comma too many in an object", R"({"a":1,})"},
        {"a comma too many in an array", "[1,]"},
        {"a comment", "{} // no"},
        {"a name without quotes", "{a:1}"},
        {"single quotes", "{'a':1}"},
        {"cut in an object", R"({"a":1)"},
        {"cut in a string", R"({"a":"b)"},
        {"cut in an escape", "\"\\u00"},
        {"NaN", "NaN"},
        {"Infinity", "-Infinity"},
        {"a leading zero", "01"},
        {"a leading plus", "+1"},
        {"a point without digits behind it", "1."},
        {"a point without digits before it", ".5"},
        {"hexadecimal", "0x10"},
        {"a raw line end in a string", "\"a\nb\""},
        {"a raw NUL in a string", std::string_view{"\"a\0b\"", 5}},
        {"a NUL behind the value", std::string_view{"{}\0", 3}},
        {"an escape that does not exist", R"("\x41")"},
        {"a lone leading surrogate", R"("\ud800")"},
        {"a leading surrogate before text", R"("\ud800a")"},
        {"a lone trailing surrogate", R"("\udc00")"},
        {"two leading surrogates", R"("\ud800\ud800")"},
        {"UTF-8 cut short", "\"\xc3\""},
        {"a stray continuation byte", "\"\x80\""},
        {"UTF-8 longer than needed", "\"\xc0\xaf\""},
        {"a surrogate written in UTF-8", "\"\xed\xa0\x80\""},
        {"beyond Unicode", "\"\xf4\x90\x80\x80\""},
        {"Latin-1 in a name", "{\"\xe9\":1}"},
    };
    for (const auto& [why, text] : cases) EXPECT_EQ(code_of(text), "malformed_json") << why;
}

TEST(Parse, what_is_json_is_taken_as_it_is_meant) {
    EXPECT_EQ(parse(R"("\ud83d\ude00 \u00e9 \/ \t")")->text(), "\xf0\x9f\x98\x80 \xc3\xa9 / \t");
    EXPECT_EQ(parse("\"\\u0000\"")->text(), std::string_view("\0", 1));
    EXPECT_EQ(parse(" \r\n\t null ")->kind(), Kind::null);
    EXPECT_TRUE(parse("true")->as_boolean());
    EXPECT_EQ(parse("[]")->kind(), Kind::array);
    EXPECT_EQ(parse("{\"\":0}")->find("")->integer(), 0);
    const auto value = parse(R"({"z":[1,{"y":null},"x"],"a":false})");
    EXPECT_EQ(value->members()[0].first, "z");
    EXPECT_EQ(value->members()[1].first, "a");
    EXPECT_EQ(value->find("z")->items()[2].text(), "x");
    EXPECT_EQ(value->find("b"), nullptr);
}

TEST(Parse, a_long_string_with_escapes_arrives_whole) {
    const std::string letters(9'000, 'x');
    EXPECT_EQ(parse("\"" + letters + "\\n" + letters + "\"")->text(), letters + "\n" + letters);
    EXPECT_EQ(parse("{\"\\u0061" + letters + "\":1}")->members()[0].first, "a" + letters);
}

TEST(Parse, numbers_keep_the_text_they_were_written_in) {  // F91, F98
    const std::string many_digits = "1234567890123456789012345678901234567890.123456789012345678901234567890";
    for (const std::string text : {"0", "-0", "1e2", "1E+2", "100.0", "9007199254740993", "0.1000", "1e308", "1e-400",
                                   "9223372036854775807", "18446744073709551616", "-9223372036854775809"})
        EXPECT_EQ(parse(text)->text(), text);
    EXPECT_EQ(parse(many_digits)->text(), many_digits);
    EXPECT_EQ(parse("[" + many_digits + "]")->items()[0].text(), many_digits);
    const std::string long_number = repeated("7", 10'000);
    EXPECT_EQ(parse(long_number)->text(), long_number);
}

TEST(Parse, only_a_whole_number_without_tricks_is_an_integer) {  // F91, F98
    EXPECT_EQ(parse("9007199254740993")->integer(), 9007199254740993);
    EXPECT_EQ(parse("-9223372036854775808")->integer(), INT64_MIN);
    EXPECT_EQ(parse("9223372036854775807")->integer(), INT64_MAX);
    for (const std::string_view text :
         {"9223372036854775808", "-9223372036854775809", "-0", "1.0", "1e2", "\"1\"", "true"})
        EXPECT_EQ(parse(text)->integer(), std::nullopt) << text;
}

TEST(Parse, a_name_that_comes_twice_is_named_by_its_path) {
    struct Case {
        const char* why;
        std::string text;
        std::string field;
    };
    std::string many = "{";
    for (int i = 0; i < 200; ++i) many.append("\"f").append(std::to_string(i)).append("\":1,");
    many.append("\"f77\":2}");
    const Case cases[] = {
        {"at the top", R"({"a":1,"b":2,"a":3})", "a"},
        {"inside", R"({"x":0,"card":{"cvv":"1","cvv":"2"}})", "card.cvv"},
        {"in an item", R"({"items":[{"a":1},{"a":1,"a":2}]})", "items.1.a"},
        {"written with an escape", R"({"amount":1,"\u0061mount":2})", "amount"},
        {"among many", many, "f77"},
        {"a name that must not be repeated", R"({"4111111111111111":1,"4111111111111111":2})", "?"},
    };
    for (const auto& [why, text, field] : cases) {
        const auto value = parse(text);
        ASSERT_FALSE(value) << why;
        EXPECT_EQ(value.error().code, "duplicate_field") << why;
        EXPECT_EQ(value.error().field, field) << why;
    }
    EXPECT_TRUE(parse(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"));
}

TEST(Parse, bombs_are_refused_at_their_bound) {  // F143
    EXPECT_EQ(code_of(repeated("[", 16) + repeated("]", 16)), "");
    EXPECT_EQ(code_of(repeated("[", 17) + repeated("]", 17)), "json_too_deep");
    EXPECT_EQ(code_of(repeated("[", 200'000)), "json_too_deep");
    EXPECT_EQ(code_of(repeated(R"({"a":)", 40'000)), "json_too_deep");
    EXPECT_EQ(code_of("[" + repeated("0,", 9'998) + "0]"), "");
    EXPECT_EQ(code_of("[" + repeated("0,", 9'999) + "0]"), "json_too_large");
    EXPECT_EQ(code_of("\"" + std::string(256 * 1024 - 2, 'x') + "\""), "");
    EXPECT_EQ(code_of("\"" + std::string(256 * 1024 - 1, 'x') + "\""), "json_too_large");
    EXPECT_EQ(code_of("[[1]]", {.max_depth = 1}), "json_too_deep");
    EXPECT_EQ(code_of("1e99999999999999999999"), "malformed_json");
}

TEST(Parse, no_error_repeats_what_came_in) {  // F145
    const auto value = parse(R"({"number":"4111111111111111" oops)");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message.find("4111"), std::string::npos);
    EXPECT_EQ(value.error().message.find("oops"), std::string::npos);
}

TEST(Text, a_value_is_written_as_it_was_meant) {
    const std::string text = R"({"b":[1.50,-0,1e2,"\u0001\"\\\n/é😀"],"a":{"y":null,"x":true},"c":[],"d":{}})";
    EXPECT_EQ(to_text(*parse(text)), text);
    EXPECT_EQ(to_text(*parse(" [ 1 , { \"a\" : false } ] ")), R"([1,{"a":false}])");
}

TEST(Text, equal_meaning_has_equal_canonical_text) {
    struct Case {
        const char* why;
        std::string_view text;
        std::string_view canonical;
    };
    const Case cases[] = {
        {"members in another order", R"({"b":1,"a":{"d":2,"c":3}})", R"({"a":{"c":3,"d":2},"b":1})"},
        {"escapes", R"("\u0061\/")", R"("a/")"},
        {"trailing zeros", "12.500", "12.5"},
        {"an exponent", "1.25e1", "12.5"},
        {"a large exponent", "12E+2", "1200"},
        {"a small exponent", "5e-3", "0.005"},
        {"zero", "-0.00e5", "0"},
        {"a negative", "-100.0", "-100"},
        {"more digits than a double", "9007199254740993.10", "9007199254740993.1"},
        {"beyond plain writing", "1e300", "1e300"},
        {"the same, otherwise", "10e299", "1e300"},
        {"very small", "0.1e-300", "1e-301"},
        {"a string is no number", R"("12.500")", R"("12.500")"},
    };
    for (const auto& [why, text, canonical] : cases) EXPECT_EQ(to_canonical_text(*parse(text)), canonical) << why;
}

TEST(Value, moving_leaves_no_copy_behind) {  // F145, F146
    Value from = Value::string("739");
    const char* storage = from.text().data();
    const Value to = std::move(from);
    EXPECT_EQ(to.text(), "739");
    EXPECT_EQ(std::string_view(storage, 3), std::string_view("\0\0\0", 3));
}

TEST(Value, moving_over_another_takes_its_place) {
    Value value = *parse(R"({"a":"b"})");
    value = *parse("[1]");
    EXPECT_EQ(to_text(value), "[1]");
    value = Value::string("longer than what fits inside the object");
    EXPECT_EQ(value.text(), "longer than what fits inside the object");
}

TEST(PrintableName, what_could_be_a_secret_is_not_repeated) {  // F145
    EXPECT_EQ(printable_name("payment_method_token"), "payment_method_token");
    EXPECT_EQ(printable_name("4111111111111111"), "?");
    EXPECT_EQ(printable_name("a\nb"), "?");
    EXPECT_EQ(printable_name(std::string(65, 'a')), "?");
    EXPECT_EQ(printable_name(""), "?");
}

}  // namespace
}  // namespace florin::json
