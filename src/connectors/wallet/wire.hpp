#pragma once

#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The wallet's JSON, in both directions, and the signature of its webhooks.
namespace florin::wallet {

std::string request_body(const payments::Charge& charge);
std::string refund_body(const payments::FollowUp& refund);

/// The reply to a payment request, sent or looked up by `reference`.
payments::Answer read_request(int status, std::string_view body, std::string_view reference, Money asked);
payments::Answer read_refund(int status, std::string_view body, std::string_view reference, Money asked);

/// Whether a webhook is signed with `secret` (`whsec_` and base64) and not older, nor younger, than five minutes. Any
/// one signature of several will do. Source: Standard Webhooks, verifying.
bool is_signed(const http::Request& request, std::string_view secret, Instant now);
Result<payments::Notice> read_notice(std::string_view body);

}  // namespace florin::wallet
