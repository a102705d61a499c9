#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

/// What has to happen when, by the merchants' own clocks: the one list that the loader works on, that a test clock
/// steps through and that a forecast begins with. Each entry is one thing's next turn: it is taken off when it comes,
/// and whoever owns it puts the one after.
namespace florin::billing {

using store::Reader;
using store::Tx;

/// Whose turn it is: a plan, a subscription, a charge that is to be tried again.
struct Turn {
    std::string kind;  ///< The owner's: `payment_terms`, `subscription`, `charge`.
    Uuid id{};
};

/// Takes the place of the turn's earlier entry. In the caller's unit.
void put_turn(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at);
void remove_turn(Tx& tx, MerchantId merchant, const Turn& turn);
/// When the merchant's next turn comes.
std::optional<Instant> next_turn_at(Reader& reader, MerchantId merchant);

/// What has come due and was not taken yet, over all merchants, by the world's clock: for metrics.
struct DueTurns {
    std::int64_t count = 0;  ///< At most 10,000.
    std::optional<Instant> oldest_at;
};
DueTurns due_turns(Reader& reader, Instant now);

}  // namespace florin::billing
