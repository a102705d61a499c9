#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// TrueType fonts, as far as PDFs need them.
namespace florin::documents {

/// A font in memory, which outlives this. Nothing changes after the constructor: any thread.
///
/// Source: Apple's TrueType Reference Manual and the OpenType specification 1.9.
class TrueType {
public:
    using Glyph = std::uint16_t;

    /// `name` is what a PDF calls it. Stops the process when the bytes are no TrueType font: they are the program's
    /// own.
    TrueType(std::string_view name, std::string_view bytes);

    std::string_view name() const { return name_; }
    /// 0: the font does not have the character.
    Glyph glyph_of(char32_t character) const;
    /// In thousandths of an em, as all measures here.
    int advance(Glyph glyph) const;
    int ascent() const { return ascent_; }
    int descent() const { return descent_; }
    std::array<int, 4> box() const { return box_; }

    /// A font program with `glyphs` in their order, and behind them what composites are made of. Hints are left out.
    /// The first is to be glyph 0, which stands for what is missing.
    std::string subset(const std::vector<Glyph>& glyphs) const;

private:
    std::string_view table(std::string_view tag) const;
    std::string_view outline(Glyph glyph) const;
    int thousandths(int units) const { return units * 1000 / units_per_em_; }

    std::string_view name_, bytes_, glyf_, loca_, hmtx_, segments_;
    int units_per_em_ = 1000;
    bool has_long_offsets_ = false;
    std::uint16_t glyph_count_ = 0, metric_count_ = 0;
    int ascent_ = 0, descent_ = 0;
    std::array<int, 4> box_{};
};

}  // namespace florin::documents
