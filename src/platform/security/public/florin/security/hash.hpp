#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "florin/security/octets.hpp"

namespace florin::security {

using Md5 = std::array<std::uint8_t, 16>;
using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;
using Sha512 = std::array<std::uint8_t, 64>;

/// FIPS 180-4. Any thread; each keeps its contexts.
Sha256 sha256(Octets text);
Sha512 sha512(Octets text);

/// RFC 1321 and FIPS 180-4: broken. Only to say what a provider's wire format wants said.
Md5 md5(Octets text);
Sha1 sha1(Octets text);

/// RFC 2104 (vectors: RFC 4231). A key of any length, also none.
Sha256 hmac_sha256(Octets key, Octets text);
Sha512 hmac_sha512(Octets key, Octets text);

/// RFC 5869 with SHA-256: a new key from `secret`, which is uniformly random or close to it. Fills
/// `out`, at most 8,160 bytes.
void hkdf_sha256(Octets secret, Octets salt, Octets info, std::span<std::uint8_t> out);

/// Takes the same time wherever the two differ; only their lengths may show. Source: failures F136.
bool constant_time_equal(Octets a, Octets b);

}  // namespace florin::security
