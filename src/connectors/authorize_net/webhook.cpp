#include "florin/authorize_net/webhook.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "florin/json/value.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::authorize_net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digest in `sha512=…`, in any case; nothing when it is not one.
std::optional<std::vector<std::uint8_t>> digest_in(std::string_view header) {
    constexpr std::string_view scheme = "sha512=";
    if (header.size() != scheme.size() + 128) return std::nullopt;
    const auto is_same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); };
    if (!std::ranges::equal(header.substr(0, scheme.size()), scheme, is_same)) return std::nullopt;
    return security::from_hex(header.substr(scheme.size()));
}

bool matches(std::string_view body, std::string_view key, const std::vector<std::uint8_t>& digest) {
    return security::constant_time_equal(security::hmac_sha512(key, body), digest);
}

/// The body with `authAmount` written with two decimals; nothing when it has them, or is not there once.
std::optional<std::string> with_two_decimals(std::string_view body) {
    constexpr std::string_view name = "\"authAmount\":";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos || body.find(name, at + 1) != std::string_view::npos) return std::nullopt;
    const std::size_t begin = at + name.size();
    std::size_t end = begin;
    while (end < body.size() && (is_digit(body[end]) || body[end] == '.')) ++end;
    std::string amount{body.substr(begin, end - begin)};
    const std::size_t point = amount.find('.');
    const std::size_t decimals = point == std::string::npos ? 0 : amount.size() - point - 1;
    if (amount.empty() || !is_digit(amount.front()) || decimals >= 2) return std::nullopt;
    if (point == std::string::npos) amount += '.';
    amount.append(2 - decimals, '0');
    return std::string{body.substr(0, begin)} + amount + std::string{body.substr(end)};
}

}  // namespace

bool is_signed(std::string_view body, std::string_view header, std::string_view signature_key) {
    const auto digest = digest_in(header);
    if (!digest || signature_key.empty()) return false;
    if (matches(body, signature_key, *digest)) return true;
    const auto other = with_two_decimals(body);
    return other && matches(*other, signature_key, *digest);
}

Result<payments::Notice> read_notice(std::string_view body) {
    const auto value = json::parse(body);
    if (!value) return payments::webhook_unreadable();
    const auto text = [](const json::Value* from, std::string_view name) {
        const json::Value* member = from != nullptr ? from->find(name) : nullptr;
        return std::string{member != nullptr && member->kind() == json::Kind::string ? member->text() : ""};
    };
    const json::Value* payload = value->find("payload");
    payments::Notice notice{.event_id = text(&*value, "notificationId"),
                            .event_type = text(&*value, "eventType"),
                            .reference = text(payload, "merchantReferenceId")};
    if (notice.event_id.empty() || notice.event_type.empty()) return payments::webhook_unreadable();
    if (notice.reference.empty()) notice.reference = text(payload, "invoiceNumber");
    return notice;
}

}  // namespace florin::authorize_net
