#pragma once

#include <optional>
#include <string_view>

#include "desk.hpp"
#include "model.hpp"

namespace florin::sandbox::stripe {

/// The card behind one of the ids that Stripe's test mode knows, such as `pm_card_visa`.
std::optional<Card> card_named(const Desk& desk, std::string_view id);

/// The card of that number; digits only. Numbers that are no test card's are good.
Card card_numbered(const Desk& desk, std::string_view number);

/// What people are told of a decline.
std::string_view message_of(std::string_view code, std::string_view decline_code);
/// Stripe's advice what to do next; empty when there is none.
std::string_view advice_of(std::string_view decline_code);

}  // namespace florin::sandbox::stripe
