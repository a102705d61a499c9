#include "hold_store.hpp"

namespace florin::billing::rows {
namespace {

using store::Row;
using store::Sql;

Sql find_sql{"billing.find_hold", R"sql(
    SELECT due_at, periods, released_until FROM billing_holds WHERE merchant_id = $1 AND kind = $2 AND id = $3
)sql"};
Sql put_sql{"billing.put_hold", R"sql(
    INSERT INTO billing_holds (merchant_id, kind, id, due_at, periods, held_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, kind, id) DO UPDATE SET due_at = excluded.due_at, periods = excluded.periods,
        held_at = excluded.held_at, released_at = NULL, released_until = NULL
)sql"};
Sql release_sql{"billing.release_hold", R"sql(
    UPDATE billing_holds SET released_at = $4, released_until = $5
    WHERE merchant_id = $1 AND kind = $2 AND id = $3 AND released_until IS NULL
)sql"};

}  // namespace

std::optional<Hold> find_hold(Reader& reader, MerchantId merchant, const Turn& turn) {
    const auto hold_of = [](const Row& row) {
        return Hold{.due_at = row.instant(0), .periods = row.integer(1), .released_until = row.optional_instant(2)};
    };
    return reader.first(find_sql, hold_of, merchant, turn.kind, turn.id);
}

void put_hold(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at, std::int64_t periods) {
    tx.later(put_sql, merchant, turn.kind, turn.id, due_at, periods, tx.now());
}

bool release_hold(Tx& tx, MerchantId merchant, const Turn& turn, Instant until) {
    return tx.claim(release_sql, merchant, turn.kind, turn.id, tx.now(), until);
}

}  // namespace florin::billing::rows
