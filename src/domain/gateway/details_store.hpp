#pragma once

#include <optional>
#include <vector>

#include "florin/payments/payment.hpp"
#include "florin/store/tx.hpp"

/// What document C shows of a payment beyond what every payment has.
namespace florin::gateway::rows {

/// What the payment has from now on; in the commit of its intent.
void put_details(store::Tx& tx, MerchantId merchant, const payments::PaymentId& payment,
                 std::span<const std::uint8_t> sealed);
std::optional<std::vector<std::uint8_t>> find_details(store::Reader& reader, MerchantId merchant,
                                                      const payments::PaymentId& payment);

}  // namespace florin::gateway::rows
