#include "ledger_store.hpp"

namespace florin::ledger {
namespace {

using store::Row;
using store::Sql;

const Sql insert_entry_sql{"ledger.insert_entry", R"sql(
    INSERT INTO ledger_entries (merchant_id, journal_id, legs, kind, posted_at, leg, account, currency, amount_minor, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

// Almost every journal has two entries: one statement instead of two.
const Sql insert_pair_sql{"ledger.insert_pair", R"sql(
    INSERT INTO ledger_entries (merchant_id, journal_id, legs, kind, posted_at, leg, account, currency, amount_minor, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10),
           ($1, $2, $3, $4, $5, $11, $12, $13, $14, $15)
)sql"};

const Sql select_journal_sql{"ledger.select_journal", R"sql(
    SELECT merchant_id, journal_id, leg, legs, kind, account, currency, amount_minor, posted_at, digest
    FROM ledger_entries WHERE merchant_id = $1 AND journal_id = $2 ORDER BY leg
)sql"};

const Sql select_page_sql{"ledger.select_page", R"sql(
    SELECT merchant_id, journal_id, leg, legs, kind, account, currency, amount_minor, posted_at, digest
    FROM ledger_entries WHERE (merchant_id, journal_id, leg) > ($1, $2, $3)
    ORDER BY merchant_id, journal_id, leg LIMIT $4
)sql"};

const Sql fold_sql{"ledger.fold", R"sql(
    SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM ledger_entries
    WHERE merchant_id = $1 AND account = $2 AND currency = $3 AND posted_at >= $4 AND posted_at < $5
)sql"};

const Sql last_posted_sql{"ledger.last_posted", R"sql(
    SELECT posted_at FROM ledger_entries
    WHERE merchant_id = $1 AND account = $2 AND currency = $3 AND posted_at >= $4 AND posted_at < $5
    ORDER BY posted_at DESC LIMIT 1
)sql"};

// In the order of the same index.
const Sql movements_sql{"ledger.movements", R"sql(
    SELECT journal_id, kind, amount_minor, posted_at FROM ledger_entries
    WHERE merchant_id = $1 AND account = $2 AND currency = $3 AND (posted_at, amount_minor, journal_id) > ($4, $5, $6)
        AND posted_at < $7
    ORDER BY posted_at, amount_minor, journal_id LIMIT $8
)sql"};

// Reads the same index as ledger.fold.
const Sql sum_index_sql{"ledger.sum_index", R"sql(
    SELECT account, currency, CAST(SUM(amount_minor) AS BIGINT), CAST(SUM(posted_at % 1000000007) AS BIGINT)
    FROM ledger_entries WHERE merchant_id = $1 GROUP BY account, currency
)sql"};

const Sql next_account_sql{"ledger.next_account", R"sql(
    SELECT account, currency FROM ledger_entries
    WHERE merchant_id = $1 AND (account, currency) > ($2, $3)
    ORDER BY account, currency LIMIT 1
)sql"};

const Sql next_merchant_sql{"ledger.next_merchant", R"sql(
    SELECT merchant_id FROM ledger_entries WHERE merchant_id > $1 ORDER BY merchant_id LIMIT 1
)sql"};

const Sql select_snapshot_sql{"ledger.select_snapshot", R"sql(
    SELECT account, currency, up_to, balance_minor FROM ledger_balances
    WHERE merchant_id = $1 AND account = $2 AND currency = $3
)sql"};

const Sql select_snapshots_sql{"ledger.select_snapshots", R"sql(
    SELECT account, currency, up_to, balance_minor FROM ledger_balances
    WHERE merchant_id = $1 ORDER BY account, currency
)sql"};

const Sql select_strays_sql{"ledger.select_strays", R"sql(
    SELECT merchant_id, account, currency, up_to, balance_minor FROM ledger_balances
    WHERE NOT EXISTS (SELECT 1 FROM ledger_entries WHERE ledger_entries.merchant_id = ledger_balances.merchant_id)
    ORDER BY merchant_id, account, currency
)sql"};

// A later snapshot that somebody else took meanwhile stays, but for one that a clock took which was ahead.
const Sql upsert_snapshot_sql{"ledger.upsert_snapshot", R"sql(
    INSERT INTO ledger_balances (merchant_id, account, currency, up_to, balance_minor) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (merchant_id, account, currency)
    DO UPDATE SET up_to = excluded.up_to, balance_minor = excluded.balance_minor
    WHERE ledger_balances.up_to < excluded.up_to OR ledger_balances.up_to > $6
)sql"};

const Sql drop_snapshots_sql{"ledger.drop_snapshots",
                             "DELETE FROM ledger_balances WHERE merchant_id = $1 AND up_to > $2"};

StoredEntry entry_of(const Row& row) {
    const auto digest = row.bytes(9);
    const auto* first = reinterpret_cast<const std::uint8_t*>(digest.data());
    return {.merchant = row.merchant(0),
            .journal = row.id<JournalId>(1),
            .leg = row.integer(2),
            .legs = row.integer(3),
            .kind = row.string(4),
            .account = row.string(5),
            .currency = row.string(6),
            .amount_minor = row.integer(7),
            .posted_at = row.instant(8),
            .digest = {first, first + digest.size()}};
}

}  // namespace

void insert_entry(Tx& tx, const StoredEntry& entry) {
    tx.later(insert_entry_sql, entry.merchant, entry.journal, entry.legs, entry.kind, entry.posted_at, entry.leg,
             entry.account, entry.currency, entry.amount_minor, entry.digest);
}

void insert_pair(Tx& tx, const StoredEntry& first, const StoredEntry& second) {
    tx.later(insert_pair_sql, first.merchant, first.journal, first.legs, first.kind, first.posted_at, first.leg,
             first.account, first.currency, first.amount_minor, first.digest, second.leg, second.account,
             second.currency, second.amount_minor, second.digest);
}

std::vector<StoredEntry> select_journal(Reader& reader, MerchantId merchant, JournalId journal) {
    return reader.all(select_journal_sql, entry_of, merchant, journal);
}

std::vector<StoredEntry> select_page(Reader& reader, const StoredEntry& after, std::int64_t limit) {
    return reader.all(select_page_sql, entry_of, after.merchant, after.journal, after.leg, limit);
}

std::int64_t fold(Reader& reader, MerchantId merchant, const AccountKey& account, Instant from, Instant before) {
    return *reader.first(
        fold_sql, [](const Row& row) { return row.integer(0); }, merchant, account.account, account.currency, from,
        before);
}

std::optional<Instant> last_posted(Reader& reader, MerchantId merchant, const AccountKey& account, Instant from,
                                   Instant before) {
    return reader.first(
        last_posted_sql, [](const Row& row) { return row.instant(0); }, merchant, account.account, account.currency,
        from, before);
}

std::vector<Movement> select_movements(Reader& reader, MerchantId merchant, const AccountKey& account,
                                       const MovementPlace& after, Instant before, std::int64_t limit) {
    const auto movement_of = [](const Row& row) {
        return Movement{row.id<JournalId>(0), row.string(1), row.integer(2), row.instant(3)};
    };
    return reader.all(movements_sql, movement_of, merchant, account.account, account.currency, after.posted_at,
                      after.amount_minor, after.journal, before, limit);
}

std::vector<IndexSums> sum_index(Reader& reader, MerchantId merchant) {
    const auto sums_of = [](const Row& row) {
        return IndexSums{{row.string(0), row.string(1)}, row.integer(2), row.integer(3)};
    };
    return reader.all(sum_index_sql, sums_of, merchant);
}

std::optional<AccountKey> next_account(Reader& reader, MerchantId merchant, const AccountKey& after) {
    return reader.first(
        next_account_sql, [](const Row& row) { return AccountKey{row.string(0), row.string(1)}; }, merchant,
        after.account, after.currency);
}

std::optional<MerchantId> next_merchant(Reader& reader, MerchantId after) {
    return reader.first(next_merchant_sql, [](const Row& row) { return row.merchant(0); }, after);
}

std::optional<Snapshot> select_snapshot(Reader& reader, MerchantId merchant, const AccountKey& account) {
    const auto snapshot_of = [&](const Row& row) {
        return Snapshot{merchant, {row.string(0), row.string(1)}, row.instant(2), row.integer(3)};
    };
    return reader.first(select_snapshot_sql, snapshot_of, merchant, account.account, account.currency);
}

std::vector<Snapshot> select_snapshots(Reader& reader, MerchantId merchant) {
    const auto snapshot_of = [&](const Row& row) {
        return Snapshot{merchant, {row.string(0), row.string(1)}, row.instant(2), row.integer(3)};
    };
    return reader.all(select_snapshots_sql, snapshot_of, merchant);
}

std::vector<Snapshot> select_strays(Reader& reader) {
    return reader.all(select_strays_sql, [](const Row& row) {
        return Snapshot{row.merchant(0), {row.string(1), row.string(2)}, row.instant(3), row.integer(4)};
    });
}

void drop_snapshots(Tx& tx, MerchantId merchant, Instant after) { tx.later(drop_snapshots_sql, merchant, after); }

void upsert_snapshot(Tx& tx, const Snapshot& snapshot) {
    tx.later(upsert_snapshot_sql, snapshot.merchant, snapshot.account.account, snapshot.account.currency,
             snapshot.up_to, snapshot.balance_minor, tx.now());
}

}  // namespace florin::ledger
