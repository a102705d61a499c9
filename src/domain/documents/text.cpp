#include "text.hpp"

#include <cstdint>

namespace florin::documents {
namespace {

constexpr char32_t replacement = 0xfffd;

/// Takes the first character off `rest`.
char32_t take(std::string_view& rest) {
    const auto first = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    if (first < 0x80) return first;
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || rest.size() < more) return replacement;
    char32_t character = first & (0x3fU >> more);
    for (std::size_t i = 0; i < more; ++i) {
        const auto next = static_cast<std::uint8_t>(rest[i]);
        if ((next & 0xc0) != 0x80) return replacement;
        character = character << 6 | (next & 0x3fU);
    }
    constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (character < least[more] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
        return replacement;
    rest.remove_prefix(more);
    return character;
}

void append_hex16(std::string& out, std::uint32_t unit) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[unit >> shift & 0xf]);
}

}  // namespace

std::u32string characters_of(std::string_view utf8) {
    std::u32string out;
    out.reserve(utf8.size());
    while (!utf8.empty()) {
        const char32_t c = take(utf8);
        const bool is_control = (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0);
        out.push_back(is_control || c == 0xa0 ? U' ' : c);
    }
    return out;
}

void append_utf16_hex(std::string& out, char32_t character) {
    if (character > 0xffff) {
        append_hex16(out, static_cast<std::uint32_t>(0xd800 + ((character - 0x10000) >> 10)));
        append_hex16(out, static_cast<std::uint32_t>(0xdc00 + ((character - 0x10000) & 0x3ff)));
    } else {
        append_hex16(out, static_cast<std::uint32_t>(character));
    }
}

}  // namespace florin::documents
