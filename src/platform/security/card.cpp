#include "florin/security/card.hpp"

#include "digit.hpp"

namespace florin::security {
namespace {

/// Issuer identification numbers by their first six digits. Read from the top: narrower ranges
/// stand before the wider ones that contain them.
struct IssuerRange {
    int first;
    int last;
    std::string_view brand;
};
constexpr IssuerRange issuer_ranges[] = {
    {400000, 499999, "visa"},     {510000, 559999, "mastercard"}, {222100, 272099, "mastercard"},
    {340000, 349999, "amex"},     {370000, 379999, "amex"},       {352800, 358999, "jcb"},
    {300000, 305999, "diners"},   {309500, 309599, "diners"},     {360000, 369999, "diners"},
    {380000, 399999, "diners"},   {601100, 601199, "discover"},   {644000, 659999, "discover"},
    {620000, 629999, "unionpay"}, {810000, 819999, "unionpay"},   {500000, 509999, "maestro"},
    {560000, 589999, "maestro"},  {630000, 639999, "maestro"},    {670000, 679999, "maestro"},
};

}  // namespace

Result<Pan> Pan::from_json(std::string_view text) {
    const auto refuse = [] {
        return fail(ErrorKind::invalid, "invalid_card_number", "A card number has 12 to 19 digits.");
    };
    std::array<char, 19> kept{};
    std::size_t count = 0;
    bool was_digit = false;
    bool is_good = true;
    for (const char c : text) {
        if (is_digit(c)) {
            if (count < kept.size()) kept[count] = c;
            ++count;
            was_digit = true;
        } else {
            // One space or dash, and only between digits.
            if ((c != ' ' && c != '-') || !was_digit) is_good = false;
            was_digit = false;
        }
    }
    is_good = is_good && was_digit && count >= 12 && count <= kept.size();
    Pan pan;
    if (is_good) pan.assign({kept.data(), count});
    __builtin_memset(kept.data(), 0, kept.size());
    asm volatile("" : : "r"(kept.data()) : "memory");
    if (!is_good) return refuse();
    return pan;
}

bool Pan::passes_luhn() const {
    int sum = 0;
    bool is_doubled = false;
    const std::string_view digits = expose();
    for (std::size_t i = digits.size(); i-- > 0; is_doubled = !is_doubled) {
        const int digit = digits[i] - '0';
        sum += is_doubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    }
    return !digits.empty() && sum % 10 == 0;
}

std::string Pan::last4() const {
    const std::string_view digits = expose();
    return std::string{digits.substr(digits.size() - std::min<std::size_t>(4, digits.size()))};
}

std::string Pan::bin() const { return std::string{expose().substr(0, 6)}; }

std::string_view Pan::brand() const {
    if (expose().size() < 6) return "unknown";
    int issuer = 0;
    for (const char c : expose().substr(0, 6)) issuer = issuer * 10 + (c - '0');
    for (const IssuerRange& range : issuer_ranges) {
        if (issuer >= range.first && issuer <= range.last) return range.brand;
    }
    return "unknown";
}

Result<Cvv> Cvv::from_json(std::string_view text) {
    bool is_good = text.size() == 3 || text.size() == 4;
    for (const char c : text) is_good = is_good && is_digit(c);
    if (!is_good) return fail(ErrorKind::invalid, "invalid_cvv", "A card verification value has 3 or 4 digits.");
    Cvv cvv;
    cvv.assign(text);
    return cvv;
}

}  // namespace florin::security
