#include "florin/chargebee/webhook.hpp"

#include <string>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "reply.hpp"

namespace florin::chargebee {

bool is_from_site(std::string_view header, std::string_view user, std::string_view password) {
    constexpr std::string_view scheme = "Basic ";
    if (password.empty() || !header.starts_with(scheme)) return false;
    header.remove_prefix(scheme.size());
    const auto came = security::from_base64(header);
    if (!came) return false;
    // Digests, so that not even the length shows.
    const std::string expected = std::string{user} + ":" + std::string{password};
    const std::string given{came->begin(), came->end()};
    return security::constant_time_equal(security::sha256(expected), security::sha256(given));
}

Result<payments::Notice> read_notice(std::string_view body) {
    const auto event = parse_reply(body);
    if (!event || read_text(*event, "object") != "event") return payments::webhook_unreadable();
    payments::Notice notice{
        .event_id = read_text(*event, "id"), .event_type = read_text(*event, "event_type"), .reference = {}};
    if (notice.event_id.empty() || notice.event_type.empty()) return payments::webhook_unreadable();
    const json::Value* content = event->find("content");
    if (const auto invoice = content == nullptr ? std::nullopt : read_invoice_in(*content))
        notice.reference = invoice->po_number;
    return notice;
}

}  // namespace florin::chargebee
