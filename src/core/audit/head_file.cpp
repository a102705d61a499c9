#include <algorithm>

#include "florin/audit/audit.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"

namespace florin::audit {
namespace {

bool read_hash(const json::Value* value, Hash& hash) {
    if (value == nullptr || value->kind() != json::Kind::string) return false;
    const auto bytes = security::from_hex(value->text());
    if (!bytes || bytes->size() != hash.size()) return false;
    std::ranges::copy(*bytes, hash.begin());
    return true;
}

}  // namespace

std::string to_json(const Head& head) {
    std::string text;
    json::Writer json{text};
    json.open('{')
        .field("merchant", head.merchant.value)
        .field("lane", head.lane)
        .field("sequence", head.sequence)
        .field("hash", security::to_hex(head.hash))
        .field("signed_at", head.signed_at.ms)
        .field("mac", security::to_hex(head.mac))
        .close('}');
    return text;
}

Result<Head> parse_head(std::string_view line) {
    const auto malformed = [] {
        return fail(ErrorKind::invalid, "malformed_audit_head", "This is not a head of the audit log.");
    };
    const auto value = json::parse(line);
    if (!value || value->kind() != json::Kind::object) return malformed();
    const auto integer = [&](std::string_view name) -> std::optional<std::int64_t> {
        const auto* found = value->find(name);
        if (found == nullptr || found->kind() != json::Kind::number) return std::nullopt;
        return found->integer();
    };
    const auto merchant = integer("merchant");
    const auto sequence = integer("sequence");
    const auto signed_at = integer("signed_at");
    const auto* lane = value->find("lane");
    if (!merchant || !sequence || !signed_at || lane == nullptr || lane->kind() != json::Kind::string)
        return malformed();
    Head head;
    head.merchant = {*merchant};
    head.lane = lane->text();
    head.sequence = *sequence;
    head.signed_at = {*signed_at};
    if (!read_hash(value->find("hash"), head.hash) || !read_hash(value->find("mac"), head.mac)) return malformed();
    return head;
}

}  // namespace florin::audit
