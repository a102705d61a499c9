#include <algorithm>
#include <map>

#include "audit_store.hpp"
#include "chain.hpp"
#include "florin/base/check.hpp"
#include "florin/security/hash.hpp"

namespace florin::audit {
namespace {

constexpr std::int64_t page_size = 5'000;

/// Signed heads of each lane, by the sequence that they speak of.
using Witnessed = std::map<LaneKey, std::multimap<std::int64_t, Hash>>;

/// Walks one lane from its first record on, and stops at the first with which something is wrong.
class LaneWalk {
public:
    LaneWalk(const Hash& key, LaneKey lane, const std::multimap<std::int64_t, Hash>& heads)
        : key_{key}, lane_{std::move(lane)}, heads_{heads} {}

    std::optional<Finding> walk(Reader& reader) {
        for (;;) {
            const auto page = select_page(reader, lane_, sequence_, page_size);
            for (const StoredRecord& stored : page)
                if (const auto fault = next(stored)) return Finding{*fault, lane_.merchant, lane_.lane, sequence_ + 1};
            if (std::ssize(page) < page_size) break;
        }
        // A head for more records than there are: the first of those that are gone is named.
        if (!heads_.empty() && heads_.rbegin()->first > sequence_)
            return Finding{Fault::tail_missing, lane_.merchant, lane_.lane, sequence_ + 1};
        return std::nullopt;
    }
    std::uint64_t records() const { return records_; }

private:
    std::optional<Fault> next(const StoredRecord& stored) {
        const Record& record = stored.record;
        if (record.sequence != sequence_ + 1) return Fault::missing;
        const Entry entry{.merchant = stored.merchant,
                          .correlation_id = record.correlation_id,
                          .action = record.action,
                          .entity_type = record.entity_type,
                          .entity_id = record.entity_id,
                          .actor = record.user_id,
                          .ip_address = record.ip_address};
        const Hash hash = link(key_, hash_,
                               {.entry = entry,
                                .lane = record.lane,
                                .sequence = record.sequence,
                                .created_at = record.created_at,
                                .changes = record.changes,
                                .user_agent = record.user_agent});
        if (!security::constant_time_equal(hash, stored.hash)) return Fault::altered;
        const auto [first, last] = heads_.equal_range(record.sequence);
        if (std::any_of(first, last, [&](const auto& head) { return head.second != hash; })) return Fault::altered;
        ++records_;
        sequence_ = record.sequence;
        hash_ = hash;
        return std::nullopt;
    }

    const Hash& key_;
    LaneKey lane_;
    const std::multimap<std::int64_t, Hash>& heads_;
    std::int64_t sequence_ = 0;
    Hash hash_{};
    std::uint64_t records_ = 0;
};

}  // namespace

Verified Log::verify(Reader& reader, const std::vector<Head>& witnesses) const {
    Verified verified;
    Witnessed witnessed;
    const auto hear = [&](const Head& head) {
        if (security::constant_time_equal(seal(key_, head), head.mac))
            witnessed[{head.merchant, head.lane}].emplace(head.sequence, head.hash);
        else
            verified.findings.push_back({Fault::head_forged, head.merchant, head.lane, head.sequence});
    };
    for (const Head& head : witnesses) hear(head);
    Head after;
    after.merchant = {INT64_MIN};
    for (std::vector<Head> page; !(page = select_heads(reader, after, page_size)).empty(); after = page.back())
        for (const Head& head : page) hear(head);

    // Lanes that have records, and lanes of which only a head tells.
    for (auto lane = next_lane(reader, {{INT64_MIN}, ""}); lane; lane = next_lane(reader, *lane)) witnessed[*lane];
    for (const auto& [lane, heads] : witnessed) {
        LaneWalk walk{key_, lane, heads};
        if (const auto finding = walk.walk(reader)) verified.findings.push_back(*finding);
        verified.records += walk.records();
        ++verified.lanes;
    }
    return verified;
}

std::string_view to_text(Fault fault) {
    switch (fault) {
        case Fault::altered:
            return "altered";
        case Fault::missing:
            return "missing";
        case Fault::tail_missing:
            return "tail_missing";
        case Fault::head_forged:
            return "head_forged";
    }
    check(false, "a fault is of a known kind");
    return {};
}

std::string to_text(const Finding& finding) {
    return std::string{to_text(finding.fault)} + " merchant=" + std::to_string(finding.merchant.value) +
           " lane=" + finding.lane + " sequence=" + std::to_string(finding.sequence);
}

}  // namespace florin::audit
