#include "florin/base/iban.hpp"

#include <algorithm>

namespace florin {
namespace {

struct Country {
    std::string_view code;
    std::size_t length;
};
constexpr Country countries[] = {
    {"AT", 20}, {"BE", 16}, {"BG", 22}, {"CH", 21}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"EE", 20},
    {"ES", 24}, {"FI", 18}, {"FR", 27}, {"GB", 22}, {"GR", 27}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IS", 26},
    {"IT", 27}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27}, {"MT", 31}, {"NL", 18}, {"NO", 15},
    {"PL", 28}, {"PT", 25}, {"RO", 24}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27},
};
constexpr std::size_t longest = 31;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

std::unexpected<Error> refuse(std::string_view why) {
    return fail(ErrorKind::invalid, "invalid_iban", why, "bank_account.iban");
}

/// The number with its first four characters moved to the end, letters as two digits (A is 10), modulo 97.
int remainder_of(std::string_view iban) {
    int rest = 0;
    const auto feed = [&rest](std::string_view part) {
        for (const char c : part)
            rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    };
    feed(iban.substr(4));
    feed(iban.substr(0, 4));
    return rest;
}

}  // namespace

Result<std::string> parse_iban(std::string_view text) {
    std::string iban;
    for (const char c : text) {
        if (c == ' ') continue;
        iban += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        if (iban.size() > longest) return refuse("The IBAN is too long.");
    }
    if (iban.size() < 5 || !std::ranges::all_of(iban, [](char c) { return is_digit(c) || is_letter(c); }) ||
        !is_letter(iban[0]) || !is_letter(iban[1]) || !is_digit(iban[2]) || !is_digit(iban[3]))
        return refuse("An IBAN is two letters, two check digits and the account in letters and digits.");
    const auto country = std::ranges::find(countries, std::string_view{iban}.substr(0, 2), &Country::code);
    if (country == std::end(countries)) return refuse("The IBAN is not of a country of the SEPA area.");
    if (iban.size() != country->length) return refuse("The IBAN has not the length of its country.");
    // Banks make check digits from 02 to 98; 00, 01 and 99 would come to the same remainder as 97, 98 and 02.
    const std::string_view check_digits = std::string_view{iban}.substr(2, 2);
    if (check_digits == "00" || check_digits == "01" || check_digits == "99" || remainder_of(iban) != 1)
        return refuse("The check digits of the IBAN are wrong.");
    // The one national form that we know: four letters of the bank, then ten digits.
    if (country->code == "NL" &&
        (!std::ranges::all_of(iban.substr(4, 4), is_letter) || !std::ranges::all_of(iban.substr(8), is_digit)))
        return refuse("A Dutch IBAN names its bank by four letters, then the account by ten digits.");
    return iban;
}

}  // namespace florin
