#pragma once

#include <vector>

#include "florin/billing/agenda.hpp"

/// Rows of the agenda; nothing else.
namespace florin::billing::rows {

struct Due {
    Turn turn;
    Instant due_at;
};
/// Takes off at most `most` turns that have come, the oldest, and answers them in the order of their moments.
std::vector<Due> take_turns(Tx& tx, MerchantId merchant, Instant now, std::size_t most);
/// Who has a turn that has come, in the order of their numbers. Each merchant with an agenda costs a look at an index.
std::vector<MerchantId> merchants_due(Reader& reader, Instant now);

}  // namespace florin::billing::rows
