#pragma once

#include <optional>
#include <string_view>

#include "florin/payments/connector.hpp"
#include "reply.hpp"

/// From Buckaroo's words to ours: pure functions over what was read. What they do not recognise, and what contradicts
/// itself, is `no_answer`.
namespace florin::buckaroo {

/// The class of a reason for which a bank refuses or gives back a direct debit; soft for one that is not in the table.
///
/// Source: providers' notes on iDEAL and SEPA, section 7.
payments::DeclineClass decline_of_reason(std::string_view reason_code);

/// What has become of a charge or of a refund: of the reply to it, or of its status.
payments::Answer judge_charge(const Transaction& transaction, std::string_view reference);
payments::Answer judge_refund(const Transaction& transaction, std::string_view reference, std::string_view original);
/// Of the status of what was to be canceled.
payments::Answer judge_cancel(const Transaction& transaction);
/// What was taken back of `original`; nothing when the transaction is no finished reversal of it.
std::optional<payments::Reversal> judge_reversal(const Transaction& transaction, std::string_view original);

payments::Answer no_answer(std::string_view code, std::string_view message);
payments::Answer refused(std::string_view code, std::string_view message);

}  // namespace florin::buckaroo
