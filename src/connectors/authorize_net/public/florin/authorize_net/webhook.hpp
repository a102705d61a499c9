#pragma once

#include <string_view>

#include "florin/base/result.hpp"
#include "florin/payments/connector.hpp"

namespace florin::authorize_net {

/// True when `header` (`X-ANET-Signature: sha512=<128 hex digits>`) is the HMAC-SHA512 of the raw body
/// under the account's signature key, taken as its ASCII text. Compared in constant time.
///
/// Authorize.Net may sign `authAmount` with two decimals (`1.10`) and send it without the last zero
/// (`1.1`): where the body as it came does not match, exactly that other rendering is tried (F46).
///
/// Source: providers' notes on Authorize.Net, section 8; failures F45, F46.
bool is_signed(std::string_view body, std::string_view header, std::string_view signature_key);

/// What a genuine webhook's body is about. Its reference is that of the operation (`merchantReferenceId`), else the
/// invoice number, which is that of the charge. Error `webhook_unreadable`.
Result<payments::Notice> read_notice(std::string_view body);

}  // namespace florin::authorize_net
