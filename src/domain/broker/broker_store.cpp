#include "broker_store.hpp"

#include <algorithm>

#include "florin/base/check.hpp"

namespace florin::broker::rows {
namespace {

using store::Row;
using store::Sql;

constexpr MerchantId installation{0};

// $5 is now: what has run out may be taken by anybody.
Sql hold_lease_sql{"broker_leases.hold", R"sql(
    INSERT INTO broker_leases (merchant_id, name, holder, held_until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
    WHERE broker_leases.holder = excluded.holder OR broker_leases.held_until <= $5
)sql"};
Sql release_lease_sql{"broker_leases.release",
                      "DELETE FROM broker_leases WHERE merchant_id = $1 AND name = $2 AND holder = $3"};
Sql insert_sql{"broker_messages.insert", R"sql(
    INSERT INTO broker_messages (merchant_id, message_id, id, type, body_hash, sealed_body, correlation_id, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (merchant_id, message_id) DO NOTHING
)sql"};
Sql body_hash_sql{"broker_messages.body_hash",
                  "SELECT body_hash FROM broker_messages WHERE merchant_id = $1 AND message_id = $2"};
Sql sealed_body_sql{"broker_messages.sealed_body",
                    "SELECT sealed_body FROM broker_messages WHERE merchant_id = $1 AND message_id = $2"};

}  // namespace

bool hold_lease(Tx& tx, std::string_view name, std::string_view holder, Instant until) {
    return tx.run(hold_lease_sql, installation, name, holder, until, tx.now()) == 1;
}

void release_lease(Tx& tx, std::string_view name, std::string_view holder) {
    tx.later(release_lease_sql, installation, name, holder);
}

bool insert(Tx& tx, const NewMessage& m) {
    return tx.run(insert_sql, m.merchant, m.message_id, m.id, m.type, std::span<const std::uint8_t>{m.body_hash},
                  m.sealed_body, m.correlation_id, tx.now()) == 1;
}

BodyHash body_hash(Reader& reader, MerchantId merchant, std::string_view message_id) {
    const auto map = [](const Row& row) {
        BodyHash hash{};
        const auto bytes = row.bytes(0);
        std::ranges::transform(bytes.first(std::min(bytes.size(), hash.size())), hash.begin(),
                               [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
        return hash;
    };
    const auto found = reader.first(body_hash_sql, map, merchant, message_id);
    check(found.has_value(), "a message that conflicts is there");
    return *found;
}

std::optional<std::vector<std::uint8_t>> sealed_body(Reader& reader, MerchantId merchant, std::string_view message_id) {
    const auto map = [](const Row& row) {
        const auto bytes = row.bytes(0);
        std::vector<std::uint8_t> octets(bytes.size());
        std::ranges::transform(bytes, octets.begin(), [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
        return octets;
    };
    return reader.first(sealed_body_sql, map, merchant, message_id);
}

}  // namespace florin::broker::rows
