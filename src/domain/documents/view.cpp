#include "bodies.hpp"
#include "florin/security/encoding.hpp"

namespace florin::documents {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

DocumentView view_of(const Document& document) {
    const bool has_owner = !document.owner_kind.empty();
    return {.id = document.id,
            .kind = std::string{to_text(document.kind)},
            .number = document.number,
            .customer_id = document.customer_id,
            .issued_on = calendar::to_text(document.issued_on),
            .currency = std::string{document.total.code()},
            .total = {to_major_text(document.total)},
            .owner_kind = or_nothing(document.owner_kind),
            .owner_id = has_owner ? std::optional{document.owner} : std::nullopt,
            .refers_to = document.refers_to,
            .created_at = document.created_at};
}

AcceptanceView view_of(const Acceptance& acceptance) {
    return {.accepted_at = acceptance.accepted_at,
            .pdf_sha256 = security::to_hex(acceptance.pdf_sha256),
            .name = or_nothing(acceptance.name),
            .ip_address = or_nothing(acceptance.ip_address),
            .user_agent = or_nothing(acceptance.user_agent)};
}

}  // namespace florin::documents
