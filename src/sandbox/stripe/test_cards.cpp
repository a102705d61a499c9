#include "test_cards.hpp"

#include <algorithm>
#include <iterator>

#include "card_facts.hpp"

namespace florin::sandbox::stripe {
namespace {

struct TestCard {
    std::string_view number;
    std::string_view id;
    Scenario scenario = Scenario::ordinary;
    std::string_view code = {}, decline_code = {};
};

/// Source: providers' notes on Stripe, section 9. Fraud warnings and refunds that fail weeks later are not simulated:
/// those cards are ordinary here.
constexpr TestCard test_cards[] = {
    {"4242424242424242", "pm_card_visa"},
    {"5555555555554444", "pm_card_mastercard"},
    {"378282246310005", "pm_card_amex"},
    {"6011111111111117", "pm_card_discover"},
    {"4000000000000002", "pm_card_visa_chargeDeclined", Scenario::declines, "card_declined", "generic_decline"},
    {"4000000000000002", "pm_card_chargeDeclined", Scenario::declines, "card_declined", "generic_decline"},
    {"4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", Scenario::declines, "card_declined",
     "insufficient_funds"},
    {"4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", Scenario::declines, "card_declined",
     "insufficient_funds"},
    {"4000000000009987", "pm_card_visa_chargeDeclinedLostCard", Scenario::declines, "card_declined", "lost_card"},
    {"4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", Scenario::declines, "card_declined", "stolen_card"},
    {"4000000000000069", "pm_card_chargeDeclinedExpiredCard", Scenario::declines, "expired_card", "expired_card"},
    {"4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", Scenario::declines, "incorrect_cvc", "incorrect_cvc"},
    {"4000000000000119", "pm_card_chargeDeclinedProcessingError", Scenario::declines, "processing_error",
     "processing_error"},
    {"4000000000006975", "pm_card_visa_chargeDeclinedVelocityLimitExceeded", Scenario::declines, "card_declined",
     "card_velocity_exceeded"},
    {"4000000000000341", "pm_card_chargeCustomerFail", Scenario::declines_on_charge, "card_declined",
     "generic_decline"},
    {"4000002500003155", "pm_card_authenticationRequiredOnSetup", Scenario::authenticates_first},
    {"4000002760003184", "pm_card_authenticationRequired", Scenario::authenticates},
    {"4000008260003178", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
     Scenario::authenticates_in_vain, "card_declined", "insufficient_funds"},
    {"4000000000000259", "pm_card_createDispute", Scenario::is_disputed, "fraudulent"},
    {"4000000000002685", "pm_card_createDisputeProductNotReceived", Scenario::is_disputed, "product_not_received"},
    {"4000000000001976", "pm_card_createDisputeInquiry", Scenario::is_inquired, "fraudulent"},
    {"4100000000000019", "pm_card_radarBlock", Scenario::is_blocked, "card_declined", "fraudulent"},
    {"4000000000009235", "pm_card_riskLevelElevated", Scenario::is_elevated_risk},
    {"4000000000007726", "pm_card_pendingRefund", Scenario::refunds_slowly},
};

std::string_view brand_name(std::string_view number) {
    const std::string_view brand = brand_of(number);
    if (brand == "Visa") return "visa";
    if (brand == "MasterCard") return "mastercard";
    if (brand == "AmericanExpress") return "amex";
    if (brand == "Discover") return "discover";
    if (brand == "JCB") return "jcb";
    if (brand == "DinersClub") return "diners";
    return "unknown";
}

}  // namespace

std::optional<Card> card_named(const Desk& desk, std::string_view id) {
    const auto* known = std::ranges::find(test_cards, id, &TestCard::id);
    if (known == std::end(test_cards)) return std::nullopt;
    Card card = card_numbered(desk, known->number);
    card.exp_month = 12;
    card.exp_year = 2035;
    card.has_code = true;
    return card;
}

Card card_numbered(const Desk& desk, std::string_view number) {
    Card card;
    card.brand = brand_name(number);
    card.last4 = number.substr(number.size() - std::min<std::size_t>(4, number.size()));
    card.fingerprint = desk.fingerprint(number).substr(0, 16);
    card.funding = "credit";
    card.country = "US";
    if (const auto* known = std::ranges::find(test_cards, number, &TestCard::number); known != std::end(test_cards)) {
        card.scenario = known->scenario;
        card.code = known->code;
        card.decline_code = known->decline_code;
    }
    return card;
}

std::string_view message_of(std::string_view code, std::string_view decline_code) {
    if (decline_code == "insufficient_funds") return "Your card has insufficient funds.";
    if (code == "expired_card") return "Your card has expired.";
    if (code == "incorrect_cvc") return "Your card's security code is incorrect.";
    if (code == "processing_error") return "An error occurred while processing your card. Try again in a little bit.";
    if (code == "incorrect_number") return "Your card number is incorrect.";
    if (code == "payment_intent_authentication_failure" || code == "setup_intent_authentication_failure")
        return "The provided PaymentMethod has failed authentication.";
    if (code == "authentication_required") return "Your card was declined. This transaction requires authentication.";
    return "Your card was declined.";
}

std::string_view advice_of(std::string_view decline_code) {
    if (decline_code == "incorrect_cvc" || decline_code == "expired_card") return "confirm_card_data";
    if (decline_code == "lost_card" || decline_code == "stolen_card") return "do_not_try_again";
    if (decline_code == "insufficient_funds" || decline_code == "processing_error" || decline_code == "generic_decline")
        return "try_again_later";
    return {};
}

}  // namespace florin::sandbox::stripe
