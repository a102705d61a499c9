#pragma once

#include <string_view>

#include "florin/ledger/ledger.hpp"
#include "florin/reconciliation/settlement.hpp"

/// What reconciliation posts. Nothing is posted where nothing moves.
namespace florin::reconciliation::books {

using store::Tx;

/// A line's own journal: to the bank what was paid, to the fees what the provider kept, off the clearing account what
/// our books expect of the operation; what remains goes to `suspense`. `undone_minor`: what had been written off of the
/// payment before, and is taken back.
void post_line(Tx& tx, std::string_view connector, const Line& line, std::int64_t undone_minor);
/// Takes a line's journal back, which settled nothing: the line turned out to be another merchant's.
void take_back(Tx& tx, const Line& line, ledger::JournalId id);
/// From suspense to the clearing account: the line settles `more_minor` more than before.
void settle_more(Tx& tx, std::string_view connector, const Line& line, ledger::JournalId id, std::int64_t more_minor,
                 std::int64_t undone_minor);
/// To the bank, what was paid beside the lines of a settlement; its counterpart waits in suspense.
void post_paid(Tx& tx, MerchantId merchant, Currency currency, ledger::JournalId id, std::int64_t paid_minor);
/// Ends a difference: what is missing leaves the account where it lies, for `to`.
void post_end(Tx& tx, const Difference& difference, ledger::JournalId id, const ledger::Account& to);

}  // namespace florin::reconciliation::books
