#include "card_facts.hpp"

#include <array>
#include <chrono>

namespace florin::sandbox {
namespace {

bool is_digits(std::string_view text) {
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
    }
    return !text.empty();
}

int leading(std::string_view digits, std::size_t count) {
    int number = 0;
    for (std::size_t i = 0; i < count && i < digits.size(); ++i) number = number * 10 + (digits[i] - '0');
    return number;
}

}  // namespace

bool passes_luhn(std::string_view digits) {
    if (!is_digits(digits)) return false;
    int sum = 0;
    bool is_doubled = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, is_doubled = !is_doubled) {
        int digit = *at - '0';
        if (is_doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

std::string_view brand_of(std::string_view digits) {
    if (digits.size() < 12 || !is_digits(digits)) return {};
    const int two = leading(digits, 2);
    const int four = leading(digits, 4);
    if (digits.front() == '4') return "Visa";
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return "MasterCard";
    if (two == 34 || two == 37) return "AmericanExpress";
    if (four == 6011 || two == 65 || (four >= 6440 && four <= 6499)) return "Discover";
    if (four >= 3528 && four <= 3589) return "JCB";
    if (four == 3088) return "JCB";
    if (two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059)) return "DinersClub";
    return {};
}

std::string read_expiry(std::string_view text) {
    std::string month;
    std::string year;
    if (text.size() == 7 && text[4] == '-') {
        year = text.substr(0, 4);
        month = text.substr(5);
    } else {
        if (text.size() < 4) return {};
        const bool has_separator = text[2] == '/' || text[2] == '-';
        month = text.substr(0, 2);
        year = text.substr(has_separator ? 3 : 2);
        if (year.size() == 2) year.insert(0, "20");
    }
    if (year.size() != 4 || !is_digits(year) || !is_digits(month)) return {};
    const int number = leading(month, 2);
    if (number < 1 || number > 12) return {};
    return year + "-" + month;
}

bool is_expired(std::string_view expiry, Instant now) {
    if (expiry.size() != 7) return false;
    using namespace std::chrono;
    const year_month_day today{floor<days>(sys_time<milliseconds>{milliseconds{now.ms}})};
    const int this_month = static_cast<int>(today.year()) * 12 + static_cast<int>(static_cast<unsigned>(today.month()));
    const int last_month = leading(expiry, 4) * 12 + leading(expiry.substr(5), 2);
    return last_month < this_month;
}

Account read_card(const Desk& desk, std::string_view text, std::string_view expiry) {
    std::array<char, 24> digits{};
    std::size_t count = 0;
    for (const char c : text) {
        if (c != ' ' && c != '-' && count < digits.size()) digits[count++] = c;
    }
    const std::string_view number{digits.data(), count};
    Account account;
    account.type = brand_of(number);
    account.last4 = number.size() >= 4 ? number.substr(number.size() - 4) : number;
    account.expiry = read_expiry(expiry);
    account.fingerprint = desk.fingerprint(number);
    if (number == "4000000000000002" || number == "4000000000009995") account.behaviour = Behaviour::declines;
    if (number == "4000000000000069") account.behaviour = Behaviour::expired;
    if (number == "4000000000000127") account.behaviour = Behaviour::wrong_code;
    __builtin_memset(digits.data(), 0, digits.size());
    asm volatile("" : : "r"(digits.data()) : "memory");
    return account;
}

}  // namespace florin::sandbox
