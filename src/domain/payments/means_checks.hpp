#pragma once

#include "florin/payments/payments.hpp"

namespace florin::payments {

/// What can be refused before a provider is asked: format always; check digit and expiry where the
/// connector wants it (requirements X-14).
Result<void> validate_card(const Card& card, const Capabilities& can, Instant now);

/// That a charge has what its method needs, and nothing else: a card or its token, a bank account or a mandate, an
/// address to return to. Brings an IBAN into the form in which it is sent.
Result<void> validate_means(ChargeCommand& command);

/// That a charge can be put to a connector that can do this: amount, method, currency, means and card.
Result<void> validate_charge(ChargeCommand& command, const Capabilities& can, Instant now);

/// All that may be kept of a card.
CardFacts facts_of(const Card& card);
/// All that may be kept of what a charge is paid with.
CardFacts facts_of(const ChargeCommand& command);

}  // namespace florin::payments
