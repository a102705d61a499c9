#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace florin::sandbox {

enum class AmountError { not_decimal, too_precise, too_large };

/// Reads major units exactly: `12.5`, `12.50` and `12.500` are 1250 with two decimals. `decimals` is the
/// currency's. A sign is read; whether it is allowed is the provider's affair.
std::expected<std::int64_t, AmountError> parse_amount(std::string_view text, int decimals);

}  // namespace florin::sandbox
