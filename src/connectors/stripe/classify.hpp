#pragma once

#include <string_view>
#include <vector>

#include "florin/payments/connector.hpp"
#include "line.hpp"
#include "reply.hpp"

/// From Stripe's words to ours: pure functions over what was read. What they do not recognise, and what contradicts
/// itself, is `no_answer`.
namespace florin::stripe {

/// The class of a decline, by its `decline_code`, else its `code`.
payments::DeclineClass decline_of(const Problem& problem);

/// A reply that is not 2xx. Nothing happened when Stripe says that it refused (400, 401, 403, 404), declined (402) or
/// did not begin (429); with a key in use, with another request's key and with every 5xx it may have.
payments::Answer classify_refusal(const Reply& reply);

/// Whether the intent has ended its attempt, waits for the payer, or was never confirmed: then it will do nothing more
/// unless somebody goes on with it.
bool is_left_open(const Intent& intent);

/// What has become of a charge: of the reply to it, or of what a look-up found.
payments::Answer judge_charge(const Intent& intent, payments::TransactionType type, std::string_view reference);
/// As `judge_charge` where several intents carry the reference: the one that holds or moves money; if there are two of
/// those, nobody can say which is meant: `no_answer`, `several_transactions`.
payments::Answer judge_charges(const std::vector<Intent>& found, payments::TransactionType type,
                               std::string_view reference);
/// What has become of a capture: its intent says, in its metadata and in its amounts.
payments::Answer judge_capture(const Intent& intent, std::string_view reference);
payments::Answer judge_cancel(const Intent& intent);
payments::Answer judge_refund(const Refund& refund, std::string_view reference, std::string_view intent);

/// There is one charge of an authorization, however often it was captured: leaves of each dispute what falls on the
/// capture with that reference, the captures being filled in the order of their references. False: there is none.
bool take_share(std::vector<Dispute>& disputes, const Intent& intent, std::string_view reference);

/// Money that is gone, or has come back; nothing for inquiries, which take none. Error: it is not understood.
Result<std::optional<payments::Reversal>> judge_dispute(const Dispute& dispute);

payments::Answer no_answer(std::string_view code, std::string_view message);
payments::Answer refused(std::string_view code, std::string_view message);

}  // namespace florin::stripe
