#pragma once

#include "florin/audit/audit.hpp"

namespace florin::audit {

/// A record with all that its hash covers.
struct StoredRecord {
    MerchantId merchant;
    Record record;
    std::vector<std::uint8_t> hash;
};

/// How far a lane has come.
struct Position {
    std::int64_t sequence = 0;
    Hash hash{};
};

struct LaneKey {
    MerchantId merchant;
    std::string lane;
    auto operator<=>(const LaneKey&) const = default;
};

/// The record's fields as `append` is given them; borrowed.
struct NewRecord {
    const Entry& entry;
    std::string_view lane;
    std::int64_t sequence;
    Instant created_at;
    std::string_view changes;
    std::string_view user_agent;
};

void insert_record(Tx& tx, const NewRecord& record, const Hash& hash);
Position select_head(Reader& reader, const LaneKey& lane);
std::optional<LaneKey> next_lane(Reader& reader, const LaneKey& after);
/// The records after `after` of `lane`, at most `limit`.
std::vector<StoredRecord> select_page(Reader& reader, const LaneKey& lane, std::int64_t after, std::int64_t limit);
void insert_head(Tx& tx, const Head& head);
std::int64_t last_signed(Reader& reader, const LaneKey& lane);
/// The signed heads after `after`, in the order of their key, at most `limit`.
std::vector<Head> select_heads(Reader& reader, const Head& after, std::int64_t limit);

}  // namespace florin::audit
