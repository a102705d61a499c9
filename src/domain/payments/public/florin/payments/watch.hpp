#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

namespace florin::payments {

/// Operations whose outcome nobody knows yet, over all merchants: for metrics.
struct UnknownOutcomes {
    std::int64_t count = 0;
    std::optional<Instant> oldest_at;  ///< When the oldest of them was begun.
};
UnknownOutcomes unknown_outcomes(store::Reader& reader);

/// Sets the gauge `florin_connector_breaker_open` of that connector.
void show_breaker(std::string_view connector, bool is_open);

}  // namespace florin::payments
