#include "florin/payments/reading.hpp"

#include "payment_store.hpp"

namespace florin::payments {

std::optional<PaymentDetails> find_by_reference(store::Reader& reader, std::string_view reference, Instant at) {
    const auto place = rows::find_by_reference(reader, reference, at);
    if (!place) return std::nullopt;
    return rows::find_details(reader, place->merchant, place->payment);
}

std::optional<PaymentDetails> find_by_provider_id(store::Reader& reader, std::string_view connector,
                                                  std::string_view provider_id) {
    for (const rows::Place& place : rows::find_by_provider_id(reader, provider_id)) {
        auto details = rows::find_details(reader, place.merchant, place.payment);
        if (details && details->payment.connector == connector) return details;
    }
    return std::nullopt;
}

std::optional<PaymentDetails> find_details(store::Reader& reader, MerchantId merchant, PaymentId id) {
    return rows::find_details(reader, merchant, id);
}

std::optional<PaymentDetails> find_details_by_transaction(store::Reader& reader, MerchantId merchant,
                                                          TransactionId id) {
    const auto transaction = rows::find_transaction(reader, merchant, id);
    return transaction ? rows::find_details(reader, merchant, transaction->payment) : std::nullopt;
}

std::int64_t cleared_minor(const Transaction& transaction) {
    if (transaction.status != TransactionStatus::approved && transaction.status != TransactionStatus::quarantined)
        return 0;
    switch (transaction.type) {
        case TransactionType::purchase:
        case TransactionType::capture:
        case TransactionType::chargeback_reversal:
            return transaction.approved_minor;
        case TransactionType::refund:
        case TransactionType::chargeback:
            return -transaction.approved_minor;
        case TransactionType::authorize:
        case TransactionType::cancel:
            break;
    }
    return 0;
}

}  // namespace florin::payments
