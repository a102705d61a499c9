#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/security/octets.hpp"

namespace florin::security {

// A key for what belongs to one person, kept sealed beside it. Once the key is destroyed nobody can read what
// it sealed, wherever copies of that may be. Source: requirements X-25.

SecretKey make_data_key(Random& random);

/// The key sealed under the ring, and back. `context` as in `KeyRing::seal`. Errors: those of `KeyRing::open`.
std::vector<std::uint8_t> seal_data_key(const KeyRing& ring, const SecretKey& key, std::string_view context);
Result<SecretKey> open_data_key(const KeyRing& ring, Octets sealed, std::string_view context);

/// Seals under `key` itself: version 1 (1 byte), salt (16), nonce (12), AES-256-GCM ciphertext, tag (16). Each
/// text is made under its own key, HKDF-SHA256(key, salt). `context` as in `KeyRing::seal`.
std::vector<std::uint8_t> seal_with(const SecretKey& key, Random& random, Octets plaintext, std::string_view context);
/// Error `sealed_text_refused` (unavailable): changed, cut, from another place or under another key.
Result<std::string> open_with(const SecretKey& key, Octets sealed, std::string_view context);

}  // namespace florin::security
