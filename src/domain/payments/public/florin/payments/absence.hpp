#pragma once

#include <string_view>

#include "florin/payments/payment.hpp"

namespace florin::payments {

/// The provider code of a charge whose outcome nobody could find out, until a person found that it never happened. It
/// may still come true.
inline constexpr std::string_view declared_absent = "declared_absent";

/// A charge that was judged never to have happened: by two look-ups, or by a person.
inline bool is_judged_absent(const Transaction& transaction) {
    return transaction.status == TransactionStatus::failed &&
           (transaction.provider_code == never_reached_provider || transaction.provider_code == declared_absent);
}

}  // namespace florin::payments
