#include "florin/http/message.hpp"

#include "text.hpp"
#include "wipe.hpp"

namespace florin::http {
namespace {

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
