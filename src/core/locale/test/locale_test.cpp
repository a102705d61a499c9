#include "florin/locale/locale.hpp"

#include <gtest/gtest.h>

namespace florin::locale {
namespace {

Money amount_of(std::int64_t minor, std::string_view currency) { return *Money::of(minor, *Currency::of(currency)); }

TEST(Locales, are_a_language_that_there_are_words_in_and_perhaps_a_region) {
    struct Case {
        std::string_view given, tag;  ///< Empty: refused.
        Language language = Language::english;
    };
    const Case cases[] = {
        {"en", "en"},
        {"en-US", "en-US"},
        {"EN-us", "en-US"},
        {"de", "de", Language::german},
        {"de-at", "de-AT", Language::german},
        {"de-BE", "de-BE", Language::german},
        {"en-ZW", "en-ZW"},
        {"", ""},
        {"fr", ""},
        {"deu", ""},
        {"de_AT", ""},
        {"de-", ""},
        {"de-A", ""},
        {"de-AUT", ""},
        {"d3", ""},
        {"de-4T", ""},
        {"de-AT-1996", ""},
        {"German", ""},
    };
    for (const Case& one : cases) {
        const auto found = Locale::find(one.given);
        EXPECT_EQ(found ? found->tag() : "", one.tag) << one.given;
        if (found) EXPECT_EQ(found->language(), one.language) << one.given;
    }
    EXPECT_EQ(Locale::of("fr").tag(), "en");
}

TEST(Locales, write_amounts_as_their_reader_does) {  // A-AS-14; all currencies: test/functional/locale.test.mjs
    struct Case {
        std::string_view locale, currency;
        std::int64_t minor;
        std::string_view text;
    };
    const Case cases[] = {
        {"en", "EUR", 123'450, "€1,234.50"},
        {"en", "USD", 99, "US$0.99"},
        {"en-US", "USD", 99, "$0.99"},
        {"en-US", "USD", -99, "-$0.99"},
        {"en", "CHF", -99, "-CHF\u00a00.99"},
        {"de", "EUR", 123'450, "1.234,50\u00a0€"},
        {"de", "CHF", 100'000'000, "1.000.000,00\u00a0CHF"},
        {"de-AT", "EUR", -5, "-€\u00a00,05"},
        {"de-CH", "CHF", 123'450, "CHF\u00a01\u2019234.50"},
        {"de-CH", "CHF", -5, "CHF-0.05"},
        {"en", "JPY", 1'200, "JP¥1,200"},
        {"de", "KWD", 1'234'567, "1.234,567\u00a0KWD"},
        {"en", "EUR", Money::max_minor, "€10,000,000,000,000.00"},
    };
    for (const Case& one : cases)
        EXPECT_EQ(Locale::of(one.locale).money(amount_of(one.minor, one.currency)), one.text) << one.locale;
}

TEST(Locales, write_days_counts_and_percentages_as_their_reader_does) {
    const calendar::Date day{std::chrono::year{2027}, std::chrono::month{1}, std::chrono::day{5}};
    EXPECT_EQ(Locale::of("en").date(day), "5 January 2027");
    EXPECT_EQ(Locale::of("en-US").date(day), "January 5, 2027");
    EXPECT_EQ(Locale::of("de").date(day), "5. Januar 2027");
    EXPECT_EQ(Locale::of("de-AT").date(day), "5. Jänner 2027");
    EXPECT_EQ(Locale::of("de").count(-1'234'567), "-1.234.567");
    EXPECT_EQ(Locale::of("de-AT").count(1'234), "1\u00a0234");
    EXPECT_EQ(Locale::of("en").count(0), "0");
    EXPECT_EQ(Locale::of("en").percent(1'250), "12.5%");
    EXPECT_EQ(Locale::of("de").percent(1'250), "12,5\u00a0%");
    EXPECT_EQ(Locale::of("de").percent(10'000), "100\u00a0%");
    EXPECT_EQ(Locale::of("de-CH").percent(5), "0.05%");
}

TEST(Locales, know_where_paper_is_letter) {
    EXPECT_TRUE(Locale::of("en-US").has_letter_paper());
    EXPECT_TRUE(Locale::of("en-CA").has_letter_paper());
    EXPECT_FALSE(Locale::of("en").has_letter_paper());
    EXPECT_FALSE(Locale::of("de").has_letter_paper());
}

}  // namespace
}  // namespace florin::locale
