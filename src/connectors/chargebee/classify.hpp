#pragma once

#include <string_view>
#include <vector>

#include "line.hpp"
#include "reply.hpp"

/// From Chargebee's words to ours: pure functions over what was read. What they do not recognise, and what contradicts
/// itself, is `no_answer`.
namespace florin::chargebee {

/// The class of a decline, by the gateway's code, else by what its words have in common with other gateways'.
payments::DeclineClass decline_of(std::string_view code, std::string_view text);

/// A reply that is not 2xx. Nothing happened when Chargebee says that it refused (400, 401, 403, 404, 405, 409) or that
/// it was asked too often; a failed payment is a decline (400 of type `payment`). With a resource in use, with a key
/// that carried another request and with every 5xx something may have.
payments::Answer classify_refusal(const Reply& reply);

/// What has become of a charge: of the reply to it, or of what a look-up found. `pending` while a payment is on its
/// way; `not_found` when all payments failed, and nothing but dunning or a person could still collect it.
payments::Answer judge_charge(const Invoice& invoice, std::string_view reference);
/// A charge whose invoice is void, so that nobody can collect it any more, by the payments tried for it.
payments::Answer judge_voided(const std::vector<Transaction>& payments);
/// A refund, by the credit note that was made for it or by its own transaction.
payments::Answer judge_refund(const CreditNote& note);
bool names(const CreditNote& note, std::string_view reference);

payments::Answer no_answer(std::string_view code, std::string_view message);
payments::Answer undecided(std::string_view code, std::string_view message);
payments::Answer refused(std::string_view code, std::string_view message);

}  // namespace florin::chargebee
