#include "florin/security/card.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <cstring>
#include <ostream>
#include <string>
#include <type_traits>

namespace florin::security {
namespace {

// What the compiler refuses cannot happen. F145, F146
template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
template <class T>
concept IsHidden = !std::copyable<T> && !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                   !std::equality_comparable<T> && !Streamable<T> && !std::is_convertible_v<T, std::string> &&
                   !std::is_convertible_v<T, std::string_view> && !std::is_constructible_v<std::string, const T&> &&
                   !std::is_constructible_v<std::string_view, const T&> && std::movable<T>;
static_assert(IsHidden<Pan>, "a card number can be moved and nothing else");
static_assert(IsHidden<Cvv>, "a verification value can be moved and nothing else");

TEST(Pan, brands_follow_the_issuers_number_ranges) {
    struct Case {
        const char* why;
        const char* number;
        const char* brand;
    };
    // Published test numbers of the networks and of providers.
    const Case cases[] = {
        {"visa", "4242424242424242", "visa"},
        {"visa with 13 digits", "4222222222222", "visa"},
        {"mastercard", "5555555555554444", "mastercard"},
        {"mastercard's newer range", "2223003122003222", "mastercard"},
        {"the last of it", "2720990000000007", "mastercard"},
        {"just above it", "2721000000000004", "unknown"},
        {"amex", "378282246310005", "amex"},
        {"amex's other prefix", "340000000000009", "amex"},
        {"discover", "6011111111111117", "discover"},
        {"discover 65", "6500000000000002", "discover"},
        {"jcb", "3566002020360505", "jcb"},
        {"diners", "30569309025904", "diners"},
        {"diners 36", "36227206271667", "diners"},
        {"diners 38", "38520000023237", "diners"},
        {"unionpay", "6200000000000005", "unionpay"},
        {"maestro", "6759649826438453", "maestro"},
        {"nobody's", "9999999999999995", "unknown"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const auto pan = Pan::from_json(c.number);
        ASSERT_TRUE(pan);
        EXPECT_EQ(pan->brand(), c.brand);
    }
}

TEST(Pan, the_check_digit_finds_every_single_wrong_digit) {
    const std::string number = "4242424242424242";
    ASSERT_TRUE(Pan::from_json(number)->passes_luhn());
    for (std::size_t i = 0; i < number.size(); ++i) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            if (digit == number[i]) continue;
            std::string wrong = number;
            wrong[i] = digit;
            EXPECT_FALSE(Pan::from_json(wrong)->passes_luhn());
        }
    }
}

TEST(Pan, keeps_digits_and_drops_the_separators_between_them) {
    for (const char* text : {"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"}) {
        const auto pan = Pan::from_json(text);
        ASSERT_TRUE(pan) << "for a published test number";
        EXPECT_EQ(pan->bin(), "411111");
        EXPECT_EQ(pan->last4(), "1111");
        EXPECT_TRUE(pan->passes_luhn());
    }
}

TEST(Pan, refuses_what_is_no_card_number_without_repeating_it) {
    const char* const refused[] = {"",
                                   "41111111111",
                                   "41111111111111111111",
                                   "4111 1111 1111 111x",
                                   " 4111111111111111",
                                   "4111111111111111 ",
                                   "4111  111111111111",
                                   "-4111111111111111",
                                   "٤١١١١١١١١١١١١١١١"};
    for (const char* text : refused) {
        const auto pan = Pan::from_json(text);
        ASSERT_FALSE(pan) << text;
        EXPECT_EQ(pan.error().code, "invalid_card_number");
        EXPECT_EQ(pan.error().message.find("4111"), std::string::npos);
    }
}

TEST(Pan, leaves_nothing_behind_where_it_was) {  // F145
    alignas(Pan) unsigned char place[sizeof(Pan)];
    const auto is_there = [&] {
        return std::string_view{reinterpret_cast<const char*>(place), sizeof place}.find("424242") !=
               std::string_view::npos;
    };
    Pan* const pan = new (place) Pan{std::move(*Pan::from_json("4242424242424242"))};
    EXPECT_TRUE(is_there());
    const Pan moved = std::move(*pan);
    EXPECT_FALSE(is_there());
    EXPECT_EQ(moved.last4(), "4242");
    *pan = std::move(*Pan::from_json("4242424242424242"));
    EXPECT_TRUE(is_there());
    pan->~Pan();
    EXPECT_FALSE(is_there());
}

TEST(Cvv, has_three_or_four_digits) {
    EXPECT_EQ(Cvv::from_json("123")->expose(), "123");
    EXPECT_EQ(Cvv::from_json("1234")->expose(), "1234");
    for (const char* text : {"", "12", "12345", "12a", " 123", "-12"}) {
        ASSERT_FALSE(Cvv::from_json(text)) << text;
        EXPECT_EQ(Cvv::from_json(text).error().code, "invalid_cvv");
    }
}

}  // namespace
}  // namespace florin::security
