#pragma once

#include <optional>

#include "florin/billing/agenda.hpp"

/// Rows of what is held; nothing else.
namespace florin::billing::rows {

struct Hold {
    Instant due_at;  ///< The turn at which it stopped.
    std::int64_t periods = 1;
    std::optional<Instant> released_until;
};
std::optional<Hold> find_hold(Reader& reader, MerchantId merchant, const Turn& turn);
/// Takes the place of an earlier one, released or not.
void put_hold(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at, std::int64_t periods);
/// False: it is released already.
[[nodiscard]] bool release_hold(Tx& tx, MerchantId merchant, const Turn& turn, Instant until);

}  // namespace florin::billing::rows
