#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/money.hpp"

namespace florin::stripe {

/// False for the Ugandan shilling, of whose unit Stripe's documents say two things.
bool is_known(Currency currency);

/// The amount in the unit that Stripe counts this currency in. It is ISO 4217's minor unit but for the Malagasy
/// ariary (none) and the Icelandic króna (hundredths, always whole krónur). With three decimals the last is zero.
/// Nothing for what cannot be said in it, or is in a currency that is not known.
///
/// Source: Stripe's table of currencies and its special cases.
std::optional<std::int64_t> to_wire(Money amount);

/// The other way; nothing when it is no amount of that currency.
std::optional<Money> from_wire(std::int64_t amount, Currency currency);

/// `eur`.
std::string to_lower(std::string_view code);

}  // namespace florin::stripe
