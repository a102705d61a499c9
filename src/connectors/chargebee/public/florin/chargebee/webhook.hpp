#pragma once

#include <string_view>

#include "florin/base/result.hpp"
#include "florin/payments/connector.hpp"

namespace florin::chargebee {

/// True when `header` (`Authorization: Basic …`) carries that user and that password, which is not empty. That is all
/// that Chargebee's webhooks prove themselves by. Compared in constant time.
///
/// Source: providers' notes on Chargebee, section 6; failures F45, F53.
bool is_from_site(std::string_view header, std::string_view user, std::string_view password);

/// What an event is about: its reference is the `po_number` of the invoice that it shows. Error `webhook_unreadable`.
Result<payments::Notice> read_notice(std::string_view body);

}  // namespace florin::chargebee
