#pragma once

#include <vector>

#include "billing_books.hpp"
#include "judge.hpp"

namespace florin::sim {

/// Judges what came of money that was collected and has gone again: debits that banks returned, disputes, refunds that
/// were made beside billing; and of money that came back from there. To be asked when all has settled. Where clocks
/// were set back, times say little about what was known first.
std::vector<Objection> judge_taken_back(Installation& installation, bool was_set_back = false);

/// Whether something of a charge's money has ever gone again, or was paid without a provider.
bool was_money_back(const Books& books, const Charge& charge);

}  // namespace florin::sim
