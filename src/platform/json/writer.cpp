#include "florin/json/writer.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace florin::json {
namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

/// Eight characters at a time: whether one of them is below a space, a quote or a backslash. Subtracting borrows into
/// the top bit of the bytes that are too small; where one is found, those behind it may be taken for such, too.
bool has_escape(std::uint64_t eight) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    constexpr std::uint64_t top_bits = 0x80 * ones;
    const std::uint64_t quote = eight ^ ('"' * ones);
    const std::uint64_t backslash = eight ^ ('\\' * ones);
    return ((((eight - 0x20 * ones) & ~eight) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) &
            top_bits) != 0;
}

std::uint64_t eight_at(const char* at) {
    std::uint64_t eight;
    std::memcpy(&eight, at, sizeof eight);
    return eight;
}

bool has_escape(std::string_view text) {
    constexpr std::size_t word = sizeof(std::uint64_t);
    if (text.size() < word) {
        for (const char c : text)
            if (needs_escape[static_cast<unsigned char>(c)]) return true;
        return false;
    }
    for (std::size_t at = 0; at + word < text.size(); at += word)
        if (has_escape(eight_at(text.data() + at))) return true;
    // The last eight, some of them once more.
    return has_escape(eight_at(text.data() + text.size() - word));
}

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

void Writer::append_escaped(std::string_view text) {
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
}

Writer& Writer::key(std::string_view name) {
    value(name);
    out_.push_back(':');
    is_first_ = true;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    comma();
    if (has_escape(text)) {
        append_escaped(text);
        return *this;
    }
    // Nearly always: both quotes and the text in one step.
    const std::size_t before = out_.size();
    const std::size_t after = before + text.size() + 2;
    out_.resize_and_overwrite(after, [&](char* all, std::size_t) {
        all[before] = '"';
        if (!text.empty()) std::memcpy(all + before + 1, text.data(), text.size());
        all[after - 1] = '"';
        return after;
    });
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

Writer& Writer::value(Instant at) {
    std::array<char, 26> text;
    text.front() = text.back() = '"';
    write_text(at, text.data() + 1);
    return raw({text.data(), text.size()});
}

}  // namespace florin::json
