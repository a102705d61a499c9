// Amounts: exact, of one currency, and never beyond what an integer holds.

#include "florin/base/money.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace florin {
namespace {

Currency currency(std::string_view code) { return *Currency::of(code); }
Money money(std::int64_t minor, std::string_view code = "EUR") { return *Money::of(minor, currency(code)); }

std::string code_of(const Result<Money>& result) { return result ? "fine" : result.error().code; }

TEST(Split, a_person_can_check_these) {  // F89, A-AS-14, X-29
    struct Case {
        std::string_view why;
        std::int64_t total;
        std::vector<std::int64_t> parts;
    };
    const Case cases[] = {
        {"it divides", 1200, {400, 400, 400}},   {"the remainder goes on the first", 1000, {334, 333, 333}},
        {"less than a cent each", 2, {2, 0, 0}}, {"nothing", 0, {0, 0}},
        {"one part is all of it", 999, {999}},
    };
    for (const Case& one : cases) {
        std::vector<std::int64_t> minors;
        for (const Money& part : split(money(one.total), one.parts.size())) minors.push_back(part.minor());
        EXPECT_EQ(minors, one.parts) << one.why;
    }
}

TEST(Split, ten_million_splits_neither_make_nor_lose_a_cent) {  // F89
    std::mt19937_64 chance{89};
    std::uniform_int_distribution<std::int64_t> any_total{0, Money::max_minor};
    std::uniform_int_distribution<std::int64_t> small_total{0, 2'000};
    std::uniform_int_distribution<std::size_t> any_parts{1, 480};
    std::size_t amounts = 0;
    for (int round = 0; amounts < 10'000'000; ++round) {
        const Money total = money(round % 2 == 0 ? any_total(chance) : small_total(chance));
        const std::vector<Money> parts = split(total, any_parts(chance));
        amounts += parts.size();
        std::int64_t sum = 0;
        for (const Money& part : parts) sum += part.minor();
        ASSERT_EQ(sum, total.minor()) << parts.size() << " parts";
        for (const Money& part : parts) {
            ASSERT_EQ(part.currency(), total.currency());
            ASSERT_GE(part.minor(), 0);
            // All are equal; the first carries less than a unit for each part on top.
            if (&part != &parts.front()) {
                ASSERT_EQ(part.minor(), parts.back().minor());
            }
        }
        ASSERT_LT(parts.front().minor() - total.minor() / static_cast<std::int64_t>(parts.size()),
                  static_cast<std::int64_t>(parts.size()));
    }
}

TEST(Sums, stop_at_the_largest_amount_in_both_directions) {  // F90
    const Money most = money(Money::max_minor), least = money(-Money::max_minor);
    EXPECT_EQ(code_of(plus(most, money(1))), "amount_out_of_range");
    EXPECT_EQ(code_of(minus(least, money(1))), "amount_out_of_range");
    EXPECT_EQ(code_of(plus(most, most)), "amount_out_of_range");
    EXPECT_EQ(code_of(minus(least, most)), "amount_out_of_range");
    EXPECT_EQ(plus(most, least), Money::zero(currency("EUR")));
    EXPECT_EQ(minus(most, most), Money::zero(currency("EUR")));
    for (const std::int64_t beyond : {Money::max_minor + 1, -Money::max_minor - 1, INT64_MAX, INT64_MIN})
        EXPECT_EQ(code_of(Money::of(beyond, currency("EUR"))), "amount_out_of_range") << beyond;
    // Nine thousand of the largest still fit into the ledger's integer.
    std::int64_t sum = 0;
    for (int i = 0; i < 9'000; ++i) ASSERT_FALSE(__builtin_add_overflow(sum, Money::max_minor, &sum));
}

TEST(Sums, of_different_currencies_are_refused) {  // F97
    EXPECT_EQ(code_of(plus(money(1, "EUR"), money(1, "USD"))), "currency_mismatch");
    EXPECT_EQ(code_of(minus(money(1, "EUR"), money(1, "USD"))), "currency_mismatch");
    EXPECT_NE(money(1, "EUR"), money(1, "USD"));
}

TEST(Parsing, reads_what_was_written_and_nothing_else) {  // F91, F92, F98
    struct Case {
        std::string_view text, code, result;  ///< `result`: minor units, or the error.
    };
    const Case cases[] = {
        {"100", "EUR", "10000"},
        {"100.0", "EUR", "10000"},
        {"100.00", "EUR", "10000"},
        {"0.01", "EUR", "1"},
        {"-0.01", "EUR", "-1"},
        {"-0", "EUR", "invalid_amount"},
        {"-0.00", "EUR", "invalid_amount"},
        {"120", "JPY", "120"},
        {"1.5", "JPY", "amount_too_precise"},
        {"1.0", "JPY", "amount_too_precise"},
        {"1.234", "KWD", "1234"},
        {"1.2345", "KWD", "amount_too_precise"},
        {"1.000", "EUR", "amount_too_precise"},
        {"0.1234", "CLF", "1234"},
        // A hundred times these is not whole in a double.
        {"0.29", "EUR", "29"},
        {"1.10", "EUR", "110"},
        {"4.29", "EUR", "429"},
        {"9999999999999.99", "EUR", "999999999999999"},
        {"90071992547409.93", "EUR", "amount_out_of_range"},
        {"10000000000000.00", "EUR", "1000000000000000"},
        {"10000000000000.01", "EUR", "amount_out_of_range"},
        {"92233720368547758.08", "EUR", "amount_out_of_range"},
        {"999999999999999999", "EUR", "amount_out_of_range"},
        {"99999999999999999999999999", "EUR", "amount_out_of_range"},
        {"99999999999999999999999999", "JPY", "amount_out_of_range"},
        {"1e2", "EUR", "invalid_amount"},
        {"1E2", "EUR", "invalid_amount"},
        {"+1", "EUR", "invalid_amount"},
        {"--1", "EUR", "invalid_amount"},
        {"-", "EUR", "invalid_amount"},
        {"", "EUR", "invalid_amount"},
        {".5", "EUR", "invalid_amount"},
        {"5.", "EUR", "invalid_amount"},
        {"1.2.3", "EUR", "invalid_amount"},
        {"01", "EUR", "invalid_amount"},
        {"00", "EUR", "invalid_amount"},
        {" 1", "EUR", "invalid_amount"},
        {"1 ", "EUR", "invalid_amount"},
        {"1,00", "EUR", "invalid_amount"},
        {"1_000", "EUR", "invalid_amount"},
        {"0x10", "EUR", "invalid_amount"},
        {"NaN", "EUR", "invalid_amount"},
        {"Infinity", "EUR", "invalid_amount"},
        {"\u0661", "EUR", "invalid_amount"},
        {std::string_view{"1\0", 2}, "EUR", "invalid_amount"},
    };
    for (const Case& one : cases) {
        const auto read = parse_major(one.text, currency(one.code));
        EXPECT_EQ(read ? std::to_string(read->minor()) : read.error().code, one.result) << one.text << " " << one.code;
        if (!read) {
            EXPECT_EQ(read.error().field, "amount") << one.text;
        }
    }
}

TEST(Parsing, is_the_inverse_of_writing_in_every_currency) {  // F91, F92
    std::mt19937_64 chance{91};
    std::uniform_int_distribution<std::int64_t> any{-Money::max_minor, Money::max_minor};
    const std::int64_t edges[] = {0, 1, -1, 9, 10, 99, 100, 101, 999, 1'000, 1'001, Money::max_minor};
    for (const Currency& one : Currency::all()) {
        const auto agrees = [&](std::int64_t minor) {
            const std::string text = to_major_text(*Money::of(minor, one));
            const auto read = parse_major(text, one);
            ASSERT_TRUE(read) << text << " " << one.code();
            ASSERT_EQ(read->minor(), minor) << text << " " << one.code();
            const auto point = text.find('.');
            ASSERT_EQ(point == std::string::npos ? 0 : text.size() - point - 1,
                      static_cast<std::size_t>(one.exponent()))
                << text;
        };
        for (const std::int64_t minor : edges) agrees(minor);
        for (int i = 0; i < 2'000; ++i) agrees(any(chance));
    }
    EXPECT_EQ(to_major_text(INT64_MIN, currency("EUR")), "-92233720368547758.08");
}

TEST(Currencies, have_the_decimals_of_iso_4217) {  // F92
    const std::string_view none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                     "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
    const std::string_view three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    std::size_t found_none = 0, found_three = 0;
    for (const Currency& one : Currency::all()) {
        const bool is_none = std::ranges::find(none, one.code()) != std::end(none);
        const bool is_three = std::ranges::find(three, one.code()) != std::end(three);
        EXPECT_EQ(one.exponent(), is_none ? 0 : is_three ? 3 : one.code() == "CLF" ? 4 : 2) << one.code();
        found_none += is_none;
        found_three += is_three;
        EXPECT_EQ(Currency::of(one.code()), one);
    }
    EXPECT_EQ(found_none, std::size(none));
    EXPECT_EQ(found_three, std::size(three));
    for (const std::string_view absent : {"", "E", "EU", "eur", "EURO", "XXX", "XTS", "XAU", "ZZZ", "EU\0"})
        EXPECT_FALSE(Currency::of(absent)) << absent;
}

}  // namespace
}  // namespace florin
