#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fonts.hpp"
#include "pdf_file.hpp"

/// From words to what a page shows.
namespace florin::documents {

/// Hundredths of a point, which is a 72nd of an inch: integers, so that a page comes out the same on every machine.
using Length = std::int64_t;
constexpr Length points(Length whole) { return whole * 100; }

/// A character as one of the document's fonts shows it.
struct Letter {
    std::uint8_t font = 0;
    std::uint16_t code = 0;   ///< In the document's own font.
    std::uint16_t width = 0;  ///< In thousandths of the type's size.
    bool is_space = false;
    bool is_line_end = false;
};
using Letters = std::vector<Letter>;

/// The fonts of one document: those characters that it uses, each with a code of its own, so that a reader can copy
/// what it cannot see.
class Typesetter {
public:
    Letters set(Face face, std::string_view utf8);
    /// Puts the fonts that were used into `file`; answers the entries of a page's font dictionary.
    std::string write(PdfFile& file) const;

private:
    struct Used {
        std::vector<TrueType::Glyph> glyphs{0};
        std::u32string characters{U'\xfffd'};
        std::vector<std::uint16_t> widths{0};
        /// Of the first 128, which are nearly all; 0: not yet.
        std::array<std::uint16_t, 128> ascii{};
        std::unordered_map<char32_t, std::uint16_t> others;
    };
    Letter letter(Face face, char32_t character);
    /// Answers the font's object.
    static int write(PdfFile& file, const TrueType& font, const Used& used);
    std::array<Used, font_count> used_;
};

Length width_of(const Letters& letters, Length size);
/// Lines that are no wider, broken at spaces; within a word only where it alone is wider.
std::vector<Letters> wrapped(const Letters& letters, Length size, Length width);

/// Red, green and blue, 0 to 255.
struct Ink {
    int red = 0, green = 0, blue = 0;
};

/// What a page shows, in the order in which it is drawn. Its origin is the upper left corner.
class Page {
public:
    Page(Length width, Length height) : width_{width}, height_{height} {}
    Length width() const { return width_; }
    Length height() const { return height_; }

    /// `baseline` is where the letters stand.
    void text(const Letters& letters, Length size, Length left, Length baseline, Ink ink);
    void rectangle(Length left, Length top, Length width, Length height, Ink ink);
    /// The picture of that name in the page's resources.
    void image(std::string_view name, Length left, Length top, Length width, Length height);
    const std::string& contents() const { return contents_; }

private:
    void number(Length value);
    void ink(Ink wanted);
    Length width_, height_;
    std::string contents_;
    Ink ink_{-1, -1, -1};
};

}  // namespace florin::documents
