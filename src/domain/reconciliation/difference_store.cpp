#include "difference_store.hpp"

#include "row_values.hpp"

namespace florin::reconciliation::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_DIFFERENCE_COLUMNS                                                                                 \
    "merchant_id, id, kind, connector, settlement_id, line_id, payment_id, currency, missing_minor, resolution, " \
    "case_id, opening_journal_id, closing_journal_id, version, created_at, updated_at, resolved_at"
#define FLORIN_FROM "SELECT " FLORIN_DIFFERENCE_COLUMNS " FROM settlement_differences "

const Sql insert_sql{"settlement_differences.insert", R"sql(
    INSERT INTO settlement_differences (merchant_id, id, kind, connector, settlement_id, line_id, payment_id, currency,
        missing_minor, status, opening_journal_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, 1, $11, $11)
    ON CONFLICT DO NOTHING
)sql"};
const Sql update_sql{"settlement_differences.update", R"sql(
    UPDATE settlement_differences SET merchant_id = $4, kind = $5, payment_id = $6, currency = $7, missing_minor = $8,
        status = $9, resolution = $10, case_id = $11, closing_journal_id = $12, resolved_at = $13, version = $3,
        updated_at = $14
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $3
)sql"};
const Sql find_sql{"settlement_differences.find", FLORIN_FROM "WHERE merchant_id = $1 AND id = $2"};
const Sql of_line_sql{"settlement_differences.of_line",
                      FLORIN_FROM "WHERE merchant_id = $1 AND line_id = $2 AND line_id IS NOT NULL"};
const Sql open_of_settlement_sql{"settlement_differences.open_of_settlement", FLORIN_FROM
                                 "WHERE merchant_id = $1 AND settlement_id = $2 AND settlement_id IS NOT "
                                 "NULL AND line_id IS NULL AND status = 'open'"};
const Sql waived_of_sql{"settlement_differences.waived_of", FLORIN_FROM
                        "WHERE merchant_id = $1 AND payment_id = $2 AND kind = 'not_settled' AND status = "
                        "'resolved' AND resolution = 'waived'"};
const Sql open_sql{"settlement_differences.open", FLORIN_FROM
                   "WHERE connector = $1 AND status = 'open' AND (merchant_id, id) > ($2, $3) "
                   "ORDER BY merchant_id, id LIMIT $4"};
#define FLORIN_LISTED                                                                                 \
    "WHERE merchant_id = $1 AND id < $2 AND (status = $3 OR $3 = '') AND (kind = $4 OR $4 = '') AND " \
    "(connector = $5 OR $5 = '') "
const Sql list_sql{"settlement_differences.list", FLORIN_FROM FLORIN_LISTED "ORDER BY id DESC LIMIT $6"};
const Sql list_of_settlement_sql{"settlement_differences.list_of_settlement", FLORIN_FROM FLORIN_LISTED
                                 "AND settlement_id = $7 AND settlement_id IS NOT NULL ORDER BY id DESC LIMIT $6"};
const Sql sum_open_sql{"settlement_differences.sum_open", R"sql(
    SELECT connector, currency, CASE WHEN kind = 'not_settled' THEN 1 ELSE 0 END, COUNT(*),
        CAST(SUM(missing_minor) AS BIGINT)
    FROM settlement_differences WHERE merchant_id = $1 AND status = 'open'
    GROUP BY connector, currency, CASE WHEN kind = 'not_settled' THEN 1 ELSE 0 END ORDER BY 1, 2, 3
)sql"};
const Sql count_open_sql{"settlement_differences.count_open", R"sql(
    SELECT connector, kind, COUNT(*), MIN(created_at) FROM settlement_differences WHERE status = 'open'
    GROUP BY connector, kind
)sql"};

Difference::Resolution resolution_of(std::string_view text) {
    using R = Difference::Resolution;
    for (const R resolution : {R::matched, R::waived, R::paid_elsewhere, R::undone})
        if (to_text(resolution) == text) return resolution;
    raise_unreadable();
}

std::optional<Uuid> optional_uuid(const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional{row.uuid(column)};
}

Difference difference_of_row(const Row& row) {
    Difference one;
    one.merchant = row.merchant(0);
    one.id = row.id<DifferenceId>(1);
    one.kind = known(parse_finding(row.text(2)));
    one.connector = row.string(3);
    one.settlement = row.optional_id<SettlementId>(4);
    one.line = row.optional_id<LineId>(5);
    one.payment = row.optional_id<payments::PaymentId>(6);
    if (!row.text(7).empty()) one.currency = currency_of(row.text(7));
    one.missing_minor = row.integer(8);
    if (!row.is_null(9)) one.resolution = resolution_of(row.text(9));
    one.case_id = optional_uuid(row, 10);
    one.opening_journal = optional_uuid(row, 11);
    one.closing_journal = optional_uuid(row, 12);
    one.version = row.integer(13);
    one.created_at = row.instant(14);
    one.updated_at = row.instant(15);
    one.resolved_at = row.optional_instant(16);
    return one;
}

std::string_view code_of(const Difference& one) { return one.currency ? one.currency->code() : std::string_view{}; }

}  // namespace

bool insert_difference(Tx& tx, const Difference& one) {
    return tx.run(insert_sql, one.merchant, one.id, to_text(one.kind), one.connector, one.settlement, one.line,
                  one.payment, code_of(one), one.missing_minor, one.opening_journal, one.created_at) == 1;
}

bool update_difference(Tx& tx, const Difference& after, MerchantId merchant_before) {
    const auto resolution = after.resolution ? std::optional{to_text(*after.resolution)} : std::nullopt;
    return tx.run(update_sql, merchant_before, after.id, after.version, after.merchant, to_text(after.kind),
                  after.payment, code_of(after), after.missing_minor, after.resolution ? "resolved" : "open",
                  resolution, after.case_id, after.closing_journal, after.resolved_at, after.updated_at) == 1;
}

std::optional<Difference> find_difference(Reader& reader, MerchantId merchant, DifferenceId id) {
    return reader.first(find_sql, difference_of_row, merchant, id);
}

std::optional<Difference> difference_of(Reader& reader, MerchantId merchant, LineId line) {
    return reader.first(of_line_sql, difference_of_row, merchant, line);
}

std::optional<Difference> open_difference_of(Reader& reader, MerchantId merchant, SettlementId settlement) {
    return reader.first(open_of_settlement_sql, difference_of_row, merchant, settlement);
}

std::vector<Difference> waived_of(Reader& reader, MerchantId merchant, payments::PaymentId payment) {
    return reader.all(waived_of_sql, difference_of_row, merchant, payment);
}

std::vector<Difference> open_differences(Reader& reader, std::string_view connector, const OpenPlace& after,
                                         std::int64_t limit) {
    return reader.all(open_sql, difference_of_row, connector, after.merchant, after.id, limit);
}

std::vector<Difference> list_differences(Reader& reader, MerchantId merchant, const DifferenceFilter& filter) {
    Uuid before;
    before.fill(0xff);
    if (filter.after) before = filter.after->value;
    const std::string_view status = !filter.is_open ? std::string_view{} : *filter.is_open ? "open" : "resolved";
    const std::string_view kind = filter.kind ? to_text(*filter.kind) : std::string_view{};
    if (filter.settlement)
        return reader.all(list_of_settlement_sql, difference_of_row, merchant, before, status, kind, filter.connector,
                          filter.limit, *filter.settlement);
    return reader.all(list_sql, difference_of_row, merchant, before, status, kind, filter.connector, filter.limit);
}

std::vector<OpenSum> sum_open(Reader& reader, MerchantId merchant) {
    return reader.all(
        sum_open_sql,
        [](const Row& row) {
            return OpenSum{row.string(0), row.string(1), row.integer(2) != 0, row.integer(3), row.integer(4)};
        },
        merchant);
}

}  // namespace florin::reconciliation::rows

namespace florin::reconciliation {

std::vector<OpenDifferences> open_differences(store::Reader& reader) {
    return reader.all(rows::count_open_sql, [](const store::Row& row) {
        return OpenDifferences{
            .connector = row.string(0), .kind = row.string(1), .count = row.integer(2), .oldest_at = row.instant(3)};
    });
}

}  // namespace florin::reconciliation
