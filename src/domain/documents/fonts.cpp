#include "fonts.hpp"

// The files lie in the program itself, so that it draws the same wherever it runs. `.incbin` costs the compiler
// nothing, however large they are.
// NOLINTBEGIN(bugprone-macro-parentheses): literals that stand beside each other are one.
#define FLORIN_FONT(symbol, path)                                                                                   \
    __asm__(".section .rodata\n.balign 16\n.globl " #symbol "\n" #symbol ":\n.incbin \"" path "\"\n.globl " #symbol \
            "_end\n" #symbol "_end:\n.byte 0\n.previous\n");                                                        \
    extern "C" const char symbol[], symbol##_end[];

// NOLINTEND(bugprone-macro-parentheses)

FLORIN_FONT(florin_font_regular, FLORIN_FONT_REGULAR)
FLORIN_FONT(florin_font_semibold, FLORIN_FONT_SEMIBOLD)
FLORIN_FONT(florin_font_fallback, FLORIN_FONT_FALLBACK)

namespace florin::documents {
namespace {

constexpr std::size_t fallback = 2;

/// Hebrew to Arabic extended, and their presentation forms; the scripts of India and south-east Asia.
bool needs_shaping(char32_t c) {
    return (c >= 0x0590 && c < 0x10a0) || (c >= 0x1700 && c < 0x1800) || (c >= 0xfb1d && c < 0xfe00) ||
           (c >= 0xfe70 && c < 0xff00);
}

}  // namespace

const std::array<TrueType, font_count>& fonts() {
    static const std::array<TrueType, font_count> all{
        TrueType{"OpenSans-Regular", {florin_font_regular, florin_font_regular_end}},
        TrueType{"OpenSans-Semibold", {florin_font_semibold, florin_font_semibold_end}},
        TrueType{"DejaVuSans", {florin_font_fallback, florin_font_fallback_end}}};
    return all;
}

Place place_of(Face face, char32_t character) {
    const auto own = static_cast<std::size_t>(face);
    if (needs_shaping(character)) return {.font = own, .glyph = 0};
    if (const auto glyph = fonts()[own].glyph_of(character); glyph != 0) return {.font = own, .glyph = glyph};
    if (const auto glyph = fonts()[fallback].glyph_of(character); glyph != 0) return {.font = fallback, .glyph = glyph};
    return {.font = own, .glyph = 0};
}

}  // namespace florin::documents
