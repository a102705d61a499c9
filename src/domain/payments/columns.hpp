#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "florin/payments/payment.hpp"
#include "florin/store/tx.hpp"

/// What several tables' columns have in common.
namespace florin::payments::rows {

inline std::optional<std::string_view> or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}
inline std::int64_t expiry_number(const CardFacts& card) { return card.expiry_year * 100LL + card.expiry_month; }
inline CardFacts card_of(std::string last4, std::string brand, std::int64_t expiry) {
    return {.last4 = std::move(last4),
            .brand = std::move(brand),
            .expiry_month = static_cast<int>(expiry % 100),
            .expiry_year = static_cast<int>(expiry / 100)};
}
inline std::string text_or_empty(const store::Row& row, int column) {
    return row.is_null(column) ? std::string{} : row.string(column);
}
inline std::vector<std::uint8_t> octets_of(std::span<const std::byte> bytes) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {begin, begin + bytes.size()};
}

}  // namespace florin::payments::rows
