#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/payments/payment.hpp"
#include "florin/store/tx.hpp"

namespace florin::payments {

/// By what a customer can be charged without being asked: exactly one of `payment_method` and `mandate_of` is set.
struct StoredMeans {
    Method method = Method::card;
    std::string connector;
    std::string customer_id;  ///< Whose it is; empty: nobody's in particular.
    std::optional<PaymentMethodId> payment_method = {};
    std::optional<TransactionId> mandate_of = {};
    CardFacts card = {};
};

/// That stored card, if it can be charged.
std::optional<StoredMeans> find_stored_means(store::Reader& reader, MerchantId merchant, const PaymentMethodId& id);
/// The mandate that the payer of that payment gave with it, once it was paid.
std::optional<StoredMeans> find_stored_means(store::Reader& reader, MerchantId merchant, const TransactionId& mandate);
/// What a customer pays by unless something else is said: the card stored last, else the mandate given last.
std::optional<StoredMeans> default_means(store::Reader& reader, MerchantId merchant, std::string_view customer_id);

}  // namespace florin::payments
