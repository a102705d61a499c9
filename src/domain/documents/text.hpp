#pragma once

#include <string>
#include <string_view>

namespace florin::documents {

/// What is no UTF-8 is U+FFFD; line ends stay, other control characters and no-break spaces are spaces.
std::u32string characters_of(std::string_view utf8);

/// As four or eight hexadecimal digits of UTF-16.
void append_utf16_hex(std::string& out, char32_t character);

}  // namespace florin::documents
