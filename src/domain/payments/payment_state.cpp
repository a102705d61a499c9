#include "florin/payments/payment.hpp"
#include "florin/security/encoding.hpp"

namespace florin::payments {

std::string_view to_text(PaymentState state) {
    switch (state) {
        case PaymentState::created:
            return "created";
        case PaymentState::processing:
            return "processing";
        case PaymentState::unknown:
            return "unknown";
        case PaymentState::requires_action:
            return "requires_action";
        case PaymentState::pending:
            return "pending";
        case PaymentState::authorized:
            return "authorized";
        case PaymentState::captured:
            return "captured";
        case PaymentState::quarantined:
            return "quarantined";
        case PaymentState::declined:
            return "declined";
        case PaymentState::failed:
            return "failed";
        case PaymentState::canceled:
            return "canceled";
        case PaymentState::expired:
            return "expired";
    }
    __builtin_unreachable();
}

std::optional<PaymentState> parse_payment_state(std::string_view text) {
    for (int i = 0; i < payment_state_count; ++i)
        if (const auto state = static_cast<PaymentState>(i); to_text(state) == text) return state;
    return std::nullopt;
}

std::string_view to_text(TransactionStatus status) {
    switch (status) {
        case TransactionStatus::processing:
            return "processing";
        case TransactionStatus::unknown:
            return "unknown";
        case TransactionStatus::pending:
            return "pending";
        case TransactionStatus::approved:
            return "approved";
        case TransactionStatus::quarantined:
            return "quarantined";
        case TransactionStatus::declined:
            return "declined";
        case TransactionStatus::failed:
            return "failed";
    }
    __builtin_unreachable();
}

std::string_view to_text(Method method) {
    switch (method) {
        case Method::card:
            return "card";
        case Method::ideal:
            return "ideal";
        case Method::sepa_debit:
            return "sepa_debit";
        case Method::ach_debit:
            return "ach_debit";
        case Method::wallet:
            return "wallet";
        case Method::hosted_page:
            return "hosted_page";
    }
    __builtin_unreachable();
}

std::optional<Method> parse_method(std::string_view text) {
    for (int i = 0; i < method_count; ++i)
        if (const auto method = static_cast<Method>(i); to_text(method) == text) return method;
    return std::nullopt;
}

std::string_view to_text(TransactionType type) {
    switch (type) {
        case TransactionType::authorize:
            return "authorize";
        case TransactionType::purchase:
            return "purchase";
        case TransactionType::capture:
            return "capture";
        case TransactionType::refund:
            return "refund";
        case TransactionType::cancel:
            return "cancel";
        case TransactionType::chargeback:
            return "chargeback";
        case TransactionType::chargeback_reversal:
            return "chargeback_reversal";
    }
    __builtin_unreachable();
}

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
        case Outcome::approved:
            return "approved";
        case Outcome::pending:
            return "pending";
        case Outcome::declined:
            return "declined";
        case Outcome::refused:
            return "refused";
        case Outcome::not_settled:
            return "not_settled";
        case Outcome::not_found:
            return "not_found";
        case Outcome::not_sent:
            return "not_sent";
        case Outcome::no_answer:
            return "no_answer";
    }
    __builtin_unreachable();
}

std::string_view to_text(DeclineClass decline) {
    switch (decline) {
        case DeclineClass::none:
            return "none";
        case DeclineClass::insufficient_funds:
            return "insufficient_funds";
        case DeclineClass::soft:
            return "soft";
        case DeclineClass::hard:
            return "hard";
        case DeclineClass::fraud:
            return "fraud";
        case DeclineClass::invalid_card:
            return "invalid_card";
        case DeclineClass::expired_card:
            return "expired_card";
        case DeclineClass::input:
            return "input";
        case DeclineClass::technical:
            return "technical";
    }
    __builtin_unreachable();
}

std::string reference_of(const TransactionId& id) { return security::reference_of(id.value); }

}  // namespace florin::payments
