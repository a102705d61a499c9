#pragma once

#include <cstddef>
#include <string_view>

namespace florin::identity {

constexpr std::string_view test_prefix = "fk_test_";
constexpr std::string_view live_prefix = "fk_live_";
constexpr std::size_t key_secret_bytes = 32;
/// 43 characters of base64url hold 32 bytes.
constexpr std::size_t key_text_size = test_prefix.size() + 43;

/// What cannot be a key need not be looked for.
inline bool looks_like_key(std::string_view text) {
    return text.size() == key_text_size && (text.starts_with(test_prefix) || text.starts_with(live_prefix));
}

}  // namespace florin::identity
