#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace florin::json {

/// What somebody else wrote, fit to be kept, sent on and shown: each control character (also those that turn the
/// direction of text) is a space, each octet that belongs to no well-formed UTF-8 is U+FFFD, and beyond
/// `max_characters` it ends in `…`. A whole document stays the document that it was meant to be: strict JSON has no
/// control characters but white space.
std::string clean_text(std::string_view text, std::size_t max_characters = std::string_view::npos);

}  // namespace florin::json
