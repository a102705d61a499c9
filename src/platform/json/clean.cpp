#include "florin/json/clean.hpp"

#include <algorithm>
#include <cstdint>

namespace florin::json {
namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t size = 1;
    bool is_well_formed = false;
};

std::uint32_t octet(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The character that begins at `at`. Source: RFC 3629.
Character read(std::string_view text, std::size_t at) {
    struct Form {
        std::uint32_t mask, mark;
        std::size_t size;
        std::uint32_t smallest;
    };
    constexpr Form forms[] = {
        {0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};
    for (const Form& form : forms) {
        if ((octet(text, at) & form.mask) != form.mark) continue;
        if (text.size() - at < form.size) return {};
        std::uint32_t code = octet(text, at) & ~form.mask & 0xFFU;
        for (std::size_t i = 1; i < form.size; ++i) {
            if ((octet(text, at + i) & 0xC0U) != 0x80U) return {};
            code = code << 6 | (octet(text, at + i) & 0x3FU);
        }
        const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (code < form.smallest || code > 0x10FFFF || is_surrogate) return {};
        return {code, form.size, true};
    }
    return {};
}

bool is_control(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_characters) {
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
    if (text.size() <= max_characters && std::ranges::all_of(text, is_plain)) return std::string{text};
    std::string clean;
    std::size_t characters = 0, before_last = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character next = read(text, at);
        if (characters == max_characters) {
            clean.resize(before_last);
            if (max_characters > 0) clean += "…";
            break;
        }
        before_last = clean.size();
        if (!next.is_well_formed)
            clean += "\xEF\xBF\xBD";
        else if (is_control(next.code))
            clean += ' ';
        else
            clean += text.substr(at, next.size);
        ++characters;
        at += next.size;
    }
    return clean;
}

}  // namespace florin::json
