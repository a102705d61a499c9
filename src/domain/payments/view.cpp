#include "view.hpp"

#include "payments_impl.hpp"

namespace florin::payments {
namespace {

std::optional<CardView> card_view_of(const Payment& payment) {
    const CardFacts& card = payment.card;
    if (card.last4.empty() || payment.method != Method::card) return std::nullopt;
    return CardView{card.brand, card.last4, card.expiry_month, card.expiry_year};
}

std::optional<std::string_view> account_of(const Payment& payment) {
    if (payment.card.last4.empty() || payment.method == Method::card) return std::nullopt;
    return payment.card.last4;
}

std::optional<std::string_view> or_nothing(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<std::string> token_of(const std::optional<PaymentMethodId>& method) {
    return method ? std::optional{to_token(*method)} : std::nullopt;
}

/// What went wrong, in the words that a merchant's code can act on.
std::string_view failure_code(const Transaction& transaction) {
    switch (transaction.status) {
        case TransactionStatus::declined:
            return "card_declined";
        case TransactionStatus::failed:
            for (const std::string_view ours : {never_reached_provider, declared_absent, dismissed_code})
                if (transaction.provider_code == ours) return ours;
            return "provider_refused";
        case TransactionStatus::quarantined:
            return transaction.approved_minor == transaction.amount.minor() ? "approved_late" : "amount_mismatch";
        case TransactionStatus::unknown:
            return "outcome_unknown";
        case TransactionStatus::processing:
        case TransactionStatus::pending:
        case TransactionStatus::approved:
            break;
    }
    return {};
}

}  // namespace

std::string_view status_word(const Transaction& transaction) {
    switch (transaction.status) {
        case TransactionStatus::processing:
        case TransactionStatus::unknown:
        case TransactionStatus::pending:
        case TransactionStatus::quarantined:
            return "pending";
        case TransactionStatus::declined:
        case TransactionStatus::failed:
            return "failed";
        case TransactionStatus::approved:
            break;
    }
    switch (transaction.type) {
        case TransactionType::authorize:
            return "approved";
        case TransactionType::cancel:
            return transaction.is_expiry ? "expired" : "voided";
        case TransactionType::purchase:
        case TransactionType::capture:
        case TransactionType::refund:
        case TransactionType::chargeback:
        case TransactionType::chargeback_reversal:
            break;
    }
    return "settled";
}

std::string to_token(const PaymentMethodId& id) { return "pm_" + id.text(); }

std::optional<PaymentMethodId> parse_token(std::string_view token) {
    if (!token.starts_with("pm_")) return std::nullopt;
    return PaymentMethodId::parse(token.substr(3));
}

PaymentView view_of(const Payment& payment) {
    const Currency currency = payment.amount.currency();
    return {.id = payment.id,
            .state = to_text(payment.state),
            .amount = to_major_text(payment.amount),
            .currency = payment.amount.code(),
            .amount_authorized = to_major_text(payment.authorized_minor, currency),
            .amount_captured = to_major_text(payment.captured_minor, currency),
            .amount_refunded = to_major_text(payment.refunded_minor, currency),
            .amount_charged_back = payment.charged_back_minor > 0
                                       ? std::optional{to_major_text(payment.charged_back_minor, currency)}
                                       : std::nullopt,
            .payment_method_type = to_text(payment.method),
            .customer_id = or_nothing(payment.customer_id),
            .payment_method_token = token_of(payment.payment_method),
            .card = card_view_of(payment),
            .account_last4 = account_of(payment),
            .action_url = or_nothing(payment.action_url),
            .connector = payment.connector,
            .metadata = {payment.metadata},
            .version = payment.version,
            .created_at = payment.created_at,
            .updated_at = payment.updated_at,
            .expires_at = payment.expires_at};
}

TransactionView view_of(const Payment& payment, const Transaction& t) {
    const bool is_mismatched = t.status == TransactionStatus::quarantined;
    const bool is_part = t.status == TransactionStatus::approved && t.approved_minor != t.amount.minor();
    const bool is_waiting_for_payer = is_charge(t.type) && payment.state == PaymentState::requires_action;
    const bool went_wrong = is_told(t.type) || is_mismatched || t.status == TransactionStatus::declined ||
                            t.status == TransactionStatus::failed;
    return {.transaction_id = t.id,
            .payment_id = t.payment,
            .type = to_text(t.type),
            .status = status_word(t),
            .amount = to_major_text(t.amount),
            .currency = t.amount.code(),
            .amount_approved = is_mismatched || is_part
                                   ? std::optional{to_major_text(t.approved_minor, t.amount.currency())}
                                   : std::nullopt,
            .auth_code = or_nothing(t.auth_code),
            .reference_number = t.reference_number,
            .provider_transaction_id = or_nothing(t.provider_id),
            .correlation_id = t.origin.correlation_id,
            .parent_transaction_id = t.parent,
            .customer_id = or_nothing(t.customer_id),
            .payment_method_token = token_of(t.payment_method),
            .idempotency_key = or_nothing(t.idempotency_key),
            .payment_method_type = to_text(payment.method),
            .card = card_view_of(payment),
            .account_last4 = account_of(payment),
            .action_url = is_waiting_for_payer ? or_nothing(payment.action_url) : std::nullopt,
            .connector = payment.connector,
            .payment_state = to_text(payment.state),
            .code = or_nothing(failure_code(t)),
            .decline_class = t.decline == DeclineClass::none ? std::nullopt : std::optional{to_text(t.decline)},
            .provider_code = went_wrong ? or_nothing(t.provider_code) : std::nullopt,
            .message = went_wrong ? or_nothing(t.message) : std::nullopt,
            .avs_result = or_nothing(t.avs),
            .cvv_result = or_nothing(t.cvv),
            .metadata = {t.metadata},
            .created_at = t.created_at,
            .updated_at = t.updated_at,
            .expires_at = t.expires_at};
}

PaymentMethodView view_of(const PaymentMethod& method) {
    return {.payment_method_token = to_token(method.id),
            .status = method.status,
            .customer_id = or_nothing(method.customer_id),
            .card = {method.card.brand, method.card.last4, method.card.expiry_month, method.card.expiry_year},
            .connector = method.connector,
            .created_at = method.created_at};
}

idempotency::Answer answer_of(const PaymentMethod& method) {
    return {.status = 201, .body = json::to_text(view_of(method))};
}

idempotency::Answer answer_of(const Payment& payment, const Transaction& transaction) {
    idempotency::Answer answer{.status = 200, .body = json::to_text(view_of(payment, transaction))};
    switch (transaction.status) {
        case TransactionStatus::processing:
        case TransactionStatus::unknown:
        case TransactionStatus::pending:
        case TransactionStatus::quarantined:
            answer.status = 202;
            break;
        case TransactionStatus::approved:
            answer.status = 200;
            break;
        case TransactionStatus::declined:
            answer.status = 402;
            break;
        // A charge that the provider refuses was not paid; a follow-up that it refuses does not fit
        // the state that the payment is in there.
        case TransactionStatus::failed:
            answer.status = is_charge(transaction.type) ? 402 : 409;
            break;
    }
    return answer;
}

}  // namespace florin::payments
