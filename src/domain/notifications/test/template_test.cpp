#include "florin/notifications/template.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace florin::notifications {
namespace {

std::string filled(std::string text, std::string_view data) {
    const auto words = render({.subject = "S", .text = std::move(text), .html = {}}, data);
    return words ? words->text : "! " + words.error().code + " " + words.error().field;
}
std::string as_html(std::string html, std::string_view data) {
    const auto words = render({.subject = "S", .text = "T", .html = std::move(html)}, data);
    return words ? words->html : "! " + words.error().code;
}

TEST(Templates, are_filled_as_mustache_says) {
    EXPECT_EQ(filled("Hello {{name}}, {{ amount }} {{a.b}}", R"({"name":"Ada","amount":12.50,"a":{"b":true}})"),
              "Hello Ada, 12.50 ");
    EXPECT_EQ(filled("{{#items}}- {{name}} {{^paid}}due{{/paid}}\n{{/items}}",
                     R"({"items":[{"name":"a","paid":true},{"name":"b","paid":false}]})"),
              "- a \n- b due\n");
    EXPECT_EQ(filled("{{#list}}{{.}},{{/list}}", R"({"list":["a","b"]})"), "a,b,");
    EXPECT_EQ(filled("{{#name}}Dear {{name}}{{/name}}{{^name}}Hello{{/name}}", R"({"name":""})"), "Hello")
        << "empty is not there";
    EXPECT_EQ(filled("a{{! not for you }}b", "{}"), "ab");
    EXPECT_EQ(filled("{{gone}}|{{gone.away}}|", "{}"), "||");
}

TEST(Templates, escape_what_fills_html_and_nothing_else) {
    EXPECT_EQ(as_html("<b>{{x}}</b>", R"({"x":"<a href='x'>\"&"})"), "<b>&lt;a href=&#39;x&#39;&gt;&quot;&amp;</b>");
    EXPECT_EQ(filled("{{x}}", R"({"x":"<a> & 'b'"})"), "<a> & 'b'");
    EXPECT_EQ(as_html("{{x}}", R"({"x":"{{y}}","y":"<"})"), "{{y}}") << "what fills is no template";
}

TEST(Templates, that_would_not_end_or_hide_something_are_refused) {
    for (const char* const bad : {"{{#a}}", "{{/a}}", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{a", "{{", "{{}}", "{{a b}}",
                                  "{{{a}}}", "{{&a}}", "{{ &a}}", "{{>a}}", "{{=<% %>=}}", "{{ =<% %>= }}", "{{a..b}}",
                                  "{{.a}}", "{{a\n}}", "{{#a}}{{#b}}{{#c}}{{#d}}{{#e}}{{/e}}{{/d}}{{/c}}{{/b}}{{/a}}"})
        EXPECT_EQ(filled(bad, "{}"), "! invalid_template text") << bad;
    EXPECT_FALSE(validate({.subject = "", .text = "T", .html = {}}));
    EXPECT_FALSE(validate({.subject = "a\nb", .text = "T", .html = {}}));
    EXPECT_FALSE(validate({.subject = "S", .text = "", .html = {}}));
    EXPECT_FALSE(validate({.subject = "S", .text = std::string(65 * 1024, 'x'), .html = {}}));
}

TEST(Templates, do_not_grow_without_bound) {
    std::string ones = "1";
    for (int i = 0; i < 999; ++i) ones += ",1";
    const std::string data = R"({"a":[)" + ones + "]}";
    EXPECT_EQ(filled("{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}", data), "! mail_too_large text")
        << "also what shows nothing takes time";
    EXPECT_EQ(filled("{{#a}}" + std::string(1'000, 'x') + "{{/a}}", data), "! mail_too_large text");
    EXPECT_EQ(filled("{{#a}}x{{/a}}", data), std::string(1'000, 'x'));
    EXPECT_EQ(filled("{{#b.a}}{{#.}}{{#.}}" + std::string(2'000, 'x') + "{{/.}}{{/.}}{{/b.a}}",
                     R"({"b":{"a":[[[1,2,3,4,5,6,7,8]]]}})"),
              std::string(16'000, 'x'))
        << "nested lists count by the longest";
}

TEST(Templates, let_no_line_end_into_a_subject) {  // F144
    const auto words =
        render({.subject = "Hello {{name}}", .text = "T", .html = {}}, R"({"name":"a\r\nBcc: b@c.test"})");
    ASSERT_FALSE(words);
    EXPECT_EQ(words.error().code, "invalid_header_text");
    EXPECT_EQ(words.error().field, "subject");
}

TEST(Templates, of_florin_are_good_and_all_there_in_english) {
    const char* const data =
        R"({"name":"Ada","amount":"12.50","currency":"EUR","order":"A-1","subject":"S","text":"T","kind":"k",
        "count":3,"description":"d","reference":"r","retry_on":"2026-11-22","merchant":"m","cause":"c","first_at":"f","link":"l"})";
    std::set<std::string> english, all;
    for (const Template& one : built_in_templates()) {
        const auto words = render(one.words, data);
        EXPECT_TRUE(words) << one.name << " " << one.language << ": " << (words ? "" : words.error().message);
        // What is not known is left out, and leaves no gap that is a fault.
        if (one.name != "message") EXPECT_TRUE(render(one.words, "{}")) << one.name;
        (one.language == "en" ? english : all).insert(one.name);
    }
    for (const std::string& name : all) EXPECT_TRUE(english.contains(name)) << name;
}

/// What a part of a template is filled with.
std::set<std::string> names_in(const std::string& part) {
    std::set<std::string> names;
    for (std::size_t at = part.find("{{"); at != std::string::npos; at = part.find("{{", at + 2))
        if (const char first = part[at + 2]; first != '#' && first != '^' && first != '/')
            names.insert(part.substr(at + 2, part.find("}}", at) - at - 2));
    return names;
}

TEST(Templates, of_florin_say_the_same_as_text_and_as_a_page) {
    for (const Template& one : built_in_templates()) {
        if (one.words.html.empty()) continue;
        // The page's title is the subject.
        std::set<std::string> said = names_in(one.words.text);
        said.merge(names_in(one.words.subject));
        EXPECT_EQ(names_in(one.words.html), said) << one.name << " " << one.language;
        EXPECT_TRUE(said.contains("support_email")) << one.name;
    }
}

TEST(Templates, of_florin_leave_an_empty_line_between_paragraphs_and_no_more) {
    for (const std::string& data : {std::string{"{}"}, std::string{R"({"merchant":"M","support_email":"s@m.example",
        "amount":"1","description":"d","reference":"r","link":"l","retry_on":"x","total":"1","next_due_date":"d",
        "plan":"p","resume_on":"x","is_paused":true,"ends_on":"x","order":"o","trial_end_date":"t"})"}})
        for (const Template& one : built_in_templates()) {
            if (one.words.html.empty()) continue;
            const auto words = render(one.words, data);
            ASSERT_TRUE(words);
            EXPECT_EQ(words->text.find("\n\n\n"), std::string::npos) << words->text;
            EXPECT_EQ(words->html.find("<table>\n</table>"), std::string::npos) << one.name;
        }
    const auto receipt = std::ranges::find(built_in_templates(), "payment_receipt", &Template::name);
    EXPECT_EQ(render(receipt->words, R"({"name":"Ada","merchant":"M","amount":{"amount":"12.50","currency":"EUR"},
        "reference":"RCT-1","link":"https://x"})")
                  ->text,
              "Hello Ada,\n\nWe have received your payment. Thank you.\n\nPaid: €12.50\nReceipt: RCT-1\n\n"
              "Show the receipt:\nhttps://x\n\nM\n");
}

TEST(Language, is_letters_and_a_region) {
    EXPECT_EQ(parse_language("de"), "de");
    EXPECT_EQ(parse_language("de-AT"), "de-at");
    for (const char* const bad : {"", "d", "deutsch", "de-", "-at", "de_AT", "de-at-x", "d1", "de-a"})
        EXPECT_FALSE(parse_language(bad)) << bad;
}

}  // namespace
}  // namespace florin::notifications
