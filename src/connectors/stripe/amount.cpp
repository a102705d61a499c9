#include "amount.hpp"

namespace florin::stripe {
namespace {

/// Of one of Stripe's units there are `of_minor` times `per_minor`⁻¹ of ISO's.
struct Unit {
    std::string_view currency;
    std::int64_t minor_per_unit, units_per_minor;
};
constexpr Unit other_units[] = {{"MGA", 100, 1}, {"ISK", 1, 100}};

Unit unit_of(Currency currency) {
    for (const Unit& unit : other_units)
        if (unit.currency == currency.code()) return unit;
    return {currency.code(), 1, 1};
}

}  // namespace

bool is_known(Currency currency) { return currency.code() != "UGX"; }

std::optional<std::int64_t> to_wire(Money amount) {
    const Unit unit = unit_of(amount.currency());
    if (!is_known(amount.currency()) || amount.minor() % unit.minor_per_unit != 0) return std::nullopt;
    if (amount.currency().exponent() == 3 && amount.minor() % 10 != 0) return std::nullopt;
    return amount.minor() / unit.minor_per_unit * unit.units_per_minor;
}

std::optional<Money> from_wire(std::int64_t amount, Currency currency) {
    const Unit unit = unit_of(currency);
    if (!is_known(currency) || amount < 0 || amount > Money::max_minor || amount % unit.units_per_minor != 0)
        return std::nullopt;
    const auto money = Money::of(amount / unit.units_per_minor * unit.minor_per_unit, currency);
    return money ? std::optional{*money} : std::nullopt;
}

std::string to_lower(std::string_view code) {
    std::string lower{code};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

}  // namespace florin::stripe
