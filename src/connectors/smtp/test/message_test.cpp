#include "message.hpp"

#include <gtest/gtest.h>

namespace florin::smtp {
namespace {

using notifications::Letter;

Letter letter() {
    return {.id = "01a1fc52-e16f-702f-b979-70bfe87ae2ac",
            .message_id = "<01a1fc52-e16f-702f-b979-70bfe87ae2ac@shop.example>",
            .attempt = 2,
            .at = {1'795'176'000'000},
            .from_email = "shop@shop.example",
            .from_name = "The \"Shop\"",
            .content = {.to_email = "a@b.test", .to_name = "Ada", .subject = "Receipt", .text = "Hello\n", .html = {}},
            .attachments = {}};
}

TEST(QuotedPrintable, lines_are_short_and_nothing_is_lost_at_their_ends) {
    struct Case {
        std::string_view why, text, encoded;
    };
    const Case cases[] = {
        {"plain text is itself", "Hello\n", "Hello\r\n"},
        {"line ends of every kind are CRLF", "a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd\r\n"},
        {"an equals sign is escaped", "a=b", "a=3Db\r\n"},
        {"what is not ASCII is escaped by octets", "\xC3\xA9", "=C3=A9\r\n"},
        {"white space that ends a line stays", "a \nb\t", "a=20\r\nb=09\r\n"},
        {"a point does not begin a line", ".\n..a", "=2E\r\n=2E.a\r\n"},
        {"an empty line is an empty line", "a\n\nb", "a\r\n\r\nb\r\n"},
        {"nothing is nothing", "", ""},
    };
    for (const Case& one : cases) EXPECT_EQ(quoted_printable(one.text), one.encoded) << one.why;

    const std::string encoded = quoted_printable(std::string(300, '.') + std::string(300, ' '));
    for (std::size_t from = 0; from < encoded.size();) {
        const std::size_t end = encoded.find("\r\n", from);
        EXPECT_LE(end - from, 76U);
        EXPECT_NE(encoded[from], '.');
        from = end + 2;
    }
}

TEST(HeaderText, what_is_not_ascii_or_long_goes_into_encoded_words_between_whole_characters) {
    EXPECT_EQ(header_text("Receipt INV-17"), "Receipt INV-17");
    EXPECT_EQ(header_text("Caf\xC3\xA9 =?x"), "=?utf-8?q?Caf=C3=A9_=3D=3Fx?=");
    EXPECT_EQ(header_text("=?utf-8?q?x?="), "=?utf-8?q?=3D=3Futf=2D8=3Fq=3Fx=3F=3D?=")
        << "nothing is read as encoded that was not";
    std::string euros;
    for (int i = 0; i < 40; ++i) euros += "\xE2\x82\xAC";
    const std::string folded = header_text(euros);
    for (std::size_t from = 0; from < folded.size();) {
        const std::size_t end = std::min(folded.find("\r\n ", from), folded.size());
        const std::string word = folded.substr(from, end - from);
        EXPECT_LE(word.size(), 75U);
        EXPECT_EQ((word.size() - std::string{"=?utf-8?q?"}.size() - 2) % 9, 0U) << word;
        from = end + 3;
    }
}

TEST(DateText, is_as_mail_has_it) {
    EXPECT_EQ(date_text({1'795'176'000'000}), "Fri, 20 Nov 2026 12:00:00 +0000");
    EXPECT_EQ(date_text({1'709'209'805'999}), "Thu, 29 Feb 2024 12:30:05 +0000");
}

TEST(Message, of_the_same_letter_is_the_same_and_has_what_a_mail_needs) {
    const auto message = message_of(letter());
    ASSERT_TRUE(message);
    EXPECT_EQ(*message, *message_of(letter()));
    EXPECT_EQ(*message,
              "Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
              "From: \"The \\\"Shop\\\"\" <shop@shop.example>\r\n"
              "To: \"Ada\" <a@b.test>\r\n"
              "Subject: Receipt\r\n"
              "Message-ID: <01a1fc52-e16f-702f-b979-70bfe87ae2ac@shop.example>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "X-Florin-Attempt: 2\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n"
              "\r\n"
              "Hello\r\n");
}

TEST(Message, refuses_what_would_break_out_of_its_header) {  // F144
    const auto refuses = [](auto spoil) {
        Letter spoilt = letter();
        spoil(spoilt);
        return !message_of(spoilt).has_value();
    };
    EXPECT_TRUE(refuses([](Letter& l) { l.content.subject = "a\r\nBcc: b@c.test"; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.content.subject = "a\nb"; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.content.subject = std::string{"a\0b", 3}; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.content.to_name = "a\r\nb"; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.from_name = "a\rb"; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.message_id = "<a>\r\nb"; }));
    for (const char* const address : {"a@b.test\r\nRCPT TO:<c@d.test>", "a@b.test> SIZE=1", "<a@b.test", "a b@c.test",
                                      "a@b@c", "a", "@b.test", "a@", "a@b..test", "\"a b\"@c.test", "a\xC3\xA9@b.test"})
        EXPECT_TRUE(refuses([&](Letter& l) { l.content.to_email = address; })) << address;
    EXPECT_TRUE(refuses([](Letter& l) { l.attachments = {{"a.pdf\r\nX: y", "application/pdf", "x"}}; }));
    EXPECT_TRUE(refuses([](Letter& l) { l.attachments = {{"a.pdf", "application/pdf\r\nX: y", "x"}}; }));
}

TEST(Message, has_its_html_beside_its_text_and_files_around_both) {
    Letter whole = letter();
    whole.content.html = "<p>Hello</p>";
    whole.attachments = {
        {"R\xC3\xA9"
         "cu 17.pdf",
         "application/pdf", std::string(100, 'x')}};
    const auto message = message_of(whole);
    ASSERT_TRUE(message);
    for (const std::string_view part :
         {"Content-Type: multipart/mixed;\r\n boundary=\"=_m_01a1fc52",
          "Content-Type: multipart/alternative;\r\n boundary=\"=_a_01a1fc52", "Content-Type: text/plain; charset=utf-8",
          "Content-Type: text/html; charset=utf-8",
          "filename=\"R__cu_17.pdf\";\r\n filename*=UTF-8''R%C3%A9cu%2017.pdf",
          "--=_m_01a1fc52-e16f-702f-b979-70bfe87ae2ac--\r\n"})
        EXPECT_NE(message->find(part), std::string::npos) << part;
    for (std::size_t from = 0; from < message->size();) {
        const std::size_t end = message->find("\r\n", from);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - from, 78U) << message->substr(from, end - from);
        from = end + 2;
    }
}

}  // namespace
}  // namespace florin::smtp
