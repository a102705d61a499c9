#include "audit_store.hpp"

#include <algorithm>

namespace florin::audit {
namespace {

using store::Row;
using store::Sql;

const Sql insert_record_sql{"audit.insert_record", R"sql(
    INSERT INTO audit_log (merchant_id, lane, sequence, created_at, correlation_id, action, entity_type, entity_id,
                           user_id, changes, ip_address, user_agent, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
)sql"};

const Sql select_head_sql{"audit.select_head", R"sql(
    SELECT sequence, hash FROM audit_log WHERE merchant_id = $1 AND lane = $2 ORDER BY sequence DESC LIMIT 1
)sql"};

// The merchant's next lane, or the next merchant's first. Not `(merchant_id, lane) > ($1, $2)`: SQLite begins that at
// the lane itself and reads all of its records.
const Sql next_lane_sql{"audit.next_lane", R"sql(
    SELECT merchant_id, lane FROM (
        SELECT * FROM (SELECT merchant_id, lane FROM audit_log WHERE merchant_id = $1 AND lane > $2
                       ORDER BY merchant_id, lane LIMIT 1) AS here
        UNION ALL
        SELECT * FROM (SELECT merchant_id, lane FROM audit_log WHERE merchant_id > $1
                       ORDER BY merchant_id, lane LIMIT 1) AS behind) AS next
    ORDER BY merchant_id, lane LIMIT 1
)sql"};

const Sql select_page_sql{"audit.select_page", R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent, merchant_id, hash
    FROM audit_log WHERE merchant_id = $1 AND lane = $2 AND sequence > $3 ORDER BY sequence LIMIT $4
)sql"};

const Sql insert_head_sql{"audit.insert_head", R"sql(
    INSERT INTO audit_heads (merchant_id, lane, sequence, hash, signed_at, mac) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, lane, sequence) DO NOTHING
)sql"};

const Sql last_signed_sql{"audit.last_signed", R"sql(
    SELECT COALESCE(MAX(sequence), 0) FROM audit_heads WHERE merchant_id = $1 AND lane = $2
)sql"};

const Sql select_heads_sql{"audit.select_heads", R"sql(
    SELECT merchant_id, lane, sequence, hash, signed_at, mac FROM audit_heads
    WHERE (merchant_id, lane, sequence) > ($1, $2, $3) ORDER BY merchant_id, lane, sequence LIMIT $4
)sql"};

const Sql of_correlation_sql{"audit.list_by_correlation", R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent
    FROM audit_log WHERE merchant_id = $1 AND correlation_id = $2 ORDER BY created_at, lane, sequence LIMIT $3
)sql"};

const Sql of_entity_sql{"audit.list_by_entity", R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent
    FROM audit_log WHERE merchant_id = $1 AND entity_type = $2 AND entity_id = $3
    ORDER BY created_at DESC, lane DESC, sequence DESC LIMIT $4
)sql"};

// Whoever merges records with others sorts lanes by their bytes.
const Sql of_entity_after_sql{"audit.list_by_entity_after",
                              R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent
    FROM audit_log WHERE merchant_id = $1 AND entity_type = $2 AND entity_id = $3 AND created_at >= $4
        AND (created_at > $4 OR lane > $5 OR (lane = $5 AND sequence > $6))
    ORDER BY created_at, lane, sequence LIMIT $7
)sql",
                              R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent
    FROM audit_log WHERE merchant_id = $1 AND entity_type = $2 AND entity_id = $3 AND created_at >= $4
        AND (created_at > $4 OR lane COLLATE "C" > $5 OR (lane = $5 AND sequence > $6))
    ORDER BY created_at, lane COLLATE "C", sequence LIMIT $7
)sql"};

const Sql before_sql{"audit.list_by_time", R"sql(
    SELECT lane, sequence, created_at, correlation_id, action, entity_type, entity_id, user_id, changes, ip_address,
           user_agent
    FROM audit_log WHERE merchant_id = $1 AND created_at < $2
    ORDER BY created_at DESC, lane DESC, sequence DESC LIMIT $3
)sql"};

std::vector<std::uint8_t> octets(const Row& row, int column) {
    const auto bytes = row.bytes(column);
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {first, first + bytes.size()};
}

/// Bytes of another length, which only damage can make, become a hash that nothing has.
Hash hash_of(const Row& row, int column) {
    const auto bytes = octets(row, column);
    Hash hash{};
    if (bytes.size() == hash.size()) std::ranges::copy(bytes, hash.begin());
    return hash;
}

Record record_of(const Row& row) {
    return {row.string(0), row.integer(1), row.instant(2), row.string(3), row.string(4), row.string(5),
            row.string(6), row.string(7),  row.string(8),  row.string(9), row.string(10)};
}

}  // namespace

void insert_record(Tx& tx, const NewRecord& record, const Hash& hash) {
    const Entry& entry = record.entry;
    tx.later(insert_record_sql, entry.merchant, record.lane, record.sequence, record.created_at, entry.correlation_id,
             entry.action, entry.entity_type, entry.entity_id, entry.actor, record.changes, entry.ip_address,
             record.user_agent, hash);
}

Position select_head(Reader& reader, const LaneKey& lane) {
    const auto position_of = [](const Row& row) { return Position{row.integer(0), hash_of(row, 1)}; };
    return reader.first(select_head_sql, position_of, lane.merchant, lane.lane).value_or(Position{});
}

std::optional<LaneKey> next_lane(Reader& reader, const LaneKey& after) {
    const auto key_of = [](const Row& row) { return LaneKey{row.merchant(0), row.string(1)}; };
    return reader.first(next_lane_sql, key_of, after.merchant, after.lane);
}

std::vector<StoredRecord> select_page(Reader& reader, const LaneKey& lane, std::int64_t after, std::int64_t limit) {
    const auto stored_of = [](const Row& row) {
        return StoredRecord{row.merchant(11), record_of(row), octets(row, 12)};
    };
    return reader.all(select_page_sql, stored_of, lane.merchant, lane.lane, after, limit);
}

void insert_head(Tx& tx, const Head& head) {
    tx.later(insert_head_sql, head.merchant, head.lane, head.sequence, head.hash, head.signed_at, head.mac);
}

std::int64_t last_signed(Reader& reader, const LaneKey& lane) {
    return *reader.first(last_signed_sql, [](const Row& row) { return row.integer(0); }, lane.merchant, lane.lane);
}

std::vector<Head> select_heads(Reader& reader, const Head& after, std::int64_t limit) {
    const auto head_of = [](const Row& row) {
        return Head{row.merchant(0), row.string(1), row.integer(2), hash_of(row, 3), row.instant(4), hash_of(row, 5)};
    };
    return reader.all(select_heads_sql, head_of, after.merchant, after.lane, after.sequence, limit);
}

std::vector<Record> of_correlation(Reader& reader, MerchantId merchant, std::string_view correlation_id, int limit) {
    return reader.all(of_correlation_sql, record_of, merchant, correlation_id, limit);
}

std::vector<Record> of_entity(Reader& reader, MerchantId merchant, std::string_view entity_type,
                              std::string_view entity_id, int limit) {
    return reader.all(of_entity_sql, record_of, merchant, entity_type, entity_id, limit);
}

std::vector<Record> of_entity_after(Reader& reader, MerchantId merchant, std::string_view entity_type,
                                    std::string_view entity_id, const Moment& after, int limit) {
    return reader.all(of_entity_after_sql, record_of, merchant, entity_type, entity_id, after.at, after.lane,
                      after.sequence, limit);
}

std::vector<Record> before(Reader& reader, MerchantId merchant, Instant before, int limit) {
    return reader.all(before_sql, record_of, merchant, before, limit);
}

}  // namespace florin::audit
