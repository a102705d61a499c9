#pragma once

#include <optional>

#include "florin/billing/agenda.hpp"

/// Rows of what a person has let go on; nothing else. What is held says so itself, in its owner's row.
namespace florin::billing::rows {

/// Until when what was due may be billed, however much it is.
std::optional<Instant> find_released_until(Reader& reader, MerchantId merchant, const Turn& turn);
void put_released_until(Tx& tx, MerchantId merchant, const Turn& turn, Instant until);

}  // namespace florin::billing::rows
