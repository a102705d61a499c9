#pragma once

#include <string_view>
#include <vector>

#include "florin/security/octets.hpp"

namespace florin::security {

constexpr std::size_t gcm_nonce_size = 12;
constexpr std::size_t gcm_tag_size = 16;

/// Appends AES-256-GCM's ciphertext and tag (NIST SP 800-38D). `key` has 32 bytes, `nonce` 12 and is
/// never used twice with one key.
void append_gcm_sealed(std::vector<std::uint8_t>& out, Octets key, Octets nonce, Octets aad, Octets plaintext);

/// The plaintext of what `append_gcm_sealed` appended; false, and `out` empty, when a bit of it differs.
bool open_gcm(std::string& out, Octets key, Octets nonce, Octets aad, Octets sealed);

}  // namespace florin::security
