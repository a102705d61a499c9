// Bank account numbers: what people mistype is refused before anybody is asked for money.

#include "florin/base/iban.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace florin {
namespace {

const std::vector<std::string> published = {
    "NL91ABNA0417164300",     "DE89370400440532013000", "BE68539007547034",  "FR1420041010050500013M02606",
    "GB82WEST12345698765432", "NL13TEST0123456789",     "NL44RABO0123456789"};

/// The check digits that belong to an account, worked out another way than the code under test does: with the number
/// written out in full and divided by hand, 98 less the remainder.
std::string with_check_digits(const std::string& country, const std::string& account) {
    std::string number;
    for (const char c : account + country) number += c > '9' ? std::to_string(c - 'A' + 10) : std::string{c};
    number += "00";
    unsigned rest = 0;
    for (std::size_t at = 0; at < number.size(); at += 7)
        rest = static_cast<unsigned>(std::stoul(std::to_string(rest) + number.substr(at, 7)) % 97);
    const std::string check = std::to_string(98 - rest);
    return country + (check.size() == 1 ? "0" : "") + check + account;
}

void expect_refused(const std::string& text, const std::string& why) {
    const auto read = parse_iban(text);
    ASSERT_FALSE(read) << text << ": " << why;
    EXPECT_EQ(read.error().kind, ErrorKind::invalid) << text;
    EXPECT_EQ(read.error().code, "invalid_iban") << text;
    EXPECT_EQ(read.error().field, "bank_account.iban") << text;
    if (text.size() > 8) {
        EXPECT_EQ(read.error().message.find(text.substr(4)), std::string::npos) << "an account in a message";
    }
}

TEST(Ibans, are_read_as_people_write_them) {
    for (const std::string& iban : published) EXPECT_EQ(parse_iban(iban), iban);
    EXPECT_EQ(parse_iban("NL91 ABNA 0417 1643 00"), "NL91ABNA0417164300");
    EXPECT_EQ(parse_iban(" nl91abna0417164300 "), "NL91ABNA0417164300");
    EXPECT_EQ(parse_iban("fr14 2004 1010 0505 0001 3m02 606"), "FR1420041010050500013M02606");
}

TEST(Ibans, of_every_country_of_the_area_have_its_length) {
    struct Country {
        std::string code;
        std::size_t length;
    };
    const Country countries[] = {
        {"NL", 18}, {"BE", 16}, {"DE", 22}, {"FR", 27}, {"ES", 24}, {"IT", 27}, {"AT", 20}, {"LU", 20}, {"IE", 22},
        {"PT", 25}, {"FI", 18}, {"GB", 22}, {"CH", 21}, {"PL", 28}, {"SE", 24}, {"DK", 18}, {"NO", 15}, {"EE", 20},
        {"LT", 20}, {"LV", 21}, {"MT", 31}, {"CY", 28}, {"GR", 27}, {"SI", 19}, {"SK", 24}, {"CZ", 24}, {"HU", 28},
        {"HR", 21}, {"BG", 22}, {"RO", 24}, {"IS", 26}, {"LI", 21}, {"MC", 27}, {"SM", 27},
    };
    for (const auto& [code, length] : countries) {
        const std::string bank = code == "NL" ? "BANK" : "1234";
        const std::string account = bank + std::string(length - 8, '7');
        EXPECT_EQ(parse_iban(with_check_digits(code, account)), with_check_digits(code, account)) << code;
        expect_refused(with_check_digits(code, account + "7"), "one digit too many for its country");
        expect_refused(with_check_digits(code, account.substr(1)), "one digit too few for its country");
    }
}

TEST(Ibans, that_differ_in_one_digit_from_a_right_one_are_all_refused) {
    std::size_t tried = 0;
    for (const std::string& iban : published)
        for (std::size_t at = 0; at < iban.size(); ++at) {
            if (iban[at] > '9') continue;
            for (char other = '0'; other <= '9'; ++other) {
                if (other == iban[at]) continue;
                std::string wrong = iban;
                wrong[at] = other;
                expect_refused(wrong, "digit " + std::to_string(at) + " of " + iban);
                ++tried;
            }
        }
    EXPECT_GT(tried, 900U);
}

TEST(Ibans, in_which_two_neighbouring_digits_changed_places_are_all_refused) {
    for (const std::string& iban : published)
        for (std::size_t at = 0; at + 1 < iban.size(); ++at) {
            std::string wrong = iban;
            std::swap(wrong[at], wrong[at + 1]);
            if (wrong != iban) expect_refused(wrong, "swapped at " + std::to_string(at) + " of " + iban);
        }
}

TEST(Ibans, that_are_something_else_are_refused) {
    expect_refused("", "nothing");
    expect_refused("    ", "only spaces");
    expect_refused("NL91", "no account");
    expect_refused("NL91ABNA0417164301", "wrong by one");
    expect_refused("NL91-ABNA-0417-1643-00", "other separators");
    expect_refused("NL91ABNA041716430\t0", "a tab");
    expect_refused("NL91ABNA04171643\u0660", "a digit of another script");
    expect_refused(std::string{"NL91ABNA04171643\0"
                               "0",
                               18},
                   "a zero byte");
    expect_refused("91NLABNA0417164300", "the country in the wrong place");
    expect_refused("XX91ABNA0417164300", "no such country");
    expect_refused(with_check_digits("US", "12345678901234567890"), "a country outside the area");
    expect_refused(with_check_digits("NL", "12345678901234"), "a Dutch bank is four letters");
    expect_refused(with_check_digits("NL", "ABNAABNA123456"), "a Dutch account is ten digits");
    expect_refused(std::string(1'000'000, 'N'), "very long");
}

TEST(Ibans, have_check_digits_that_a_bank_would_make) {
    // 97 and 00 leave the same remainder; so do 98 and 01, 02 and 99. Only the former are ever made.
    int tried = 0;
    for (int account = 0; account < 2'000; ++account) {
        const std::string iban = with_check_digits("BE", std::to_string(100'000'000'000 + account));
        ASSERT_EQ(parse_iban(iban), iban);
        const std::string check = iban.substr(2, 2);
        const std::string twin = check == "97" ? "00" : check == "98" ? "01" : check == "02" ? "99" : "";
        if (twin.empty()) continue;
        expect_refused("BE" + twin + iban.substr(4), "the twin of " + check);
        ++tried;
    }
    EXPECT_GT(tried, 30);
}

}  // namespace
}  // namespace florin
