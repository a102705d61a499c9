#pragma once

#include <optional>
#include <string_view>

#include "florin/payments/payments.hpp"

/// A payment with its operations as they stand, in a unit of somebody else's: for modules that compare.
namespace florin::payments {

/// The payment that an operation is of, of whatever merchant; made at `at` or at most 400 days before. Reads little for
/// what was made within a few days; a reference that nobody has given out costs the most.
std::optional<PaymentDetails> find_by_reference(store::Reader& reader, std::string_view reference, Instant at);
/// The same of a follow-up or of what the provider took back, by the provider's own id of it.
std::optional<PaymentDetails> find_by_provider_id(store::Reader& reader, std::string_view connector,
                                                  std::string_view provider_id);
std::optional<PaymentDetails> find_details(store::Reader& reader, MerchantId merchant, PaymentId id);
std::optional<PaymentDetails> find_details_by_transaction(store::Reader& reader, MerchantId merchant, TransactionId id);

/// Minor units that the transaction moved on the provider's clearing account: positive, the provider owes them to the
/// merchant; zero: nothing (yet).
std::int64_t cleared_minor(const Transaction& transaction);
/// The same of all the payment's transactions together.
constexpr std::int64_t cleared_minor(const Payment& payment) {
    return payment.captured_minor - payment.refunded_minor - payment.charged_back_minor;
}

}  // namespace florin::payments
