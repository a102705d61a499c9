#include "signature.hpp"

#include <algorithm>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::buckaroo {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

/// The address without its scheme as PHP's `urlencode` writes it, all in lower case.
std::string encoded(std::string_view url) {
    constexpr std::string_view digits = "0123456789abcdef";
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    std::string out;
    for (const char c : url) {
        const char small = to_lower(c);
        if ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.') {
            out.push_back(small);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
        }
    }
    return out;
}

}  // namespace

std::string signature_of(const Message& message, std::string_view secret_key) {
    std::string text{message.website_key};
    text.append(message.method).append(encoded(message.url)).append(message.time).append(message.nonce);
    if (!message.body.empty()) text.append(security::to_base64(security::md5(message.body)));
    return security::to_base64(security::hmac_sha256(secret_key, text));
}

std::optional<Authorization> parse_authorization(std::string_view header) {
    constexpr std::string_view scheme = "hmac ";
    if (lower(header.substr(0, scheme.size())) != scheme) return std::nullopt;
    header.remove_prefix(scheme.size());
    std::string_view parts[4];
    for (std::size_t i = 0; i < std::size(parts); ++i) {
        const auto colon = header.find(':');
        if ((colon == std::string_view::npos) != (i + 1 == std::size(parts))) return std::nullopt;
        parts[i] = header.substr(0, colon);
        if (parts[i].empty()) return std::nullopt;
        header.remove_prefix(colon == std::string_view::npos ? header.size() : colon + 1);
    }
    return Authorization{parts[0], parts[1], parts[2], parts[3]};
}

std::string to_text(const Authorization& authorization) {
    std::string text = "hmac ";
    text.append(authorization.website_key).append(":").append(authorization.signature);
    return text.append(":").append(authorization.nonce).append(":").append(authorization.time);
}

std::string form_signature_of(std::vector<http::Header> fields, std::string_view secret_key) {
    std::erase_if(fields, [](const http::Header& field) {
        const std::string name = lower(field.first);
        const std::string_view prefix = std::string_view{name}.substr(0, name.find('_'));
        const bool is_signed = prefix == "brq" || prefix == "add" || prefix == "cust";
        return !is_signed || name == "brq_signature";
    });
    std::ranges::sort(fields, {}, [](const http::Header& field) { return std::pair{lower(field.first), field.first}; });
    std::string text;
    for (const auto& [name, value] : fields) text.append(name).append("=").append(value);
    return security::to_hex(security::sha1(text.append(secret_key)));
}

}  // namespace florin::buckaroo
