#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/security/octets.hpp"

namespace florin::security {

/// Lower case.
std::string to_hex(Octets bytes);
/// Either case; nothing for an odd count or another character.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string to_base64(Octets bytes);
/// Strict: padding as it must be, unused bits zero, so that each value has one text.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

/// RFC 4648 section 5, without padding.
std::string to_base64url(Octets bytes);
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

/// Crockford's base 32: digits and upper-case letters without I, L, O and U, so that it survives
/// being read aloud, every provider's character set and ones that fold case. The last character
/// is filled up with zero bits.
std::string to_crockford(Octets bytes);

/// What providers are told to call an operation: 20 characters of Crockford's base 32, a pure function of
/// the id, so recovery can ask for it when nothing but the id is known. They hold 100 of a version 7
/// id's bits: all 74 random ones, which alone keep references apart, led by the 26 lowest of its moment.
std::string reference_of(const Uuid& id);

/// The other way: the newest version 7 id made at `at` (milliseconds) or before that has this reference. An older one
/// was made `reference_period_ms`, or a multiple of it, earlier. Nothing when it is no reference.
std::optional<Uuid> newest_id_of(std::string_view reference, std::int64_t at_ms);
inline constexpr std::int64_t reference_period_ms = std::int64_t{1} << 26;

}  // namespace florin::security
