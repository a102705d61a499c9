#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The bank's JSON, in both directions.
namespace florin::bank_simulator {

/// Room for the longest body: it never grows, so no copy of a card number stays behind in freed memory.
inline constexpr std::size_t body_capacity = 12 * 1024;

std::string payment_body(const payments::Charge& charge, bool is_captured);
/// Of a capture and a refund. A void leaves the amount out: it releases all that is left.
std::string operation_body(std::string_view reference, std::optional<Money> amount);
std::string card_body(const payments::Card& card, std::string_view reference);

/// The reply to a payment, sent or looked up by `reference`.
payments::Answer read_payment(int status, std::string_view body, std::string_view reference, Currency currency);
/// The reply to a capture, refund or void.
payments::Answer read_operation(int status, std::string_view body, std::string_view reference, std::string_view type,
                                Currency currency);
payments::StoredCard read_card(int status, std::string_view body, std::string_view reference);

}  // namespace florin::bank_simulator
