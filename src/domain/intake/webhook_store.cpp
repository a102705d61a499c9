#include "webhook_store.hpp"

#include <algorithm>

#include "florin/base/check.hpp"

namespace florin::intake::rows {
namespace {

using store::Row;
using store::Sql;

constexpr MerchantId installation{0};

Sql insert_sql{"webhook_events.insert", R"sql(
    INSERT INTO webhook_events (merchant_id, connector, event_id, id, event_type, reference, status, body_hash,
        sealed_body, correlation_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, 'received', $7, $8, $9, $10)
    ON CONFLICT (merchant_id, connector, event_id) DO NOTHING
)sql"};
Sql body_hash_sql{"webhook_events.body_hash", R"sql(
    SELECT body_hash FROM webhook_events WHERE merchant_id = $1 AND connector = $2 AND event_id = $3
)sql"};
Sql find_open_sql{"webhook_events.find_open", R"sql(
    SELECT event_type, reference, created_at FROM webhook_events
    WHERE merchant_id = $1 AND connector = $2 AND event_id = $3 AND status = 'received'
)sql"};
Sql finish_sql{"webhook_events.finish", R"sql(
    UPDATE webhook_events SET status = $4, processed_at = $5
    WHERE merchant_id = $1 AND connector = $2 AND event_id = $3 AND status = 'received'
)sql"};

Sql of_reference_sql{"webhook_events.of_reference", R"sql(
    SELECT connector, event_id, event_type, status, correlation_id, created_at, processed_at FROM webhook_events
    WHERE merchant_id = $1 AND reference = $2 AND reference <> '' ORDER BY created_at
)sql"};

}  // namespace

bool insert(store::Tx& tx, const NewEvent& e) {
    return tx.claim(insert_sql, installation, e.connector, e.event_id, e.id, e.event_type, e.reference,
                    std::span<const std::uint8_t>{e.body_hash}, e.sealed_body, e.correlation_id, tx.now());
}

BodyHash body_hash(store::Reader& reader, std::string_view connector, std::string_view event_id) {
    const auto map = [](const Row& row) {
        BodyHash hash{};
        const auto bytes = row.bytes(0);
        std::ranges::transform(bytes.first(std::min(bytes.size(), hash.size())), hash.begin(),
                               [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
        return hash;
    };
    const auto found = reader.first(body_hash_sql, map, installation, connector, event_id);
    check(found.has_value(), "an event that conflicts is there");
    return *found;
}

std::optional<Open> find_open(store::Reader& reader, std::string_view connector, std::string_view event_id) {
    const auto map = [](const Row& row) {
        return Open{.event_type = row.string(0), .reference = row.string(1), .created_at = row.instant(2)};
    };
    return reader.first(find_open_sql, map, installation, connector, event_id);
}

void finish(store::Tx& tx, std::string_view connector, std::string_view event_id, bool is_matched) {
    tx.later(finish_sql, installation, connector, event_id,
             is_matched ? std::string_view{"processed"} : std::string_view{"unmatched"}, tx.now());
}

std::vector<Received> of_reference(store::Reader& reader, std::string_view reference) {
    const auto map = [](const Row& row) {
        return Received{.connector = row.string(0),
                        .event_id = row.string(1),
                        .event_type = row.string(2),
                        .status = row.string(3),
                        .correlation_id = row.string(4),
                        .received_at = row.instant(5),
                        .processed_at = row.optional_instant(6)};
    };
    return reader.all(of_reference_sql, map, installation, reference);
}

}  // namespace florin::intake::rows
