#include "settlement_store.hpp"

#include "florin/store/store.hpp"
#include "row_values.hpp"

namespace florin::reconciliation::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_SETTLEMENT_COLUMNS                                                                                  \
    "merchant_id, id, connector, provider_id, state, settled_at, currency, total_minor, progress, cursor, lines, " \
    "gross_minor, fee_minor, bank_minor, version, imported_at, created_at, updated_at"
#define FLORIN_SHARE_COLUMNS \
    "merchant_id, account_merchant_id, settlement_id, connector, settled_at, lines, gross_minor, fee_minor"
#define FLORIN_LINE_COLUMNS                                                                                         \
    "merchant_id, id, settlement_id, provider_id, kind, status, currency, gross_minor, fee_minor, expected_minor, " \
    "reference, operation_id, description, payment_id, transaction_id, created_at"

const Sql insert_settlement_sql{"settlements.insert", R"sql(
    INSERT INTO settlements (merchant_id, id, connector, provider_id, state, settled_at, currency, total_minor, progress,
        cursor, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', '', 1, $9, $9)
    ON CONFLICT (connector, provider_id) DO NOTHING
)sql"};
const Sql update_settlement_sql{"settlements.update", R"sql(
    UPDATE settlements SET state = $4, settled_at = $5, currency = $6, total_minor = $7, progress = $8, cursor = $9,
        lines = $10, gross_minor = $11, fee_minor = $12, bank_minor = $13, imported_at = $14, version = $3,
        updated_at = $15
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $3
)sql"};
const Sql find_settlement_sql{
    "settlements.find", "SELECT " FLORIN_SETTLEMENT_COLUMNS " FROM settlements WHERE merchant_id = $1 AND id = $2"};
const Sql find_by_provider_id_sql{"settlements.find_by_provider_id",
                                  "SELECT " FLORIN_SETTLEMENT_COLUMNS
                                  " FROM settlements WHERE connector = $1 AND provider_id = $2"};
const Sql has_settlements_sql{"settlements.has_any", "SELECT 1 FROM settlements WHERE connector = $1 LIMIT 1"};
const Sql has_paid_since_sql{"settlements.has_paid_since", R"sql(
    SELECT 1 FROM settlements
    WHERE connector = $1 AND settled_at >= $2 AND state = 'paid' AND progress = 'imported' AND lines > 0 LIMIT 1
)sql"};
const Sql unfinished_sql{"settlements.unfinished",
                         "SELECT " FLORIN_SETTLEMENT_COLUMNS
                         " FROM settlements WHERE connector = $1 AND progress = 'waiting' ORDER BY settled_at, id"};

const Sql add_to_share_sql{"settlement_shares.add", R"sql(
    INSERT INTO settlement_shares (merchant_id, account_merchant_id, settlement_id, connector, settled_at, lines,
        gross_minor, fee_minor)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (merchant_id, settlement_id) DO UPDATE SET lines = settlement_shares.lines + excluded.lines,
        gross_minor = settlement_shares.gross_minor + excluded.gross_minor,
        fee_minor = settlement_shares.fee_minor + excluded.fee_minor, settled_at = excluded.settled_at
)sql"};
const Sql move_shares_sql{"settlement_shares.move", R"sql(
    UPDATE settlement_shares SET settled_at = $2 WHERE settlement_id = $1
)sql"};
const Sql find_share_sql{"settlement_shares.find",
                         "SELECT " FLORIN_SHARE_COLUMNS
                         " FROM settlement_shares WHERE merchant_id = $1 AND settlement_id = $2"};
const Sql list_shares_sql{"settlement_shares.list", "SELECT " FLORIN_SHARE_COLUMNS R"sql(
    FROM settlement_shares
    WHERE merchant_id = $1 AND settlement_id < $2 AND settled_at >= $3 AND settled_at < $4 AND (connector = $5 OR $5 = '')
        AND ($6 = '' OR EXISTS (SELECT 1 FROM settlements WHERE settlements.merchant_id = account_merchant_id
                                AND settlements.id = settlement_id AND settlements.state = $6))
    ORDER BY settlement_id DESC LIMIT $7
)sql"};
const Sql shares_of_sql{"settlement_shares.of_settlement",
                        "SELECT " FLORIN_SHARE_COLUMNS
                        " FROM settlement_shares WHERE settlement_id = $1 ORDER BY merchant_id"};

const Sql is_line_known_sql{"settlement_lines.is_known",
                            "SELECT 1 FROM settlement_lines WHERE settlement_id = $1 AND provider_id = $2"};
const Sql insert_line_sql{"settlement_lines.insert", R"sql(
    INSERT INTO settlement_lines (merchant_id, id, settlement_id, provider_id, kind, status, currency, gross_minor,
        fee_minor, expected_minor, reference, operation_id, description, payment_id, transaction_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
)sql"};
const Sql update_line_sql{"settlement_lines.update", R"sql(
    UPDATE settlement_lines SET merchant_id = $3, status = $4, expected_minor = $5, payment_id = $6, transaction_id = $7,
        reference = $8
    WHERE merchant_id = $1 AND id = $2
)sql"};
const Sql find_line_sql{"settlement_lines.find",
                        "SELECT " FLORIN_LINE_COLUMNS " FROM settlement_lines WHERE merchant_id = $1 AND id = $2"};
const Sql list_lines_sql{"settlement_lines.list",
                         "SELECT " FLORIN_LINE_COLUMNS
                         " FROM settlement_lines WHERE merchant_id = $1 AND settlement_id = $2 AND id > $3 AND "
                         "(status = $4 OR $4 = '' OR ($4 = 'differs' AND status <> 'matched')) ORDER BY id LIMIT $5"};
const Sql settled_of_sql{"settlement_lines.settled_of", R"sql(
    SELECT transaction_id, expected_minor, NULL FROM settlement_lines
    WHERE merchant_id = $1 AND payment_id = $2 AND transaction_id IS NOT NULL AND status IN ('matched', 'amount_differs')
        AND id <> $3
    UNION ALL
    SELECT NULL, missing_minor, resolution FROM settlement_differences
    WHERE merchant_id = $1 AND payment_id = $2 AND kind = 'not_settled' AND status = 'resolved'
        AND resolution IN ('waived', 'paid_elsewhere')
)sql"};
const Sql is_settled_sql{"settlement_lines.is_settled", R"sql(
    SELECT 1 FROM settlement_lines
    WHERE merchant_id = $1 AND payment_id = $2 AND transaction_id = $3 AND transaction_id IS NOT NULL
        AND status IN ('matched', 'amount_differs')
)sql"};

const Sql find_import_sql{"settlement_imports.find", R"sql(
    SELECT connector, listed_since, listed_until, begun_at, succeeded_at, failed_at, error_code, error
    FROM settlement_imports WHERE merchant_id = 0 AND connector = $1
)sql"};
// SQLite has one writer. On PostgreSQL nodes that import at once, and people who decide, come one after the other.
const Sql take_turn_sql{"settlement_imports.take_turn",
                        "SELECT 1 FROM settlement_imports WHERE merchant_id = 0 AND connector = $1",
                        "SELECT 1 FROM settlement_imports WHERE merchant_id = 0 AND connector = $1 FOR UPDATE"};
const Sql imports_sql{"settlement_imports.list", R"sql(
    SELECT connector, begun_at, succeeded_at, failed_at, error_code, error FROM settlement_imports
    WHERE merchant_id = 0 ORDER BY connector
)sql"};
const Sql begin_import_sql{"settlement_imports.begin", R"sql(
    INSERT INTO settlement_imports (merchant_id, connector, listed_since, listed_until, begun_at)
    VALUES (0, $1, $2, $2, $3)
    ON CONFLICT (merchant_id, connector) DO UPDATE SET begun_at = excluded.begun_at
)sql"};
const Sql list_to_sql{"settlement_imports.list_to", R"sql(
    UPDATE settlement_imports SET listed_until = $2 WHERE merchant_id = 0 AND connector = $1 AND listed_until < $2
)sql"};
const Sql end_import_sql{"settlement_imports.end", R"sql(
    UPDATE settlement_imports SET succeeded_at = $2, error_code = '', error = ''
    WHERE merchant_id = 0 AND connector = $1
)sql"};
const Sql fail_import_sql{"settlement_imports.fail", R"sql(
    UPDATE settlement_imports SET failed_at = $2, error_code = $3, error = $4 WHERE merchant_id = 0 AND connector = $1
)sql"};

const Sql swept_to_sql{"settlement_sweeps.find", R"sql(
    SELECT posted_at, amount_minor, journal_id FROM settlement_sweeps
    WHERE merchant_id = $1 AND connector = $2 AND currency = $3
)sql"};
const Sql sweep_to_sql{"settlement_sweeps.move", R"sql(
    INSERT INTO settlement_sweeps (merchant_id, connector, currency, posted_at, amount_minor, journal_id)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, connector, currency) DO UPDATE SET posted_at = excluded.posted_at,
        amount_minor = excluded.amount_minor, journal_id = excluded.journal_id
    WHERE settlement_sweeps.posted_at <= excluded.posted_at
)sql"};

Settlement settlement_of(const Row& row) {
    Settlement one;
    one.merchant = row.merchant(0);
    one.id = row.id<SettlementId>(1);
    one.connector = row.string(2);
    one.provider_id = row.string(3);
    one.state = known(parse_settlement_state(row.text(4)));
    one.settled_at = row.instant(5);
    if (!row.is_null(6)) one.currency = currency_of(row.text(6));
    one.total_minor = row.optional_integer(7);
    one.is_imported = row.text(8) == "imported";
    one.cursor = row.string(9);
    one.lines = row.integer(10);
    one.gross_minor = row.integer(11);
    one.fee_minor = row.integer(12);
    one.bank_minor = row.integer(13);
    one.version = row.integer(14);
    one.imported_at = row.optional_instant(15);
    one.created_at = row.instant(16);
    one.updated_at = row.instant(17);
    return one;
}

Share share_of(const Row& row) {
    return {.merchant = row.merchant(0),
            .account_merchant = row.merchant(1),
            .settlement = row.id<SettlementId>(2),
            .connector = row.string(3),
            .settled_at = row.instant(4),
            .lines = row.integer(5),
            .gross_minor = row.integer(6),
            .fee_minor = row.integer(7)};
}

LineKind kind_of(std::string_view text) {
    for (const LineKind kind : {LineKind::charge, LineKind::refund, LineKind::chargeback, LineKind::chargeback_reversal,
                                LineKind::fee, LineKind::adjustment, LineKind::payout})
        if (to_text(kind) == text) return kind;
    raise_unreadable();
}

Line line_of(const Row& row) {
    const Currency currency = currency_of(row.text(6));
    return {.merchant = row.merchant(0),
            .id = row.id<LineId>(1),
            .settlement = row.id<SettlementId>(2),
            .provider_id = row.string(3),
            .kind = kind_of(row.text(4)),
            .status = known(parse_finding(row.text(5))),
            .gross = money_of(row.integer(7), currency),
            .fee = money_of(row.integer(8), currency),
            .expected_minor = row.integer(9),
            .reference = row.string(10),
            .operation_id = row.string(11),
            .description = row.string(12),
            .payment = row.optional_id<payments::PaymentId>(13),
            .transaction = row.optional_id<payments::TransactionId>(14),
            .created_at = row.instant(15)};
}

std::optional<std::string_view> code_of(const std::optional<Currency>& currency) {
    return currency ? std::optional{currency->code()} : std::nullopt;
}

}  // namespace

bool insert_settlement(Tx& tx, const Settlement& one) {
    return tx.run(insert_settlement_sql, one.merchant, one.id, one.connector, one.provider_id, to_text(one.state),
                  one.settled_at, code_of(one.currency), one.total_minor, one.created_at) == 1;
}

bool update_settlement(Tx& tx, const Settlement& after) {
    return tx.run(update_settlement_sql, after.merchant, after.id, after.version, to_text(after.state),
                  after.settled_at, code_of(after.currency), after.total_minor,
                  after.is_imported ? "imported" : "waiting", after.cursor, after.lines, after.gross_minor,
                  after.fee_minor, after.bank_minor, after.imported_at, after.updated_at) == 1;
}

std::optional<Settlement> find_settlement(Reader& reader, MerchantId account_merchant, SettlementId id) {
    return reader.first(find_settlement_sql, settlement_of, account_merchant, id);
}

std::optional<Settlement> find_settlement(Reader& reader, std::string_view connector, std::string_view provider_id) {
    return reader.first(find_by_provider_id_sql, settlement_of, connector, provider_id);
}

bool has_settlements(Reader& reader, std::string_view connector) {
    return reader.first(has_settlements_sql, [](const Row&) { return true; }, connector).has_value();
}

bool has_paid_since(Reader& reader, std::string_view connector, Instant at) {
    return reader.first(has_paid_since_sql, [](const Row&) { return true; }, connector, at).has_value();
}

std::vector<Settlement> unfinished(Reader& reader, std::string_view connector) {
    return reader.all(unfinished_sql, settlement_of, connector);
}

void add_to_share(Tx& tx, const Share& added) {
    tx.later(add_to_share_sql, added.merchant, added.account_merchant, added.settlement, added.connector,
             added.settled_at, added.lines, added.gross_minor, added.fee_minor);
}

void move_shares(Tx& tx, SettlementId settlement, Instant settled_at) {
    tx.later(move_shares_sql, settlement, settled_at);
}

std::optional<Share> find_share(Reader& reader, MerchantId merchant, SettlementId settlement) {
    return reader.first(find_share_sql, share_of, merchant, settlement);
}

std::vector<Share> list_shares(Reader& reader, MerchantId merchant, const SettlementFilter& filter) {
    Uuid before;
    before.fill(0xff);
    if (filter.after) before = filter.after->value;
    const std::string_view state = filter.state ? to_text(*filter.state) : std::string_view{};
    return reader.all(list_shares_sql, share_of, merchant, before, filter.from, filter.until, filter.connector, state,
                      filter.limit);
}

std::vector<Share> shares_of(Reader& reader, SettlementId settlement) {
    return reader.all(shares_of_sql, share_of, settlement);
}

bool is_line_known(Reader& reader, SettlementId settlement, std::string_view provider_id) {
    return reader.first(is_line_known_sql, [](const Row&) { return true; }, settlement, provider_id).has_value();
}

void insert_line(Tx& tx, const Line& line) {
    tx.later(insert_line_sql, line.merchant, line.id, line.settlement, line.provider_id, to_text(line.kind),
             to_text(line.status), line.gross.code(), line.gross.minor(), line.fee.minor(), line.expected_minor,
             line.reference, line.operation_id, line.description, line.payment, line.transaction, line.created_at);
}

void update_line(Tx& tx, MerchantId before, const Line& line) {
    tx.later(update_line_sql, before, line.id, line.merchant, to_text(line.status), line.expected_minor, line.payment,
             line.transaction, line.reference);
}

std::optional<Line> find_line(Reader& reader, MerchantId merchant, LineId id) {
    return reader.first(find_line_sql, line_of, merchant, id);
}

std::vector<Line> list_lines(Reader& reader, MerchantId merchant, SettlementId settlement, const LineFilter& filter) {
    const Uuid after = filter.after ? filter.after->value : Uuid{};
    const std::string_view status = filter.differs  ? std::string_view{"differs"}
                                    : filter.status ? to_text(*filter.status)
                                                    : std::string_view{};
    return reader.all(list_lines_sql, line_of, merchant, settlement, after, status, filter.limit);
}

Settled settled_of(Reader& reader, MerchantId merchant, payments::PaymentId payment, LineId but) {
    Settled settled;
    const auto take = [&](const Row& row) {
        const std::int64_t minor = row.integer(1);
        if (row.is_null(2)) {
            settled.transactions.push_back(row.id<payments::TransactionId>(0));
            settled.expected_minor += minor;
        } else {
            (row.text(2) == "waived" ? settled.waived_minor : settled.paid_elsewhere_minor) += minor;
        }
    };
    reader.each(settled_of_sql, take, merchant, payment, but);
    return settled;
}

bool is_settled(Reader& reader, MerchantId merchant, payments::PaymentId payment, payments::TransactionId transaction) {
    return reader.first(is_settled_sql, [](const Row&) { return true; }, merchant, payment, transaction).has_value();
}

void take_turn(Tx& tx, std::string_view connector) {
    tx.each(take_turn_sql, [](const Row&) {}, connector);
}

std::optional<ImportRow> find_import(Reader& reader, std::string_view connector) {
    const auto import_of = [](const Row& row) {
        return ImportRow{.connector = row.string(0),
                         .listed_since = row.instant(1),
                         .listed_until = row.instant(2),
                         .begun_at = row.instant(3),
                         .succeeded_at = row.optional_instant(4),
                         .failed_at = row.optional_instant(5),
                         .error_code = row.string(6),
                         .error = row.string(7)};
    };
    return reader.first(find_import_sql, import_of, connector);
}

void begin_import(Tx& tx, std::string_view connector, Instant since) {
    tx.later(begin_import_sql, connector, since, tx.now());
}

void list_to(Tx& tx, std::string_view connector, Instant until) { tx.later(list_to_sql, connector, until); }

void end_import(Tx& tx, std::string_view connector) { tx.later(end_import_sql, connector, tx.now()); }

void fail_import(Tx& tx, std::string_view connector, const Error& error) {
    tx.later(fail_import_sql, connector, tx.now(), error.code, error.message);
}

ledger::MovementPlace swept_to(Reader& reader, MerchantId merchant, std::string_view connector, Currency currency) {
    const auto place_of = [](const Row& row) {
        return ledger::MovementPlace{row.instant(0), row.integer(1), row.id<ledger::JournalId>(2)};
    };
    return reader.first(swept_to_sql, place_of, merchant, connector, currency.code()).value_or(ledger::MovementPlace{});
}

void sweep_to(Tx& tx, MerchantId merchant, std::string_view connector, Currency currency,
              const ledger::MovementPlace& place) {
    tx.later(sweep_to_sql, merchant, connector, currency.code(), place.posted_at, place.amount_minor, place.journal);
}

}  // namespace florin::reconciliation::rows

namespace florin::reconciliation {

std::vector<ImportState> imports(store::Reader& reader) {
    return reader.all(rows::imports_sql, [](const store::Row& row) {
        return ImportState{.connector = row.string(0),
                           .begun_at = row.instant(1),
                           .succeeded_at = row.optional_instant(2),
                           .failed_at = row.optional_instant(3),
                           .error_code = row.string(4),
                           .error = row.string(5)};
    });
}

}  // namespace florin::reconciliation
