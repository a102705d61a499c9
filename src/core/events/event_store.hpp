#pragma once

#include "florin/events/events.hpp"

namespace florin::events {

/// 0 for a subscription that has heard nothing yet.
std::int64_t select_cursor(Reader& reader, MerchantId merchant, std::string_view name);
/// Only forward.
void advance_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position);
/// Only back. False when the subscription has not come so far.
bool rewind_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position);

}  // namespace florin::events
