#include "typesetting.hpp"

#include <algorithm>
#include <charconv>

#include "text.hpp"

namespace florin::documents {
namespace {

void append_hex(std::string& out, std::uint16_t code) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[code >> shift & 0xf]);
}

/// Six letters that tell one selection of a font's glyphs from another, as PDF wants them.
std::string tag_of(std::u32string_view characters) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char32_t c : characters) hash = (hash ^ c) * 1099511628211U;
    std::string tag;
    for (int i = 0; i < 6; ++i, hash /= 26) tag.push_back(static_cast<char>('A' + hash % 26));
    return tag;
}

/// Which character each code stands for: what a reader copies and searches.
std::string to_unicode(std::u32string_view characters) {
    std::string out =
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n";
    constexpr std::size_t most = 100;
    for (std::size_t from = 1; from < characters.size(); from += most) {
        const std::size_t until = std::min(from + most, characters.size());
        out += std::to_string(until - from) + " beginbfchar\n";
        for (std::size_t i = from; i < until; ++i) {
            out.push_back('<');
            append_hex(out, static_cast<std::uint16_t>(i));
            out += "><";
            append_utf16_hex(out, characters[i]);
            out += ">\n";
        }
        out += "endbfchar\n";
    }
    return out + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
}

}  // namespace

Letter Typesetter::letter(Face face, char32_t character) {
    // A face's ASCII is in its own font: no need to look where.
    const auto own = static_cast<std::size_t>(face);
    if (character < 128)
        if (const std::uint16_t code = used_[own].ascii[character]; code != 0)
            return {.font = static_cast<std::uint8_t>(own), .code = code, .width = used_[own].widths[code]};
    const Place place = place_of(face, character);
    Used& used = used_[place.font];
    std::uint16_t& code = character < 128 ? used.ascii[character] : used.others[character];
    if (code == 0) {
        code = static_cast<std::uint16_t>(used.glyphs.size());
        used.glyphs.push_back(place.glyph);
        used.characters.push_back(character);
        used.widths.push_back(static_cast<std::uint16_t>(fonts()[place.font].advance(place.glyph)));
    }
    return {.font = static_cast<std::uint8_t>(place.font), .code = code, .width = used.widths[code]};
}

Letters Typesetter::set(Face face, std::string_view utf8) {
    Letters letters;
    letters.reserve(utf8.size());
    for (const char32_t c : characters_of(utf8)) {
        Letter one = c == '\n' ? Letter{.is_line_end = true} : letter(face, c);
        one.is_space = c == ' ';
        letters.push_back(one);
    }
    return letters;
}

int Typesetter::write(PdfFile& file, const TrueType& font, const Used& used) {
    const std::string name = tag_of(used.characters) + "+" + std::string{font.name()};
    const int whole = file.reserve(), descendant = file.reserve(), descriptor = file.reserve(),
              program = file.reserve(), unicode = file.reserve();

    file.put(whole, "<</Type/Font/Subtype/Type0/BaseFont/" + name + "/Encoding/Identity-H/DescendantFonts[" +
                        PdfFile::reference(descendant) + "]/ToUnicode " + PdfFile::reference(unicode) + ">>");
    std::string widths;
    for (std::size_t code = 1; code < used.widths.size(); ++code)
        widths.append(std::to_string(used.widths[code])).push_back(' ');
    widths.pop_back();
    file.put(descendant,
             "<</Type/Font/Subtype/CIDFontType2/BaseFont/" + name +
                 "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW " +
                 std::to_string(font.advance(0)) + "/W[1[" + widths + "]]/FontDescriptor " +
                 PdfFile::reference(descriptor) + ">>");
    std::string box;
    for (const int side : font.box()) box.append(std::to_string(side)).push_back(' ');
    box.pop_back();
    // Flags: symbolic, which says that its codes are no standard ones.
    file.put(descriptor, "<</Type/FontDescriptor/FontName/" + name + "/Flags 4/FontBBox[" + box +
                             "]/ItalicAngle 0/Ascent " + std::to_string(font.ascent()) + "/Descent " +
                             std::to_string(font.descent()) + "/CapHeight 714/StemV 80/FontFile2 " +
                             PdfFile::reference(program) + ">>");
    const std::string bytes = font.subset(used.glyphs);
    file.put_stream(program, "/Length1 " + std::to_string(bytes.size()), bytes);
    file.put_stream(unicode, "", to_unicode(used.characters));
    return whole;
}

std::string Typesetter::write(PdfFile& file) const {
    std::string entries;
    for (std::size_t i = 0; i < used_.size(); ++i) {
        if (used_[i].glyphs.size() == 1) continue;
        const int font = write(file, fonts()[i], used_[i]);
        entries.append("/F").append(std::to_string(i)).append(" ").append(PdfFile::reference(font));
    }
    return entries;
}

Length width_of(const Letters& letters, Length size) {
    Length sum = 0;
    for (const Letter& one : letters) sum += one.width;
    return sum * size / 1000;
}

std::vector<Letters> wrapped(const Letters& letters, Length size, Length width) {
    const Length most = width * 1000 / size;
    std::vector<Letters> lines(1);
    Length taken = 0;
    const auto break_line = [&] {
        while (!lines.back().empty() && lines.back().back().is_space) lines.back().pop_back();
        lines.emplace_back();
        taken = 0;
    };
    for (auto at = letters.begin(); at != letters.end();) {
        if (at->is_line_end) {
            break_line();
            ++at;
            continue;
        }
        if (at->is_space) {
            // Not at the beginning of a line that the line before was too narrow for.
            if (!lines.back().empty()) {
                lines.back().push_back(*at);
                taken += at->width;
            }
            ++at;
            continue;
        }
        const auto end = std::find_if(at, letters.end(), [](const Letter& l) { return l.is_space || l.is_line_end; });
        Length word = 0;
        for (auto one = at; one != end; ++one) word += one->width;
        if (taken > 0 && taken + word > most) break_line();
        for (; at != end; ++at) {
            if (taken > 0 && taken + at->width > most) break_line();
            lines.back().push_back(*at);
            taken += at->width;
        }
    }
    while (!lines.back().empty() && lines.back().back().is_space) lines.back().pop_back();
    return lines;
}

void Page::number(Length value) {
    if (value < 0) contents_.push_back('-');
    const Length size = value < 0 ? -value : value;
    contents_ += std::to_string(size / 100);
    if (const Length rest = size % 100; rest != 0) {
        contents_.push_back('.');
        contents_.push_back(static_cast<char>('0' + rest / 10));
        if (rest % 10 != 0) contents_.push_back(static_cast<char>('0' + rest % 10));
    }
    contents_.push_back(' ');
}

void Page::ink(Ink wanted) {
    if (wanted.red == ink_.red && wanted.green == ink_.green && wanted.blue == ink_.blue) return;
    ink_ = wanted;
    for (const int part : {wanted.red, wanted.green, wanted.blue}) number(part * 100 / 255);
    contents_ += "rg\n";
}

void Page::text(const Letters& letters, Length size, Length left, Length baseline, Ink wanted) {
    if (letters.empty()) return;
    ink(wanted);
    contents_ += "BT ";
    bool is_first = true;
    for (auto at = letters.begin(); at != letters.end();) {
        const auto end = std::find_if(at, letters.end(), [&](const Letter& l) { return l.font != at->font; });
        contents_ += "/F" + std::to_string(at->font) + " ";
        number(size);
        contents_ += "Tf ";
        if (is_first) {
            number(left);
            number(height_ - baseline);
            contents_ += "Td ";
        }
        is_first = false;
        contents_.push_back('<');
        for (; at != end; ++at) append_hex(contents_, at->code);
        contents_ += ">Tj ";
    }
    contents_ += "ET\n";
}

void Page::rectangle(Length left, Length top, Length width, Length height, Ink wanted) {
    ink(wanted);
    number(left);
    number(height_ - top - height);
    number(width);
    number(height);
    contents_ += "re f\n";
}

void Page::image(std::string_view name, Length left, Length top, Length width, Length height) {
    contents_ += "q ";
    number(width);
    contents_ += "0 0 ";
    number(height);
    number(left);
    number(height_ - top - height);
    contents_ += "cm /";
    contents_ += name;
    contents_ += " Do Q\n";
}

}  // namespace florin::documents
