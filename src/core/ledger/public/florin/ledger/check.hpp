#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "florin/ledger/ledger.hpp"

namespace florin::ledger {

enum class Fault {
    entry_altered,       ///< The entry is not what was posted (F105).
    leg_missing,         ///< The journal has fewer entries than were posted.
    journal_unbalanced,  ///< Its entries do not add up to zero, or mix currencies.
    snapshot_differs,    ///< `account`'s stored balance is not the sum of its entries.
    index_differs,       ///< The index that balances are read from disagrees with the entries.
};
std::string_view to_text(Fault fault);

struct Finding {
    Fault fault;
    MerchantId merchant;
    JournalId journal{};    ///< Of entries and journals.
    std::int64_t leg = -1;  ///< Of entries.
    std::string account;    ///< Of balances.
    std::string currency;
};
/// One line: what is wrong, and where.
std::string to_text(const Finding& finding);

struct Checked {
    std::uint64_t entries = 0;
    std::uint64_t journals = 0;
    std::vector<Finding> findings;  ///< In the order of merchant and journal; at most `max_findings`.
};
inline constexpr std::size_t max_findings = 1'000;

/// Reads every entry of every merchant and computes anew all that was stored about it, in one snapshot: a
/// reader's, not a unit's that writes.
Checked check(Reader& reader);

}  // namespace florin::ledger
