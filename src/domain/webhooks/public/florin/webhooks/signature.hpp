#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace florin::webhooks {

/// `v1,<base64>`: HMAC-SHA256 over `{id}.{timestamp}.{body}` under the secret's bytes. `id` has no point in it;
/// `timestamp` is in Unix seconds.
///
/// Source: Standard Webhooks 1.0.0, symmetric signatures.
std::string sign(std::span<const std::uint8_t> secret, std::string_view id, std::int64_t timestamp_s,
                 std::string_view body);

/// `whsec_` and the bytes in base64: how a secret is shown.
std::string to_secret_text(std::span<const std::uint8_t> secret);

}  // namespace florin::webhooks
