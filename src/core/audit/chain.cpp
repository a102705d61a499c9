#include "chain.hpp"

#include "florin/security/hash.hpp"

namespace florin::audit {
namespace {

/// Text that no other fields could have made: lengths lead.
class Canonical {
public:
    explicit Canonical(std::string_view purpose) {
        text_.reserve(768);
        add(purpose);
    }
    Canonical& add(std::int64_t number) {
        for (int shift = 56; shift >= 0; shift -= 8) text_.push_back(static_cast<char>(number >> shift));
        return *this;
    }
    Canonical& add(std::string_view part) {
        add(static_cast<std::int64_t>(part.size()));
        text_.append(part);
        return *this;
    }
    Canonical& add(const Hash& hash) {
        return add(std::string_view{reinterpret_cast<const char*>(hash.data()), hash.size()});
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace

Hash link(const Hash& key, const Hash& previous, const NewRecord& record) {
    Canonical canonical{"record"};
    canonical.add(previous)
        .add(record.entry.merchant.value)
        .add(record.lane)
        .add(record.sequence)
        .add(record.created_at.ms)
        .add(record.entry.correlation_id)
        .add(record.entry.action)
        .add(record.entry.entity_type)
        .add(record.entry.entity_id)
        .add(record.entry.actor)
        .add(record.changes)
        .add(record.entry.ip_address)
        .add(record.user_agent);
    return security::hmac_sha256(key, canonical.text());
}

Hash seal(const Hash& key, const Head& head) {
    Canonical canonical{"head"};
    canonical.add(head.merchant.value).add(head.lane).add(head.sequence).add(head.hash).add(head.signed_at.ms);
    return security::hmac_sha256(key, canonical.text());
}

}  // namespace florin::audit
