#pragma once

#include <string>
#include <string_view>

namespace florin::sandbox::authorize_net {

/// HMAC-SHA512 in 128 hexadecimal digits, upper case. `key` is taken as it is.
std::string hmac_sha512(std::string_view key, std::string_view text);
/// The octets that pairs of hexadecimal digits stand for; what is no digit counts as some.
std::string from_hex(std::string_view digits);

}  // namespace florin::sandbox::authorize_net
