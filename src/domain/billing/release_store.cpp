#include "release_store.hpp"

namespace florin::billing::rows {
namespace {

using store::Row;
using store::Sql;

Sql find_release_sql{"billing.find_release", R"sql(
    SELECT released_until FROM billing_releases WHERE merchant_id = $1 AND kind = $2 AND id = $3
)sql"};
Sql put_release_sql{"billing.put_release", R"sql(
    INSERT INTO billing_releases (merchant_id, kind, id, released_until, released_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (merchant_id, kind, id) DO UPDATE SET released_until = excluded.released_until,
        released_at = excluded.released_at
)sql"};

}  // namespace

std::optional<Instant> find_released_until(Reader& reader, MerchantId merchant, const Turn& turn) {
    return reader.first(find_release_sql, [](const Row& row) { return row.instant(0); }, merchant, turn.kind, turn.id);
}

void put_released_until(Tx& tx, MerchantId merchant, const Turn& turn, Instant until) {
    tx.later(put_release_sql, merchant, turn.kind, turn.id, until, tx.now());
}

}  // namespace florin::billing::rows
