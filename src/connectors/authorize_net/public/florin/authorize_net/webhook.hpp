#pragma once

#include <string_view>

namespace florin::authorize_net {

/// True when `header` (`X-ANET-Signature: sha512=<128 hex digits>`) is the HMAC-SHA512 of the raw body
/// under the account's signature key, taken as its ASCII text. Compared in constant time.
///
/// Authorize.Net may sign `authAmount` with two decimals (`1.10`) and send it without the last zero
/// (`1.1`): where the body as it came does not match, exactly that other rendering is tried (F46).
///
/// Source: providers' notes on Authorize.Net, section 8; failures F45, F46.
bool is_signed(std::string_view body, std::string_view header, std::string_view signature_key);

}  // namespace florin::authorize_net
