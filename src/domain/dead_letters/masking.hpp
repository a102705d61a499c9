#pragma once

#include <string>
#include <string_view>

#include "florin/base/result.hpp"

namespace florin::dead_letters {

/// The text without card numbers, keys and e-mail addresses.
std::string masked_text(std::string_view text);

/// The JSON text with the values of fields that hold secrets or personal data (cards, tokens, names, addresses, phone
/// numbers, what a mail says) replaced, and all other texts as `masked_text`. What is not JSON is masked as a text and
/// answered as a JSON string.
std::string masked_json(std::string_view payload);

/// What `edited` means: wherever it has what `masked_json(original)` has there, the original's own value. Errors: those
/// of `json::parse`.
Result<std::string> unmasked(std::string_view edited, std::string_view original);

}  // namespace florin::dead_letters
