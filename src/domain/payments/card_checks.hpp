#pragma once

#include "florin/payments/payment.hpp"

namespace florin::payments {

/// What can be refused before a provider is asked: format always; check digit and expiry where the
/// connector wants it (requirements X-14).
Result<void> validate_card(const Card& card, const Capabilities& can, Instant now);

/// All that may be kept of a card.
CardFacts facts_of(const Card& card);

}  // namespace florin::payments
