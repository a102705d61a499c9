#include "true_type.hpp"

#include <algorithm>
#include <map>

#include "florin/base/check.hpp"

namespace florin::documents {
namespace {

std::uint16_t u16(std::string_view bytes, std::size_t at) {
    check(at + 2 <= bytes.size(), "a font's tables hold what they say");
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8 |
                                      static_cast<std::uint8_t>(bytes[at + 1]));
}
std::int16_t i16(std::string_view bytes, std::size_t at) { return static_cast<std::int16_t>(u16(bytes, at)); }
std::uint32_t u32(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint32_t>(u16(bytes, at)) << 16 | u16(bytes, at + 2);
}

void put16(std::string& out, std::uint32_t value) {
    out.push_back(static_cast<char>(value >> 8 & 0xff));
    out.push_back(static_cast<char>(value & 0xff));
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}
void set16(std::string& out, std::size_t at, std::uint32_t value) {
    out[at] = static_cast<char>(value >> 8 & 0xff);
    out[at + 1] = static_cast<char>(value & 0xff);
}
void set32(std::string& out, std::size_t at, std::uint32_t value) {
    set16(out, at, value >> 16);
    set16(out, at + 2, value & 0xffff);
}

std::uint32_t sum_of(std::string_view table) {
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at + 4 <= table.size(); at += 4) sum += u32(table, at);
    return sum;
}

// Flags of a composite glyph's component.
constexpr std::uint32_t arguments_are_words = 0x1, has_scale = 0x8, more_follow = 0x20, has_two_scales = 0x40,
                        has_matrix = 0x80, has_instructions = 0x100;

/// How long a component is after its flags and its glyph.
std::size_t component_tail(std::uint32_t flags) {
    std::size_t size = flags & arguments_are_words ? 4 : 2;
    if (flags & has_scale) size += 2;
    if (flags & has_two_scales) size += 4;
    if (flags & has_matrix) size += 8;
    return size;
}

/// A simple outline without its instructions.
std::string without_hints(std::string_view outline, std::size_t contours) {
    const std::size_t head = 10 + 2 * contours;
    const std::size_t hints = u16(outline, head);
    std::string out{outline.substr(0, head)};
    put16(out, 0);
    out += outline.substr(head + 2 + hints);
    return out;
}

}  // namespace

TrueType::TrueType(std::string_view name, std::string_view bytes) : name_{name}, bytes_{bytes} {
    const std::string_view head = table("head"), hhea = table("hhea");
    glyf_ = table("glyf");
    loca_ = table("loca");
    hmtx_ = table("hmtx");
    units_per_em_ = u16(head, 18);
    has_long_offsets_ = u16(head, 50) != 0;
    glyph_count_ = u16(table("maxp"), 4);
    metric_count_ = u16(hhea, 34);
    check(units_per_em_ > 0 && metric_count_ > 0, "a font has a size and widths");
    ascent_ = thousandths(i16(hhea, 4));
    descent_ = thousandths(i16(hhea, 6));
    for (std::size_t i = 0; i < box_.size(); ++i) box_[i] = thousandths(i16(head, 36 + 2 * i));

    // The characters of the basic plane, as Windows asks for them.
    const std::string_view cmap = table("cmap");
    for (std::size_t i = 0; i < u16(cmap, 2); ++i) {
        const std::string_view part = cmap.substr(u32(cmap, 8 + 8 * i));
        if (u16(cmap, 4 + 8 * i) == 3 && u16(cmap, 6 + 8 * i) == 1 && u16(part, 0) == 4) segments_ = part;
    }
    check(!segments_.empty(), "a font says which characters it has");
}

std::string_view TrueType::table(std::string_view tag) const {
    for (std::size_t i = 0; i < u16(bytes_, 4); ++i) {
        const std::size_t entry = 12 + 16 * i;
        if (bytes_.substr(entry, 4) == tag) return bytes_.substr(u32(bytes_, entry + 8), u32(bytes_, entry + 12));
    }
    check(false, "a font has the tables that it needs");
    return {};
}

TrueType::Glyph TrueType::glyph_of(char32_t character) const {
    if (character > 0xffff) return 0;
    const std::size_t twice = u16(segments_, 6);
    const std::size_t ends = 14, starts = 16 + twice, deltas = starts + twice, offsets = deltas + twice;
    // The segments are sorted by their ends, and the last one's is the last character.
    std::size_t low = 0, high = twice / 2;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (u16(segments_, ends + 2 * middle) < character)
            low = middle + 1;
        else
            high = middle;
    }
    const std::size_t at = 2 * low;
    if (at >= twice || u16(segments_, starts + at) > character) return 0;
    const std::uint16_t offset = u16(segments_, offsets + at), delta = u16(segments_, deltas + at);
    if (offset == 0) return static_cast<Glyph>(character + delta);
    const std::size_t place = offsets + at + offset + 2 * (character - u16(segments_, starts + at));
    const Glyph glyph = u16(segments_, place);
    return glyph == 0 ? Glyph{0} : static_cast<Glyph>(glyph + delta);
}

int TrueType::advance(Glyph glyph) const {
    const std::size_t metric = std::min<std::size_t>(glyph, metric_count_ - 1U);
    return thousandths(u16(hmtx_, 4 * metric));
}

std::string_view TrueType::outline(Glyph glyph) const {
    check(glyph < glyph_count_, "a font has the glyphs that it names");
    const auto offset = [&](std::size_t i) { return has_long_offsets_ ? u32(loca_, 4 * i) : 2U * u16(loca_, 2 * i); };
    return glyf_.substr(offset(glyph), offset(glyph + 1U) - offset(glyph));
}

std::string TrueType::subset(const std::vector<Glyph>& glyphs) const {
    std::vector<Glyph> all = glyphs;
    std::map<Glyph, std::uint32_t> place;
    for (std::size_t i = 0; i < all.size(); ++i) place.emplace(all[i], static_cast<std::uint32_t>(i));

    std::string glyf, loca, hmtx;
    for (std::size_t i = 0; i < all.size(); ++i) {
        put32(loca, static_cast<std::uint32_t>(glyf.size()));
        put16(hmtx, u16(hmtx_, 4 * std::min<std::size_t>(all[i], metric_count_ - 1U)));
        const std::string_view from = outline(all[i]);
        put16(hmtx, from.empty() ? 0U : u16(from, 2));
        if (from.empty()) continue;
        if (const int contours = i16(from, 0); contours >= 0) {
            glyf += without_hints(from, static_cast<std::size_t>(contours));
        } else {
            std::string made{from};
            std::size_t at = 10;
            for (bool is_more = true; is_more;) {
                const std::uint32_t flags = u16(made, at);
                const auto [component, is_new] =
                    place.emplace(u16(made, at + 2), static_cast<std::uint32_t>(all.size()));
                if (is_new) all.push_back(component->first);
                set16(made, at, flags & ~has_instructions);
                set16(made, at + 2, component->second);
                at += 4 + component_tail(flags);
                is_more = (flags & more_follow) != 0;
            }
            glyf += made.substr(0, at);
        }
        glyf.resize((glyf.size() + 3) / 4 * 4);
    }
    put32(loca, static_cast<std::uint32_t>(glyf.size()));

    std::string head{table("head")}, hhea{table("hhea")}, maxp{table("maxp")};
    const auto count = static_cast<std::uint32_t>(all.size());
    set32(head, 8, 0);
    set16(head, 50, 1);
    set16(hhea, 34, count);
    set16(maxp, 4, count);

    struct Part {
        std::string_view tag;
        std::string* bytes;
    };
    const std::array<Part, 6> parts{Part{"glyf", &glyf}, Part{"head", &head}, Part{"hhea", &hhea},
                                    Part{"hmtx", &hmtx}, Part{"loca", &loca}, Part{"maxp", &maxp}};
    std::string out;
    out.reserve(glyf.size() + hmtx.size() + loca.size() + 400);
    put32(out, 0x00010000);
    put16(out, parts.size());
    // The largest power of two among six is four: sixteen times it, its exponent, and what is beyond.
    put16(out, 64);
    put16(out, 2);
    put16(out, 16 * parts.size() - 64);
    std::size_t at = 12 + 16 * parts.size(), head_at = 0;
    for (const Part& part : parts) {
        const std::size_t size = part.bytes->size();
        part.bytes->resize((size + 3) / 4 * 4);
        if (part.tag == "head") head_at = at;
        out += part.tag;
        put32(out, sum_of(*part.bytes));
        put32(out, static_cast<std::uint32_t>(at));
        put32(out, static_cast<std::uint32_t>(size));
        at += part.bytes->size();
    }
    for (const Part& part : parts) out += *part.bytes;
    set32(out, head_at + 8, 0xB1B0AFBAU - sum_of(out));
    return out;
}

}  // namespace florin::documents
