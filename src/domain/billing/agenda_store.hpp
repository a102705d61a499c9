#pragma once

#include <string>
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

/// How far somebody has come who reads the agenda page by page.
struct AgendaPlace {
    Instant due_at;
    std::string key = {};  ///< Among those of that moment, as the engine has them; empty: before the first.
};
struct Listed {
    Turn turn;
    Instant due_at;
    std::string key;
};
/// What comes after `after` and by `until`, in the order of moments, at most `most`.
std::vector<Listed> page_of_agenda(Reader& reader, MerchantId merchant, const AgendaPlace& after, Instant until,
                                   std::size_t most);
/// When that turn comes; nothing: it is not on the agenda.
std::optional<Instant> turn_at(Reader& reader, MerchantId merchant, const Turn& turn);
/// When the first owner's turn after `after` comes: not a charge's that is to be tried again.
std::optional<Instant> first_turn_after(Reader& reader, MerchantId merchant, Instant after);
/// Who has an agenda, whenever it is due.
std::vector<MerchantId> merchants_with_agenda(Reader& reader);

}  // namespace florin::billing::rows
