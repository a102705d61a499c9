#pragma once

#include <array>

#include "true_type.hpp"

/// The fonts that the program carries.
namespace florin::documents {

enum class Face { regular, semibold };

/// Open Sans in two weights; and DejaVu Sans, which has what the others lack (Armenian, Georgian, signs).
inline constexpr std::size_t font_count = 3;
const std::array<TrueType, font_count>& fonts();

/// Where a character is: the font's place in `fonts`, and the glyph there. Glyph 0, a box, stands for one that no font
/// has, and for one of a script that we cannot set: what is written from right to left, or joined.
struct Place {
    std::size_t font = 0;
    TrueType::Glyph glyph = 0;
};
Place place_of(Face face, char32_t character);

}  // namespace florin::documents
