#include "florin/base/money.hpp"

#include <algorithm>

#include "florin/base/check.hpp"

namespace florin {
namespace {

struct Entry {
    std::string_view code;
    int exponent;
};

// ISO 4217 list one, active codes with a minor unit (funds codes, metals and test codes left out).
constexpr Entry active[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2}, {"AWG", 2}, {"AZN", 2},
    {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BHD", 3}, {"BIF", 0}, {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BRL", 2},
    {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHF", 2}, {"CLF", 4},
    {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"CRC", 2}, {"CUP", 2}, {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2},
    {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2},
    {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2},
    {"HTG", 2}, {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2},
    {"JOD", 3}, {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3},
    {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3}, {"MAD", 2},
    {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MUR", 2}, {"MVR", 2},
    {"MWK", 2}, {"MXN", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2},
    {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0},
    {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2},
    {"SEK", 2}, {"SGD", 2}, {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2},
    {"SYP", 2}, {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2},
    {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"UYU", 2}, {"UZS", 2}, {"VES", 2}, {"VND", 0},
    {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2}, {"ZMW", 2},
};
static_assert(std::ranges::is_sorted(active, {}, &Entry::code));

std::unexpected<Error> out_of_range() {
    return fail(ErrorKind::invalid, "amount_out_of_range", "The amount is larger than any that is accepted.");
}

}  // namespace

Result<Currency> Currency::of(std::string_view code) {
    const auto found = std::ranges::lower_bound(active, code, {}, &Entry::code);
    if (found == std::end(active) || found->code != code)
        return fail(ErrorKind::invalid, "unknown_currency", "Give an upper-case ISO 4217 code such as EUR.",
                    "currency");
    return Currency{{code[0], code[1], code[2]}, found->exponent};
}

std::vector<Currency> Currency::all() {
    std::vector<Currency> currencies;
    for (const Entry& entry : active)
        currencies.push_back(Currency{{entry.code[0], entry.code[1], entry.code[2]}, entry.exponent});
    return currencies;
}

Result<Money> Money::of(std::int64_t minor, Currency currency) {
    if (minor > max_minor || minor < -max_minor) return out_of_range();
    return Money{minor, currency};
}

Result<Money> plus(Money a, Money b) {
    if (a.currency() != b.currency())
        return fail(ErrorKind::invalid, "currency_mismatch", "Amounts of different currencies cannot be added.");
    // Both are within ±10^15, so the sum cannot overflow before it is judged.
    return Money::of(a.minor() + b.minor(), a.currency());
}

Result<Money> minus(Money a, Money b) {
    if (a.currency() != b.currency())
        return fail(ErrorKind::invalid, "currency_mismatch", "Amounts of different currencies cannot be subtracted.");
    return Money::of(a.minor() - b.minor(), a.currency());
}

std::vector<Money> split(Money total, std::size_t parts) {
    check(parts >= 1 && !(total.minor() < 0), "a split has parts and a total that is not negative");
    const auto count = static_cast<std::int64_t>(parts);
    const std::int64_t each = total.minor() / count;  // NOLINT(clang-analyzer-core.DivideZero): see the check.
    std::vector<Money> amounts(parts, Money{each, total.currency()});
    amounts.front() = Money{each + total.minor() % count, total.currency()};
    return amounts;
}

std::string to_major_text(std::int64_t minor, Currency currency) {
    const bool negative = minor < 0;
    // Unsigned, so that the smallest integer has an absolute value too.
    std::string digits =
        std::to_string(negative ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor));
    const auto decimals = static_cast<std::size_t>(currency.exponent());
    if (decimals > 0) {
        if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
        digits.insert(digits.size() - decimals, 1, '.');
    }
    return negative ? "-" + digits : digits;
}

std::string to_major_text(Money money) { return to_major_text(money.minor(), money.currency()); }

Result<Money> parse_major(std::string_view text, Currency currency) {
    const auto wrong = [] {
        return fail(ErrorKind::invalid, "invalid_amount", "Give an amount in major units such as 12.50.", "amount");
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(fraction, is_digit))
        return wrong();
    if (whole.size() > 1 && whole.front() == '0') return wrong();
    if (point != std::string_view::npos && fraction.empty()) return wrong();
    const auto decimals = static_cast<std::size_t>(currency.exponent());
    if (fraction.size() > decimals)
        return fail(ErrorKind::invalid, "amount_too_precise", "The currency has fewer decimals than the amount.",
                    "amount");
    if (whole.size() > 18) return fail(ErrorKind::invalid, "amount_out_of_range", "The amount is too large.", "amount");
    std::int64_t minor = 0;
    for (const char c : whole) minor = minor * 10 + (c - '0');
    for (std::size_t i = 0; i < decimals; ++i) {
        const int digit = i < fraction.size() ? fraction[i] - '0' : 0;
        if (__builtin_mul_overflow(minor, 10, &minor) || __builtin_add_overflow(minor, digit, &minor))
            return fail(ErrorKind::invalid, "amount_out_of_range", "The amount is too large.", "amount");
    }
    // Nobody owes a negative nothing: whoever writes it means something else. F98
    if (negative && minor == 0) return wrong();
    auto money = Money::of(negative ? -minor : minor, currency);
    if (!money) money.error().field = "amount";
    return money;
}

}  // namespace florin
