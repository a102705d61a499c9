#pragma once

#include <string_view>

namespace florin::http {

/// The value of a hexadecimal digit; -1 for anything else.
constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// In lower case, where it is a letter of ASCII.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether `text` is well-formed UTF-8 without control characters: what a database takes and a person may see.
bool is_plain_text(std::string_view text);

}  // namespace florin::http
