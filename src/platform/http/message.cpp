#include "florin/http/message.hpp"

#include "wipe.hpp"

namespace florin::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The length of the UTF-8 sequence at the front of `text`, 0 when there is no valid one.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // Longer than needed, a surrogate, or beyond Unicode.
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return 0;
    if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return 0;
    return length;
}

bool is_plain_text(std::string_view text) {
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const std::size_t length = sequence_length(text);
        if (length == 0 || first < 0x20 || first == 0x7f) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out.push_back(' ');
        } else if (text[i] != '%') {
            out.push_back(text[i]);
        } else {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
    }
    if (!is_plain_text(out)) return std::nullopt;
    return out;
}

/// Calls `use(name, value)`, both decoded, until it returns false; null stands for what cannot be decoded.
template <class Use>
void each_parameter(std::string_view query, Use use) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals));
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!use(std::move(name), std::move(value))) return;
    }
}

}  // namespace

std::string_view Request::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_case_name) return value;
    return {};
}

std::optional<std::string> Request::parameter(std::string_view name) const {
    std::optional<std::string> found;
    each_parameter(query, [&](std::optional<std::string> known, std::optional<std::string> value) {
        if (known != name || !value) return true;
        found = std::move(value);
        return false;
    });
    return found;
}

std::vector<Header> Request::parameters() const {
    std::vector<Header> all;
    each_parameter(query, [&](std::optional<std::string> name, std::optional<std::string> value) {
        if (name && value) all.emplace_back(std::move(*name), std::move(*value));
        return true;
    });
    return all;
}

bool Request::has_valid_query() const {
    bool is_valid = true;
    each_parameter(query, [&](const std::optional<std::string>& name, const std::optional<std::string>& value) {
        is_valid = name && value;
        return is_valid;
    });
    return is_valid;
}

void Request::wipe() { http::wipe(body); }

}  // namespace florin::http
