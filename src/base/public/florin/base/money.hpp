#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.hpp"

namespace florin {

/// An ISO 4217 currency in use: three letters and the number of decimals of its minor unit.
class Currency {
public:
    /// Upper-case code of a currency in ISO 4217's active list; error `unknown_currency` otherwise.
    static Result<Currency> of(std::string_view code);
    std::string_view code() const { return {code_.data(), 3}; }
    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    int exponent() const { return exponent_; }
    /// Every currency that `of` knows, by code.
    static std::vector<Currency> all();

    bool operator==(const Currency& other) const { return code_ == other.code_; }
    auto operator<=>(const Currency& other) const { return code_ <=> other.code_; }

private:
    Currency(std::array<char, 3> code, int exponent) : code_{code}, exponent_{exponent} {}
    std::array<char, 3> code_;
    int exponent_;
};

/// An exact amount: integer minor units of one currency. Amounts of different currencies never
/// meet: adding them stops the process, so check first what a request may mix.
class Money {
public:
    /// The largest single amount. Below 2^53, so it is exact in JavaScript too, and so far below
    /// 2^63 that nine thousand of them can be added up.
    static constexpr std::int64_t max_minor = 1'000'000'000'000'000;

    /// Error `amount_out_of_range` outside ±max_minor.
    static Result<Money> of(std::int64_t minor, Currency currency);
    static Money zero(Currency currency) { return {0, currency}; }

    std::int64_t minor() const { return minor_; }
    Currency currency() const { return currency_; }
    /// The currency's code, borrowed from this amount.
    std::string_view code() const { return currency_.code(); }
    bool is_zero() const { return minor_ == 0; }
    bool is_positive() const { return minor_ > 0; }

    bool operator==(const Money&) const = default;

private:
    Money(std::int64_t minor, Currency currency) : minor_{minor}, currency_{currency} {}
    friend Result<Money> plus(Money, Money);
    friend Result<Money> minus(Money, Money);
    friend std::vector<Money> split(Money, std::size_t);
    std::int64_t minor_;
    Currency currency_;
};

/// Errors `currency_mismatch`, `amount_out_of_range`. Source: failures F90, F97.
Result<Money> plus(Money a, Money b);
Result<Money> minus(Money a, Money b);

/// Splits `total` into `parts` equal amounts; what does not divide goes on the first, so the sum
/// is exact: 10.00 in three is 3.34, 3.33, 3.33. `total` is not negative, `parts` at least one.
///
/// Source: requirements A-AS-14, X-29.
std::vector<Money> split(Money total, std::size_t parts);

/// Major units as text with all decimals of the currency: `12.50`, `-0.05`, JPY `120`.
std::string to_major_text(Money money);
std::string to_major_text(std::int64_t minor, Currency currency);

/// Reads major units from a JSON number's or string's text, exactly: digits, optionally a point and
/// digits. No sign but `-`, no exponent, no leading zeros, no spaces. EUR `100.0` and `100` are equal.
///
/// Errors: `invalid_amount`, `amount_too_precise` (more decimals than the currency has, even if they
/// are zero: EUR `1.000` is refused), `amount_out_of_range`.
/// Source: failures F91, F92, F98.
Result<Money> parse_major(std::string_view text, Currency currency);

}  // namespace florin
