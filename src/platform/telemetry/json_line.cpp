#include "json_line.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace florin::telemetry {
namespace {

/// The code point at the front and its length in bytes; a length of 0 when there is none.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;
};

CodePoint first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
    std::uint32_t value = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        value = value << 6 | (byte(i) & 0x3f);
    }
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    const bool is_too_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (is_surrogate || is_too_long || value > 0x10ffff) return {};
    return {value, length};
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const auto [value, length] = first_of(text);
        if (length == 0) {
            out.append("\\ufffd");
            text.remove_prefix(1);
            continue;
        }
        if (value == '"' || value == '\\') {
            out.push_back('\\');
            out.push_back(static_cast<char>(value));
        } else if (value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    out.push_back('"');
}

}  // namespace florin::telemetry
