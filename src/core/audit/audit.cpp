#include "florin/audit/audit.hpp"

#include <unordered_map>

#include "audit_store.hpp"
#include "chain.hpp"
#include "florin/base/check.hpp"

namespace florin::audit {
namespace {

constexpr std::size_t max_user_agent = 512;

/// Where this connection's lane has come to, for each merchant.
struct Heads {
    std::unordered_map<MerchantId, Position> of;
};

/// At most `size` bytes, without cutting a character of UTF-8 in two.
std::string_view shortened(std::string_view text, std::size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return text.substr(0, size);
}

}  // namespace

void Log::append(Tx& tx, const Entry& entry) const {
    check(!entry.action.empty(), "an audit record says what was done");
    auto& heads = tx.memory().get<Heads>().of;
    auto known = heads.find(entry.merchant);
    if (known == heads.end()) {
        const LaneKey lane{entry.merchant, std::string{tx.lane()}};
        known = heads.emplace(entry.merchant, select_head(tx, lane)).first;
    }
    Position& head = known->second;
    const std::string changes = sanitised(entry.changes);
    const NewRecord record{.entry = entry,
                           .lane = tx.lane(),
                           .sequence = head.sequence + 1,
                           .created_at = entry.at.value_or(tx.now()),
                           .changes = changes,
                           .user_agent = shortened(entry.user_agent, max_user_agent)};
    const Hash hash = link(key_, head.hash, record);
    insert_record(tx, record, hash);
    head = {record.sequence, hash};
}

std::vector<Head> Log::anchor(Tx& tx) const {
    std::vector<Head> signed_now;
    for (auto lane = next_lane(tx, {{INT64_MIN}, ""}); lane; lane = next_lane(tx, *lane)) {
        const Position position = select_head(tx, *lane);
        if (position.sequence <= last_signed(tx, *lane)) continue;
        Head head{lane->merchant, lane->lane, position.sequence, position.hash, tx.now(), {}};
        head.mac = seal(key_, head);
        insert_head(tx, head);
        signed_now.push_back(std::move(head));
    }
    return signed_now;
}

}  // namespace florin::audit
