#pragma once

#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/payments.hpp"

/// How payments and transactions look in JSON, in answers, stored answers and events alike; and, as
/// the same description, what OpenAPI says of them. Views borrow from what they show.
namespace florin::payments {

struct CardView {
    std::string_view brand, last4;
    std::int64_t expiry_month, expiry_year;
};

struct PaymentView {
    PaymentId id;
    std::string_view state;
    std::string amount;
    std::string_view currency;
    std::string amount_authorized, amount_captured, amount_refunded;
    std::optional<std::string> amount_charged_back;
    std::string_view payment_method_type;
    std::optional<std::string_view> customer_id;
    std::optional<std::string> payment_method_token;
    std::optional<CardView> card;
    std::optional<std::string_view> account_last4, action_url;
    std::string_view connector;
    json::ObjectView metadata;
    std::int64_t version;
    Instant created_at, updated_at;
    std::optional<Instant> expires_at;
};

struct TransactionView {
    TransactionId transaction_id;
    PaymentId payment_id;
    std::string_view type, status;
    std::string amount;
    std::string_view currency;
    std::optional<std::string> amount_approved;
    std::optional<std::string_view> auth_code;
    std::string_view reference_number;
    std::optional<std::string_view> provider_transaction_id;
    std::string_view correlation_id;
    std::optional<TransactionId> parent_transaction_id;
    std::optional<std::string_view> customer_id;
    std::optional<std::string> payment_method_token;
    std::optional<std::string_view> idempotency_key;
    std::string_view payment_method_type;
    std::optional<CardView> card;
    std::optional<std::string_view> account_last4, action_url;
    std::string_view connector, payment_state;
    std::optional<std::string_view> code, decline_class, provider_code, message, avs_result, cvv_result;
    json::ObjectView metadata;
    Instant created_at, updated_at;
    std::optional<Instant> expires_at;
};

struct PaymentDetailsView {
    PaymentView payment;
    std::vector<TransactionView> transactions;
};

using PaymentListView = http::Page<PaymentView>;

struct PaymentMethodView {
    std::string payment_method_token;
    std::string_view status;
    std::optional<std::string_view> customer_id;
    CardView card;
    std::string_view connector;
    Instant created_at;
};

PaymentView view_of(const Payment& payment);
TransactionView view_of(const Payment& payment, const Transaction& transaction);
PaymentMethodView view_of(const PaymentMethod& method);

/// Document D's words for what became of a transaction (requirements X.1, D-ST-02).
std::string_view status_word(const Transaction& transaction);

/// The token that stands for a stored card: `pm_` and the id.
std::string to_token(const PaymentMethodId& id);
std::optional<PaymentMethodId> parse_token(std::string_view token);

}  // namespace florin::payments

namespace florin::json {

template <>
struct Described<payments::CardView> {
    using V = payments::CardView;
    static constexpr std::string_view name = "CardFacts";
    static constexpr std::string_view doc = "All that is kept of a card.";
    static constexpr auto fields = std::tuple{
        Field{"brand", &V::brand, "The card's network.", "\"visa\""},
        Field{"last4", &V::last4, "The last four digits.", "\"1111\""},
        Field{"expiry_month", &V::expiry_month, "1 to 12.", "12"},
        Field{"expiry_year", &V::expiry_year, "Four digits.", "2030"},
    };
};

template <>
struct Described<payments::PaymentView> {
    using V = payments::PaymentView;
    static constexpr std::string_view name = "Payment";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The payment's id; its first transaction has the same."},
        Field{"state", &V::state,
              "created, processing, unknown, requires_action, pending, authorized, captured, quarantined, declined, "
              "failed, canceled or expired.",
              "\"captured\""},
        Field{"amount", &V::amount, "What was asked for, in major units.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"amount_authorized", &V::amount_authorized, "Held by authorizations so far.", "\"0.00\""},
        Field{"amount_captured", &V::amount_captured, "Taken so far.", "\"12.50\""},
        Field{"amount_refunded", &V::amount_refunded, "Given back so far.", "\"0.00\""},
        Field{"amount_charged_back", &V::amount_charged_back,
              "Only where the provider took money back: how much of it has not come back."},
        Field{"payment_method_type", &V::payment_method_type,
              "card, ideal, sepa_debit, ach_debit, wallet or hosted_page.", "\"card\""},
        Field{"customer_id", &V::customer_id, "The merchant's own id of the customer.", "\"customer-7\""},
        Field{"payment_method_token", &V::payment_method_token, "The stored card that was used."},
        Field{"card", &V::card, "The card that was used."},
        Field{"account_last4", &V::account_last4, "The last four of the bank account that pays."},
        Field{"action_url", &V::action_url, "Where the payer's browser has to go, while `state` is requires_action."},
        Field{"connector", &V::connector, "The provider.", "\"authorize_net\""},
        Field{"metadata", &V::metadata, "The merchant's own."},
        Field{"version", &V::version, "Counts changes, for optimistic locking.", "2"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"expires_at", &V::expires_at, "When the authorization, or the unpaid payment, expires."},
    };
};

template <>
struct Described<payments::TransactionView> {
    using V = payments::TransactionView;
    static constexpr std::string_view name = "Transaction";
    static constexpr std::string_view doc = "One operation at the provider.";
    static constexpr auto fields = std::tuple{
        Field{"transaction_id", &V::transaction_id, "Names this transaction in captures, refunds and cancels."},
        Field{"payment_id", &V::payment_id, "The payment that it belongs to."},
        Field{"type", &V::type,
              "authorize, purchase, capture, refund or cancel; chargeback or chargeback_reversal, which the provider "
              "made.",
              "\"purchase\""},
        Field{"status", &V::status, "pending, approved (an authorization), settled, voided, failed or expired.",
              "\"settled\""},
        Field{"amount", &V::amount, "Major units, with all decimals of the currency.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"amount_approved", &V::amount_approved,
              "Only where the provider approved another amount than was asked for."},
        Field{"auth_code", &V::auth_code, "The issuer's authorization code.", "\"A1B2C3\""},
        Field{"reference_number", &V::reference_number, "What the provider knows this transaction by.",
              "\"2JW46X12K2SBNS3CWE4Z\""},
        Field{"provider_transaction_id", &V::provider_transaction_id, "The provider's own id."},
        Field{"correlation_id", &V::correlation_id, "Of the request that asked for it.",
              "\"0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f\""},
        Field{"parent_transaction_id", &V::parent_transaction_id, "What a capture, refund or cancel refers to."},
        Field{"customer_id", &V::customer_id, "The merchant's own id of the customer.", "\"customer-7\""},
        Field{"payment_method_token", &V::payment_method_token, "The stored card that was used."},
        Field{"idempotency_key", &V::idempotency_key, "The key that the request carried."},
        Field{"payment_method_type", &V::payment_method_type,
              "card, ideal, sepa_debit, ach_debit, wallet or hosted_page.", "\"card\""},
        Field{"card", &V::card, "The card that was used."},
        Field{"account_last4", &V::account_last4, "The last four of the bank account that pays."},
        Field{"action_url", &V::action_url,
              "Where the payer's browser has to go now. The payment goes on when they have been there."},
        Field{"connector", &V::connector, "The provider.", "\"authorize_net\""},
        Field{"payment_state", &V::payment_state, "The state that the payment is in by this.", "\"captured\""},
        Field{"code", &V::code,
              "Why it did not go through: card_declined, provider_refused, never_reached_provider, "
              "amount_mismatch, approved_late, outcome_unknown, or what a person decided: dismissed, declared_absent."},
        Field{"decline_class", &V::decline_class,
              "insufficient_funds, soft, hard, fraud, invalid_card, expired_card, input or technical."},
        Field{"provider_code", &V::provider_code, "The provider's own reason code."},
        Field{"message", &V::message, "The provider's own reason."},
        Field{"avs_result", &V::avs_result, "Address verification."},
        Field{"cvv_result", &V::cvv_result, "Card code verification."},
        Field{"metadata", &V::metadata, "The merchant's own."},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"expires_at", &V::expires_at, "When an authorization expires."},
    };
};

template <>
struct Described<payments::PaymentDetailsView> {
    using V = payments::PaymentDetailsView;
    static constexpr std::string_view name = "PaymentDetails";
    static constexpr auto fields = std::tuple{
        Field{"payment", &V::payment, "The payment."},
        Field{"transactions", &V::transactions, "Its transactions, the first one first."},
    };
};

template <>
struct Described<payments::PaymentMethodView> {
    using V = payments::PaymentMethodView;
    static constexpr std::string_view name = "PaymentMethod";
    static constexpr auto fields = std::tuple{
        Field{"payment_method_token", &V::payment_method_token, "Stands for the card in later payments.",
              "\"pm_0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f\""},
        Field{"status", &V::status, "active, processing, failed or deleted.", "\"active\""},
        Field{"customer_id", &V::customer_id, "The merchant's own id of the customer."},
        Field{"card", &V::card, "All that is kept of the card here; the provider has the rest."},
        Field{"connector", &V::connector, "The provider that keeps the card.", "\"authorize_net\""},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::payments::PaymentView> {
    static constexpr std::string_view name = "PaymentList", data = "Newest first.";
};
