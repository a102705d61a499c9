#pragma once

#include "florin/events/events.hpp"

namespace florin::events {

/// Only back. False when the subscription has not come so far.
bool rewind_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position);

}  // namespace florin::events
