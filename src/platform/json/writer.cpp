#include "florin/json/writer.hpp"

#include <array>
#include <charconv>

namespace florin::json {
namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\b':
            out.append("\\b");
            return;
        case '\f':
            out.append("\\f");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            break;
    }
    constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\u00");
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
}

}  // namespace

Writer& Writer::value(std::string_view text) {
    comma();
    out_.push_back('"');
    std::size_t written = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape[static_cast<unsigned char>(text[i])]) continue;
        out_.append(text, written, i - written);
        append_escape(out_, text[i]);
        written = i + 1;
    }
    out_.append(text, written);
    out_.push_back('"');
    return *this;
}

Writer& Writer::value(std::int64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return raw({digits.data(), end});
}

Writer& Writer::value(const Uuid& id) {
    std::array<char, 38> text;
    text.front() = text.back() = '"';
    write_text(id, text.data() + 1);
    return raw({text.data(), text.size()});
}

}  // namespace florin::json
