#include "card_checks.hpp"

#include <chrono>

namespace florin::payments {

Result<void> validate_card(const Card& card, const Capabilities& can, Instant now) {
    if (card.expiry_month < 1 || card.expiry_month > 12)
        return fail(ErrorKind::invalid, "invalid_expiry", "The month is 1 to 12.", "card.expiry_month");
    if (!can.checks_cards) return {};
    if (!card.number.passes_luhn())
        return fail(ErrorKind::invalid, "invalid_card_number", "The card number has a wrong check digit.",
                    "card.number");
    // A card is good to the end of its month, everywhere on earth.
    const std::chrono::year_month expires{std::chrono::year{card.expiry_year},
                                          std::chrono::month{static_cast<unsigned>(card.expiry_month)}};
    const std::chrono::sys_days first_bad =
        std::chrono::sys_days{(expires + std::chrono::months{1}) / 1} + std::chrono::days{1};
    if (std::chrono::sys_time<Millis>{Millis{now.ms}} >= first_bad)
        return fail(ErrorKind::invalid, "card_expired", "The card has expired.", "card.expiry_year");
    return {};
}

CardFacts facts_of(const Card& card) {
    return {.last4 = card.number.last4(),
            .brand = std::string{card.number.brand()},
            .expiry_month = card.expiry_month,
            .expiry_year = card.expiry_year};
}

}  // namespace florin::payments
